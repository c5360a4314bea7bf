"""Rates by what an engineer can act on: the context plan, and where and how far away a detail was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from agentbench.compare.rates import rates_over
from agentbench.compare.ratio import ratio
from agentbench.records import ArmRates, DetailFinding, Recall, ScoredEpisode

DEPTHS = (0.25, 0.5, 0.75)
DISTANCES_TOKENS = (4_096, 16_384, 65_536)

Bucket = Callable[[DetailFinding], str | None]


def rates_by_plan(quant: Iterable[ScoredEpisode], reference: Iterable[ScoredEpisode]) -> dict[str, dict[str, ArmRates]]:
    """Return the gated metrics by context plan in both arms; cells weigh the same within a plan."""
    arms = [_cells_by_plan(episodes) for episodes in (quant, reference)]
    found = {}
    for plan in sorted({*arms[0], *arms[1]}):
        ours, theirs = (rates_over(arm.get(plan, [])) for arm in arms)
        there = bool(arms[1].get(plan))
        found[plan] = {
            name: ArmRates(quant=ours[name], reference=theirs[name] if there else None) for name in ours
        }  # fmt: skip
    return found


def details_by(quant: Iterable[ScoredEpisode], reference: Iterable[ScoredEpisode]) -> dict[str, dict[str, ArmRates]]:
    """Return errors of declared value details by where and how they were told, and whether a tool can still find them.

    Details for which a property is not known are left out of it.
    """
    arms = [[(one, one.detail_class.is_error) for one in _findings(arm)] for arm in (quant, reference)]
    return {name: _by(arms, bucket, order) for name, (bucket, order) in _PROPERTIES.items()}


def _by(
    arms: Sequence[list[tuple[DetailFinding, bool]]], bucket: Bucket, order: Sequence[str] | None
) -> dict[str, ArmRates]:
    wrong, all_ = (
        [Counter(name for one, error in arm if (error or not only) and (name := bucket(one))) for arm in arms]
        for only in (True, False)
    )
    known = {*all_[0], *all_[1]}
    return {
        name: ArmRates(
            quant=ratio(wrong[0][name], all_[0][name]),
            reference=ratio(wrong[1][name], all_[1][name]) if arms[1] else None,
        )
        for name in (order or sorted(known))
        if name in known
    }


def _cells_by_plan(episodes: Iterable[ScoredEpisode]) -> dict[str, list[list[ScoredEpisode]]]:
    plans: dict[str, dict[str, list[ScoredEpisode]]] = defaultdict(lambda: defaultdict(list))
    for episode in sorted(episodes, key=lambda episode: episode.case.id):
        if episode.outcome.graded:
            plans[episode.case.cell.context_plan.value][episode.case.cell.id].append(episode)
    return {plan: list(cells.values()) for plan, cells in plans.items()}


def _findings(episodes: Iterable[ScoredEpisode]) -> list[DetailFinding]:
    return [
        finding
        for episode in episodes
        if episode.outcome.graded
        for finding in episode.detail_findings
        if not finding.is_constraint
    ]


def _recoverable(finding: DetailFinding) -> str | None:
    return None if finding.recoverable is None else "recoverable" if finding.recoverable else "unrecoverable"


def _ranges(edges: Sequence[float], text: Callable[[float], str]) -> list[str]:
    return [f"under {text(edges[0])}",
            *(f"{text(low)} to {text(high)}" for low, high in pairwise(edges)),
            f"{text(edges[-1])} and over"]  # fmt: skip


_DEPTH_NAMES = _ranges(DEPTHS, lambda share: f"{share:.0%}")
_DISTANCE_NAMES = _ranges(DISTANCES_TOKENS, lambda tokens: f"{int(tokens) // 1024}k")


def _in(edges: Sequence[float], names: Sequence[str], value: float | None) -> str | None:
    return None if value is None else names[sum(value >= edge for edge in edges)]


_PROPERTIES: dict[str, tuple[Bucket, Sequence[str] | None]] = {
    "told_in": (lambda finding: finding.told_in, None),
    "recoverable": (_recoverable, ("recoverable", "unrecoverable")),
    "recall": (lambda finding: finding.recall.value, tuple(Recall)),
    "depth": (lambda finding: _in(DEPTHS, _DEPTH_NAMES, finding.depth), _DEPTH_NAMES),
    "distance": (lambda finding: _in(DISTANCES_TOKENS, _DISTANCE_NAMES, finding.distance_tokens), _DISTANCE_NAMES),
}
