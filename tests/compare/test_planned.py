"""What a run's plan asked of it, and what becomes of comparisons with runs that ended at an early look."""

from __future__ import annotations

import pytest

from agentbench.compare import compare, compare_in_looks, planned_part
from agentbench.compare.pairing import pair_cells
from agentbench.records import Margins, Metric, Outcome, PairVerdict, Verdict
from tests.compare.compare_worlds import episode, noisy, perfect, plan, planned
from tests.compare.test_pairwise import arm, by_name, mirrored

CELLS = plan(40, 2, (8192,))
MISSING = 3


def bad(cells, trials=1):
    return [episode(cell, trial, outcome=Outcome.UNSOLVED) for cell in cells for trial in range(trials)]


def test_a_fixed_run_was_asked_for_all_of_its_plan_whatever_is_stored():
    run = planned(CELLS, 2)
    part = planned_part(run, [])
    assert part.cells == CELLS
    assert part.trials == {cell.id: 2 for cell in CELLS}
    assert part.ended_early == ""
    half = run.model_copy(update={"cases": [case for case in run.cases if case.endswith("#0")], "subset": True})
    assert set(planned_part(half, []).trials.values()) == {1}


@pytest.mark.parametrize(
    ("stored", "cells", "early"),
    [(0, 20, "look 1 of 8"), (1, 20, "look 1 of 8"), (20, 20, "look 1 of 8"), (21, 40, "look 2 of 8"),
     (81, 80, "look 5 of 8"), (141, 80, ""), (160, 80, "")],
)  # fmt: skip
def test_a_sequential_run_was_asked_for_the_blocks_that_it_came_to(stored, cells, early):
    run = planned(CELLS, 2, blocks=8)
    scored = [*perfect(CELLS), *(episode(cell, 1) for cell in CELLS)]
    part = planned_part(run, scored[:stored])
    assert part.cells == CELLS[:cells]
    assert part.ended_early == early
    ended = -(-max(stored, 1) // 20) * 20
    assert sum(part.trials.values()) == ended


def sequential(scored, **fields):
    return arm(scored, CELLS, 2, blocks=4, **fields)


def test_missing_later_trials_of_a_sequential_run_are_seen():
    scored = [episode(cell, trial) for trial in range(2) for cell in CELLS]
    found = mirrored(sequential(scored[:-MISSING]), arm(perfect(CELLS), CELLS, 1, "b"))
    assert found.a.missing == MISSING
    assert f"{MISSING} trials of A missing" in [one.text for one in found.warnings]
    assert mirrored(sequential(scored), arm(perfect(CELLS), CELLS, 1, "b")).warnings == []
    # one that never came to the second trials lacks none of them
    assert mirrored(sequential(scored[: len(CELLS)]), arm(perfect(CELLS), CELLS, 1, "b")).a.missing == 0


def test_the_references_planned_trials_are_those_of_its_plan():
    """Without the plan a reference whose last trials are all lost seems to have planned fewer."""
    reference = perfect(CELLS, 2)
    run = planned(CELLS, 4)
    options = {"cells": CELLS, "margins": Margins(), "alpha": 0.05}
    assert compare(perfect(CELLS), reference, **options).missing_reference == 0
    found = compare(perfect(CELLS), reference, reference_plan=run, **options)
    assert found.missing_reference == 2 * len(CELLS)
    assert "160 trials of the reference missing" in [one.text for one in found.warnings if one.code.startswith("miss")]


def test_missing_shares_are_of_what_each_plan_asked_for():
    """The reference repeats only its first cells; what it was never to run is not missing."""
    few = CELLS[:10]
    run = planned(few, 4)
    pairing = pair_cells(perfect(CELLS), perfect(few, 3), CELLS, 1, planned_part(run, []).trials)
    assert (pairing.reference_missing, pairing.reference_planned) == (10, 40)
    assert pairing.reference_missing_share == 0.25
    assert (pairing.quant_missing, pairing.planned) == (0, 80)
    assert pair_cells(perfect(CELLS), perfect(few, 3), CELLS, 1).reference_missing_share == 0


@pytest.mark.parametrize("worse", [False, True])
def test_a_run_that_ended_early_is_shown_and_never_called_better_or_equal(worse):
    scored = [*(bad if worse else perfect)(CELLS), *(episode(cell, 1, **BAD[worse]) for cell in CELLS)]
    other = arm(perfect(CELLS), CELLS, 1, "b")
    whole = mirrored(sequential(scored), other)
    expected = PairVerdict.B_BETTER if worse else PairVerdict.UNDECIDED  # 80 cells are too few for "equivalent"
    assert whole.overall is expected
    early = mirrored(sequential(scored[: len(CELLS)]), other)
    assert early.overall is PairVerdict.UNDECIDED
    for metric in early.metrics:
        assert metric.verdict is PairVerdict.UNDECIDED
        assert (metric.p_difference, metric.p_equivalence, metric.lower, metric.upper) == (1, 1, -1, 1)
        assert "A ended at look 2 of 4" in metric.reason
        assert "run both with the same --quant-trials N" in metric.reason
    assert by_name(early, Metric.PASS_RATE).difference == (-1 if worse else 0)
    assert [one.code for one in early.warnings] == ["ended_early"]
    assert "A is a sequential run that ended at look 2 of 4" in early.warnings[0].text


BAD = {True: {"outcome": Outcome.UNSOLVED}, False: {}}


def test_equal_runs_are_equivalent_only_where_their_sizes_were_fixed():
    cells = plan(40, 3)
    whole, part = perfect(cells), perfect(cells[:180])
    both = [arm(whole, cells, name=name, blocks=2) for name in "ab"]
    assert mirrored(*both).overall is PairVerdict.EQUIVALENT
    early = mirrored(arm(part, cells, blocks=2), both[1])
    assert early.overall is PairVerdict.UNDECIDED
    assert len(early.cells) == 180
    assert "ended at look 1 of 2" in early.reason


@pytest.mark.parametrize("worse", [False, True])
def test_nothing_is_shown_against_a_reference_that_ended_early(worse):
    """``--quant-reference last`` where the last run was a sequential one that stopped."""
    cells = plan(40, 3)
    reference = perfect(cells)
    quant = [episode(cell, **BAD[worse]) for cell in cells]
    options = {"cells": cells, "margins": Margins(), "alpha": 0.05, "trials": 1}
    complete = planned(cells, blocks=6)
    whole = compare(quant, reference, reference_plan=complete, **options)
    assert whole.overall is (Verdict.DEGRADED if worse else Verdict.NON_INFERIOR)
    stopped = planned(cells, 2, blocks=6)
    early = compare(quant, reference, reference_plan=stopped, **options)
    assert early.overall is Verdict.INCONCLUSIVE
    assert "the reference ended at look 3 of 6" in early.reason
    assert "ended_early" in [one.code for one in early.warnings]
    for metric, other in zip(early.metrics, whole.metrics, strict=True):
        assert metric.verdict is Verdict.INCONCLUSIVE
        assert metric.loss == other.loss
        assert (metric.p_loss, metric.p_ni, metric.loss_upper, metric.loss_lower) == (1, 1, 1, -1)
        assert metric.cells_needed_if_no_loss is None
        assert "would decide" not in metric.reason
    looked = compare_in_looks(
        quant, reference, plan=planned(cells, blocks=6), margins=Margins(), reference_plan=stopped
    )
    assert looked.overall is Verdict.INCONCLUSIVE
    assert len(looked.sequential.looks) == 6


def test_an_engine_crash_counts_against_a_run_that_ended_early_too():
    crash = episode(CELLS[0], outcome=Outcome.INFRA_SERVER, server_deaths=2)
    found = mirrored(sequential([crash, *perfect(CELLS[1:])]), arm(perfect(CELLS), CELLS, 1, "b"))
    assert found.overall is PairVerdict.B_BETTER


def test_the_seed_is_the_same_whichever_run_is_named_first():
    ours, theirs = noisy(CELLS, 1, 1), noisy(CELLS, 1, 2)
    found = mirrored(arm(ours, CELLS, seed=7), arm(theirs, CELLS, name="b", seed=3))
    assert found.metrics == mirrored(arm(ours, CELLS, seed=3), arm(theirs, CELLS, name="b", seed=3)).metrics
    assert found.metrics != mirrored(arm(ours, CELLS, seed=7), arm(theirs, CELLS, name="b", seed=7)).metrics
