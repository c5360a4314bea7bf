"""The verifiers' own metrics, by their names, for a run and for its reference.

Each is a numerator and a denominator, null for 0/0, with the version of its definition. The denominators are literal:
``query_success_rate`` and ``finish_tool_calls_rate`` are over all planned requests, whatever became of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import sqrt

from agentbench.compare.rates import ratio
from agentbench.records import PlannedRun, Rate, RequestScore, ScoredEpisode, Trigger
from agentbench.verify.checks import LANGUAGE, REPEAT, SCENARIO, SILENCE
from agentbench.verify.judging import ANSWERED, EXPECTED

DEFINITION_VERSION = 1
REFERENCE = "reference."
"""Before the names of the reference's rates."""
SIMILARITY = "tool_calls_trigger_similarity"
DECISION = "tool_calls_decision_similarity"
ITSELF = f"{SIMILARITY}_reference_against_itself"
CALLED = "tool_calls"
"""The finish reason by which both verifiers tell that a call came."""
_CHECK_NAMES = {
    LANGUAGE: "language_following_success_rate",
    REPEAT: "repeat_n_gram_success_rate",
    SCENARIO: "scenario_check_pass_rate",
    SILENCE: "silence_output_pass_rate",
}


def request_rates(
    plan: PlannedRun, quant: Sequence[ScoredEpisode], reference: Sequence[ScoredEpisode] | None
) -> dict[str, Rate]:
    """Return the verifiers' metrics of a run, of its reference over the same requests, and of the two together.

    Args:
        plan: What was planned.
        quant: Scored episodes of the run.
        reference: Those of the reference; None without one.

    """
    found = _own(quant, len(plan.cases))
    if reference is not None:
        planned = {cell.id for cell in plan.cells}
        theirs = [one for one in reference if one.case.cell.id in planned]
        found |= _together(quant, theirs)
        found |= {REFERENCE + name: rate for name, rate in _own(theirs, len(theirs)).items()}
    return {name: rate.model_copy(update={"definition_version": DEFINITION_VERSION}) for name, rate in found.items()}


def _own(episodes: Sequence[ScoredEpisode], planned: int) -> dict[str, Rate]:
    replies = _replies(episodes)
    finished = [one for one in replies if one.finish_reason == CALLED]
    labelled = [one for one in replies if one.expected_tool_call is not None]
    finish = Counter((one.expected_tool_call, one.finish_reason) for one in labelled)
    matched = finish[True, CALLED] + finish[False, "stop"]
    found = {
        "query_success_rate": ratio(len(replies), planned),
        "first_attempt_success_rate": ratio(sum(one.first_attempt for one in replies), planned),
        "finish_tool_calls_rate": ratio(sum(one.finish_reason == CALLED for one in replies), planned),
        "tool_calls_match_rate": ratio(matched, len(labelled)),
        "tool_calls_finish_tool_calls": ratio(finish[True, CALLED], len(labelled)),
        "tool_calls_finish_stop": ratio(finish[True, "stop"], len(labelled)),
        "stop_finish_tool_calls": ratio(finish[False, CALLED], len(labelled)),
        "stop_finish_stop": ratio(finish[False, "stop"], len(labelled)),
        "expected_tool_call_met": _checked(replies, EXPECTED),
        "schema_accuracy": ratio(sum(bool(one.calls_valid) for one in finished), len(finished)),
        "tool_calls_accuracy": ratio(
            sum(bool(one.calls_valid) and not one.words_merged for one in finished), len(finished)
        ),
        "response_success_rate_not_only_reasoning": ratio(sum(not one.only_reasoning for one in replies), len(replies)),
        "answered": _checked(replies, ANSWERED),
    }
    found |= {name: _checked(replies, check) for check, name in _CHECK_NAMES.items()}
    found |= {f"trigger.{one}": ratio(sum(r.trigger is one for r in replies), len(replies)) for one in Trigger}
    return found


def _together(quant: Sequence[ScoredEpisode], reference: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    ours, theirs = _by_cell(quant), _by_cell(reference)
    both = sorted(ours.keys() & theirs.keys())
    tokens = [
        (_prompt_tokens(quant_cell), _prompt_tokens(theirs_cell))
        for quant_cell, theirs_cell in ((ours[cell], theirs[cell]) for cell in both)
    ]
    known = [(here, there) for here, there in tokens if here and there]
    return {
        SIMILARITY: _similarity([(ours[cell], theirs[cell]) for cell in both], _finished_with_calls),
        ITSELF: _self_similarity([theirs[cell] for cell in both]),
        DECISION: _similarity([(ours[cell], theirs[cell]) for cell in both], _decided_to_call),
        "multi_tool_calls_trigger_similarity": _cosine(
            _calls_per_reply(one for cell in both for one in ours[cell]),
            _calls_per_reply(one for cell in both for one in theirs[cell]),
        ),
        "prompt_tokens_equal": ratio(sum(here == there for here, there in known), len(known)),
    }


def _similarity(
    cells: Sequence[tuple[list[ScoredEpisode], list[ScoredEpisode]]], called: Callable[[ScoredEpisode], bool]
) -> Rate:
    """Return F1 of "a call came" against the reference.

    Loops of a cell are exchangeable, so every loop of the one is held against every loop of the other, and each cell
    weighs the same; with one loop on each side it is the verifiers' own figure.
    """
    hits = apart = 0.0
    for quant, reference in cells:
        p, r = _share(quant, called), _share(reference, called)
        hits, apart = hits + p * r, apart + p * (1 - r) + (1 - p) * r
    return _f1(hits, apart)


def _self_similarity(cells: Sequence[list[ScoredEpisode]]) -> Rate:
    """Return what the reference scores against itself, over pairs of different loops: no more can be asked for."""
    hits = apart = 0.0
    for trials in cells:
        n = len(trials)
        if n < 2:
            continue
        called = sum(_finished_with_calls(one) for one in trials)
        hits += called * (called - 1) / (n * (n - 1))
        apart += 2 * called * (n - called) / (n * (n - 1))
    return _f1(hits, apart)


def _f1(hits: float, apart: float) -> Rate:
    return ratio(round(2 * hits, 9), round(2 * hits + apart, 9))


def _cosine(ours: Counter[int], theirs: Counter[int]) -> Rate:
    """Return the cosine of two distributions of calls per reply that calls."""
    product = sum(ours[number] * theirs[number] for number in ours)
    norm = sqrt(sum(n * n for n in ours.values())) * sqrt(sum(n * n for n in theirs.values()))
    return ratio(float(product), round(norm, 9))


def _calls_per_reply(episodes: Iterable[ScoredEpisode]) -> Counter[int]:
    return Counter(one.request.structured_calls for one in episodes if one.request and one.request.structured_calls)


def _replies(episodes: Sequence[ScoredEpisode]) -> list[RequestScore]:
    ordered = sorted(episodes, key=lambda one: one.case.id)
    return [one.request for one in ordered if one.request is not None and one.request.answered]


def _by_cell(episodes: Sequence[ScoredEpisode]) -> dict[str, list[ScoredEpisode]]:
    found: dict[str, list[ScoredEpisode]] = defaultdict(list)
    for one in sorted(episodes, key=lambda one: one.case.id):
        if one.request is not None and one.request.answered:
            found[one.case.cell.id].append(one)
    return dict(found)


def _finished_with_calls(episode: ScoredEpisode) -> bool:
    """Tell by the finish reason, as both verifiers do."""
    return episode.request is not None and episode.request.finish_reason == CALLED


def _decided_to_call(episode: ScoredEpisode) -> bool:
    """Tell whether the model called, even where the server handed the call over as text."""
    triggers = (Trigger.STRUCTURED_CALL, Trigger.LEAKED_MARKUP)
    return episode.request is not None and episode.request.trigger in triggers


def _share(episodes: Sequence[ScoredEpisode], called: Callable[[ScoredEpisode], bool]) -> float:
    return sum(called(one) for one in episodes) / len(episodes)


def _prompt_tokens(episodes: Sequence[ScoredEpisode]) -> int:
    return episodes[0].prompt_tokens


def _checked(replies: Sequence[RequestScore], check: str) -> Rate:
    found = [one.checks[check] for one in replies if check in one.checks]
    return ratio(sum(found), len(found))
