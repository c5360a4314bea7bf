"""From a suite's cells and the reference's stored scores to a sequential run: its cases in order, and its looks."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.errors import UsageError
from agentbench.records import Case, Cell, Metric, Outcome, PlannedLooks, digest
from agentbench.runner.settings import RunSettings
from agentbench.store import Reference

MOST_UNKNOWN = 0.02
"""Share of cells without a reference trial over which no run is planned: their noise would be a guess."""


def sequence(
    settings: RunSettings, cells: Sequence[Cell], reference: Reference | None
) -> tuple[list[Case], PlannedLooks]:
    """Return the cases of the longest run in run order, and when it looks at them.

    Raises:
        UsageError: there is no reference, or it lacks too many of the cells: nothing to plan from.
    """
    from agentbench.stats import balanced_order, plan_sequence  # with it comes scipy, which fixed plans do without
    from agentbench.stats.binomial import minimum_units
    from agentbench.stats.sequential import HARM_GAMMA, NON_INFERIOR_GAMMA

    solved, trials = _stored(settings, cells, reference)
    order = balanced_order(
        [(cell.task_id, cell.context_tokens, cell.variant) for cell in cells],
        [digest(f"{settings.seed}:{cell.id}") for cell in cells],
    )
    margin = settings.family.margins.pass_rate
    found = plan_sequence(
        solved,
        trials,
        order,
        len({cell.cluster for cell in cells}),
        alpha=settings.alpha,
        gated=len(Metric),
        loss=margin,
        least_cells=max(minimum_units(margin, settings.alpha), len({cell.task_id for cell in cells})),
    )
    cases = [Case(cell=cells[cell], trial=trial) for cell, trial in found.episodes]
    looks = PlannedLooks(
        episodes=list(found.design.looks),
        information=[round(one, 9) for one in found.design.information],
        loss=margin,
        power=round(found.power, 4),
        harm_gamma=HARM_GAMMA,
        non_inferior_gamma=NON_INFERIOR_GAMMA,
    )
    return _back_to_back(cases, looks), looks


def looks_line(looks: PlannedLooks) -> str:
    """Return what a sequential run may take, in one sentence."""
    at = ", ".join(str(episodes) for episodes in looks.episodes)
    return (
        f"at most {looks.episodes[-1]} episodes (the fixed design: a loss of {100 * looks.loss:g} points is shown with "
        f"{100 * looks.power:.0f} % power); looks after {at}"
    )


def _stored(settings: RunSettings, cells: Sequence[Cell], reference: Reference | None) -> tuple[list[float], list[int]]:
    if reference is None:
        raise UsageError(
            f"--quant-trials auto: found no stored reference of family '{settings.family.name}', expected one: the "
            f"trials are planned from it, and the run ends when the verdict against it stands. Record one with "
            f"--quant-save-reference --quant-trials 4, or give a number of trials"
        )
    graded: dict[str, list[bool]] = {}
    for one in reference.scored:
        if one.outcome.graded:
            graded.setdefault(one.case.cell.id, []).append(one.outcome is Outcome.SOLVED)
    found = [graded.get(cell.id, []) for cell in cells]
    unknown = [cell.id for cell, hits in zip(cells, found, strict=True) if not hits]
    if len(unknown) > MOST_UNKNOWN * len(cells):
        raise UsageError(
            f"--quant-trials auto: the reference {reference.id} has no graded trial of {len(unknown)} of the "
            f"{len(cells)} cells, such as {unknown[0]}, so that their noise is not known; choose contexts and variants "
            f"that it has, record them in a reference, or give a number of trials"
        )
    return [float(sum(hits)) for hits in found], [len(hits) for hits in found]


def _back_to_back(cases: Sequence[Case], looks: PlannedLooks) -> list[Case]:
    """Put trials of one cell that fall into one block next to each other: they share a cached prefix."""
    ordered: list[Case] = []
    start = 0
    for end in looks.episodes:
        first: dict[str, list[Case]] = {}
        for case in cases[start:end]:
            first.setdefault(case.cell.id, []).append(case)
        ordered += [case for group in first.values() for case in group]
        start = end
    return ordered
