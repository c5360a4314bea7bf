"""One episode beside the reference: what a case's item and the gate ``each`` go by; no verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentbench.records import Outcome, ScoredEpisode
from agentbench.runner.trials import graded_by_cell


def solved_by_cell(scored: Sequence[ScoredEpisode]) -> dict[str, float]:
    """Return the share of graded trials that were solved, by cell id."""
    return {
        cell: sum(one.outcome is Outcome.SOLVED for one in trials) / len(trials)
        for cell, trials in graded_by_cell(scored).items()
    }


def standing(scored: ScoredEpisode, reference: Mapping[str, float]) -> str:
    """Return ``solved``, ``unsolved``, ``lost``, ``gained`` or ``limit`` for a graded episode.

    Args:
        scored: The episode.
        reference: The share that the reference solves, by cell id; cells that it has no graded trial of are not in it.

    """
    solved = scored.outcome is Outcome.SOLVED
    share = reference.get(scored.case.cell.id)
    if share is not None and (share >= 0.5) != solved:
        return "gained" if solved else "lost"
    if scored.outcome.startswith("limit:"):
        return "limit"
    return "solved" if solved else "unsolved"
