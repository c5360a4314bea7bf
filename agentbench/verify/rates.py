"""The verifiers' own metrics, by their names, for a run and for its reference.

Each is a numerator and a denominator, null for 0/0, with the version of its definition. What a run of tasks has too is
``compare.provider_rates``'; here is what only single requests have: labels, checks, and planned requests, which
``query_success_rate`` is over, whatever became of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

from agentbench.compare.provider_rates import TOOL_CALLS, agreement, provider_rates, trigger_rates
from agentbench.compare.ratio import ratio
from agentbench.records import PlannedRun, Rate, RequestScore, ScoredEpisode, Trigger
from agentbench.verify.checks import LANGUAGE, REPEAT, SCENARIO, SILENCE
from agentbench.verify.judging import ANSWERED, EXPECTED

DEFINITION_VERSION = 1
REFERENCE = "reference."
"""Before the names of the reference's rates."""
DECISION = "tool_calls_decision_similarity"
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
    return found


def _own(episodes: Sequence[ScoredEpisode], planned: int) -> dict[str, Rate]:
    replies = _replies(episodes)
    finished = [one for one in replies if one.finish_reason == TOOL_CALLS]
    labelled = [one for one in replies if one.expected_tool_call is not None]
    finish = Counter((one.expected_tool_call, one.finish_reason) for one in labelled)
    sound = sum(bool(one.calls_valid) and not one.words_merged for one in finished)
    reasoning = sum(one.only_reasoning for one in replies)
    return {
        "query_success_rate": _rate(len(replies), planned),
        "first_attempt_success_rate": _rate(sum(one.first_attempt for one in replies), planned),
        **provider_rates([one for one in episodes if one.outcome.graded]),
        "tool_calls_match_rate": _rate(finish[True, TOOL_CALLS] + finish[False, "stop"], len(labelled)),
        "tool_calls_finish_tool_calls": _rate(finish[True, TOOL_CALLS], len(labelled)),
        "tool_calls_finish_stop": _rate(finish[True, "stop"], len(labelled)),
        "stop_finish_tool_calls": _rate(finish[False, TOOL_CALLS], len(labelled)),
        "stop_finish_stop": _rate(finish[False, "stop"], len(labelled)),
        "expected_tool_call_met": _checked(replies, EXPECTED),
        "tool_calls_accuracy": _rate(sound, len(finished)),
        "response_success_rate_not_only_reasoning": _rate(len(replies) - reasoning, len(replies)),
        "answered": _checked(replies, ANSWERED),
        **{name: _checked(replies, check) for check, name in _CHECK_NAMES.items()},
        **{f"trigger.{one}": _rate(sum(r.trigger is one for r in replies), len(replies)) for one in Trigger},
    }


def _together(quant: Sequence[ScoredEpisode], reference: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    ours, theirs = _by_cell(quant), _by_cell(reference)
    both = sorted(ours.keys() & theirs.keys())
    tokens = [
        (_prompt_tokens(quant_cell), _prompt_tokens(theirs_cell))
        for quant_cell, theirs_cell in ((ours[cell], theirs[cell]) for cell in both)
    ]
    known = [(here, there) for here, there in tokens if here and there]
    return {
        **trigger_rates(quant, reference),
        DECISION: agreement(_called(ours), _called(theirs), DEFINITION_VERSION),
        "multi_tool_calls_trigger_similarity": _cosine(
            _calls_per_reply(one for cell in both for one in ours[cell]),
            _calls_per_reply(one for cell in both for one in theirs[cell]),
        ),
        "prompt_tokens_equal": _rate(sum(here == there for here, there in known), len(known)),
    }


def _cosine(ours: Counter[int], theirs: Counter[int]) -> Rate:
    """Return the cosine of two distributions of calls per reply that calls."""
    product = sum(ours[number] * theirs[number] for number in ours)
    norm = sqrt(sum(n * n for n in ours.values())) * sqrt(sum(n * n for n in theirs.values()))
    return _rate(float(product), round(norm, 9))


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


def _called(cells: Mapping[str, Sequence[ScoredEpisode]]) -> dict[str, list[bool]]:
    """Return per cell whether each trial called, structured or leaked."""
    triggers = (Trigger.STRUCTURED_CALL, Trigger.LEAKED_MARKUP)
    return {
        cell: [one.request is not None and one.request.trigger in triggers for one in episodes]
        for cell, episodes in cells.items()
    }


def _prompt_tokens(episodes: Sequence[ScoredEpisode]) -> int:
    return episodes[0].prompt_tokens


def _checked(replies: Sequence[RequestScore], check: str) -> Rate:
    found = [one.checks[check] for one in replies if check in one.checks]
    return _rate(sum(found), len(found))


def _rate(numerator: float, denominator: float) -> Rate:
    return ratio(numerator, denominator, DEFINITION_VERSION)
