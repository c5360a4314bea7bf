"""What a run's plan asked of it, up to where the run came: cells, trials, and whether it went to its planned end.

A sequential run takes its planned blocks one after the other. The block of its last stored case is where it came to:
what that block and those before it hold was planned, and is missing where it has no result; later blocks were not
asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentbench.records import Cell, PlannedRun, ScoredEpisode


@dataclass(frozen=True)
class PlannedPart:
    """The part of a plan that a run came to: all of it, where its size was fixed."""

    cells: Sequence[Cell]
    trials: Mapping[str, int]
    """By cell id."""
    ended_early: str = ""
    """Where a sequential run ended before its last look, such as ``look 2 of 6``: its size then depended on its
    results, so that a test for a fixed size does not hold for it."""


def planned_part(plan: PlannedRun, scored: Sequence[ScoredEpisode]) -> PlannedPart:
    """Return what a run was asked for; ``scored`` are its stored episodes, in any order."""
    cases, ended_early = plan.cases, ""
    if plan.looks is not None:
        stored = {one.case.id for one in scored}
        came_to = max((place for place, case in enumerate(cases) if case in stored), default=0)
        most = len(plan.looks.episodes)
        look = next((number for number, end in enumerate(plan.looks.episodes, start=1) if came_to < end), most)
        cases = cases_until(plan, look)
        ended_early = f"look {look} of {most}" if look < most else ""
    trials = trials_of(cases)
    return PlannedPart([cell for cell in plan.cells if cell.id in trials], trials, ended_early)


def cases_until(plan: PlannedRun, look: int) -> list[str]:
    """Return the case ids planned by a look (from 1)."""
    assert plan.looks is not None, "a fixed run has no looks"
    return plan.cases[: plan.looks.episodes[look - 1]]


def trials_of(cases: Sequence[str]) -> dict[str, int]:
    """Return how many of these cases each cell has, by cell id."""
    return dict(Counter(case.rpartition("#")[0] for case in cases))
