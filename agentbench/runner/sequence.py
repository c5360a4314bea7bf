"""From a suite's cells and the reference's stored scores to a sequential run: its cases in order, and its looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from agentbench.errors import UsageError
from agentbench.records import MAX_MISSING, Case, Cell, HardLock, Metric, Outcome, PlannedLooks, digest
from agentbench.runner.references import LAST, find_reference
from agentbench.runner.settings import RunSettings
from agentbench.runner.trials import graded_by_cell
from agentbench.store import Journal, Reference, runs_of


def sequence_to_run(
    settings: RunSettings, quant: str, cells: Sequence[Cell], lock: HardLock
) -> tuple[list[Case], PlannedLooks]:
    """Plan a sequential run from the reference that it will be compared with.

    A stored run that is to go on is planned again from what *it* was compared with. With ``--quant-reference last``
    that is the run before it, and never the run itself.

    Raises:
        StoreError: the reference that was asked for is missing or damaged.
        UsageError: nothing can be planned from it.
    """
    for stored in _to_go_on_with(settings, quant, cells, lock):
        with suppress(UsageError):  # there is no run before it, or none to plan from
            cases, looks = sequence(settings, cells, find_reference(settings, quant, before=stored.id))
            if (stored.plan.cases, stored.plan.looks) == ([case.id for case in cases], looks):
                return cases, looks
    return sequence(settings, cells, find_reference(settings, quant))


def _to_go_on_with(settings: RunSettings, quant: str, cells: Sequence[Cell], lock: HardLock) -> Iterator[Journal]:
    """Yield the stored sequential runs of these cells, newest first, whose reference ``last`` is not the newest run."""
    if settings.reference != LAST or not (settings.resume or settings.replay):
        return
    for stored in runs_of(settings.runs_dir, settings.family.name, quant):
        same = stored.plan.looks is not None and {one.id for one in stored.plan.cells} == {one.id for one in cells}
        if same and stored.lock.hard == lock and not (settings.resume and stored.ended):
            yield stored


def sequence(
    settings: RunSettings, cells: Sequence[Cell], reference: Reference | None
) -> tuple[list[Case], PlannedLooks]:
    """Return the cases of the longest run in run order, and when it looks at them.

    Raises:
        UsageError: there is no reference, it lacks too many of the cells, or it is a run whose size depended on its
            results: nothing to plan from.
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
    _refuse_unfixed(reference)
    graded = graded_by_cell(reference.scored)
    found = [graded.get(cell.id, []) for cell in cells]
    unknown = [cell.id for cell, trials in zip(cells, found, strict=True) if not trials]
    if len(unknown) > MAX_MISSING * len(cells):
        raise UsageError(
            f"--quant-trials auto: the reference {reference.id} has no graded trial of {len(unknown)} of the "
            f"{len(cells)} cells, such as {unknown[0]}, so that their noise is not known; choose contexts and variants "
            f"that it has, record them in a reference, or give a number of trials"
        )
    solved = [float(sum(one.outcome is Outcome.SOLVED for one in trials)) for trials in found]
    return solved, [len(trials) for trials in found]


def _refuse_unfixed(reference: Reference) -> None:
    """Nothing can be shown against a run that ended at an early look, so no look would ever end this one."""
    from agentbench.compare import planned_part

    if reference.run is None:
        return  # what is stored as a reference is of fixed size
    if where := planned_part(reference.head.plan, reference.scored).ended_early:
        raise UsageError(
            f"--quant-trials auto: the reference, run {reference.head.run_id}, is a sequential one that ended at "
            f"{where}, expected a run of fixed size: its own size depended on its results, so that nothing could be "
            f"shown against it. Run both with the same --quant-trials N"
        )


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
