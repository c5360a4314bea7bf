"""The metric names of MiniMax-Provider-Verifier and K2-Vendor-Verifier on our own episodes, where the definition is
the same; ``docs/measurement.md`` has the table.

Their unit is a single request, ours here is a reply of an episode: numerators and denominators count replies. Trigger
similarity is over first replies alone, since later ones answer what the model itself has done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from agentbench.compare.ratio import ratio
from agentbench.records import Rate, ScoredEpisode

PROVIDER_DEFINITIONS = 1
"""Raise it with any change of a definition below."""
TOOL_CALLS = "tool_calls"


def provider_rates(graded: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    """Return their rates over the replies of graded episodes."""
    replies = sum(episode.replies for episode in graded)
    finished = sum(episode.finish_reasons.get(TOOL_CALLS, 0) for episode in graded)
    reasons = {reason: sum(one.finish_reasons.get(reason, 0) for one in graded) for reason in ("stop", "length")}
    only_reasoning = sum(episode.only_reasoning_replies for episode in graded)
    repeating = sum(episode.error_repeating_replies for episode in graded)
    return {
        "finish_tool_calls_rate": _rate(finished, replies),
        "finish_stop_rate": _rate(reasons["stop"], replies),
        "finish_length_rate": _rate(reasons["length"], replies),
        "finish_others_rate": _rate(replies - finished - sum(reasons.values()), replies),
        "schema_accuracy": _rate(sum(episode.valid_replies for episode in graded), finished),
        "error_only_reasoning_rate": _rate(only_reasoning, replies),
        "error_repeating_rate": _rate(repeating, replies),
    }


def trigger_rates(quant: Iterable[ScoredEpisode], reference: Iterable[ScoredEpisode]) -> dict[str, Rate]:
    """Return F1 of "the first reply called a tool" against the reference, and of the reference against itself.

    Trials of a cell are exchangeable, so each trial of the one is held against each of the other, and each cell weighs
    the same; with one trial on each side it is their own figure. The reference against itself (pairs of different
    trials) is the most that can be asked for.
    """
    ours, theirs = _triggered(quant), _triggered(reference)
    own_hits = own_apart = 0.0
    for cell in sorted(theirs):
        there = theirs[cell]
        n, called = len(there), sum(there)
        if n > 1:
            own_hits += called * (called - 1) / (n * (n - 1))
            own_apart += 2 * called * (n - called) / (n * (n - 1))
    return {
        "tool_calls_trigger_similarity": agreement(ours, theirs, PROVIDER_DEFINITIONS),
        "tool_calls_trigger_similarity_reference_against_itself": _f1(own_hits, own_apart, PROVIDER_DEFINITIONS),
    }


def agreement(ours: Mapping[str, Sequence[bool]], theirs: Mapping[str, Sequence[bool]], version: int) -> Rate:
    """Return F1 of "it called" against the reference over their common cells, each trial against each of the other's.

    Args:
        ours: Per cell, whether each trial called; no cell is empty.
        theirs: Likewise, of the reference.
        version: Of the rate's definition.

    """
    hits = apart = 0.0
    for cell in sorted(ours.keys() & theirs.keys()):
        p, r = (sum(arm[cell]) / len(arm[cell]) for arm in (ours, theirs))
        hits, apart = hits + p * r, apart + p * (1 - r) + (1 - p) * r
    return _f1(hits, apart, version)


def _triggered(episodes: Iterable[ScoredEpisode]) -> dict[str, list[bool]]:
    """Return per cell whether each trial's first reply ended with ``tool_calls``."""
    found: dict[str, list[bool]] = defaultdict(list)
    for episode in episodes:
        if episode.outcome.graded and episode.triggered:
            found[episode.case.cell.id].append(episode.triggered[0])
    return found


def _f1(hits: float, apart: float, version: int) -> Rate:
    return ratio(round(2 * hits, 9), round(2 * hits + apart, 9), version)


def _rate(numerator: float, denominator: float) -> Rate:
    return ratio(numerator, denominator, PROVIDER_DEFINITIONS)
