"""The graded trials of each cell: what counts of a run's scored episodes."""

from __future__ import annotations

from collections.abc import Iterable

from agentbench.records import ScoredEpisode


def graded_by_cell(scored: Iterable[ScoredEpisode]) -> dict[str, list[ScoredEpisode]]:
    """Return the graded trials by cell id, in trial order; cells without any are not in it."""
    found: dict[str, list[ScoredEpisode]] = {}
    for one in sorted(scored, key=lambda one: one.case.trial):
        if one.outcome.graded:
            found.setdefault(one.case.cell.id, []).append(one)
    return found
