from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentbench.compare import Arm, compare_runs, sides
from agentbench.compare.tallies import paired_errors
from agentbench.records import CallClass, LockDifference, Margins, Metric, Outcome, PairVerdict, RunComparison
from tests.compare.compare_worlds import episode, noisy, perfect, plan, planned
from tests.compare.test_compare import BAD, infra

MIRROR = {
    PairVerdict.A_BETTER: PairVerdict.B_BETTER,
    PairVerdict.B_BETTER: PairVerdict.A_BETTER,
    PairVerdict.EQUIVALENT: PairVerdict.EQUIVALENT,
    PairVerdict.UNDECIDED: PairVerdict.UNDECIDED,
}


def arm(scored, cells, trials=1, name="a", *, template_unverified=False, **fields):
    run = planned(cells, trials, quant=name, **fields)
    return Arm(run_id=name, plan=run, scored=scored, template_unverified=template_unverified)


def compared(ours, theirs, cells, trials=(1, 1), **options):
    return mirrored(arm(ours, cells, trials[0]), arm(theirs, cells, trials[1], "b"), **options)


def mirrored(a, b, **options):
    """The comparison of two runs, held against the one with their names exchanged."""
    options = {"margins": Margins()} | options
    found, turned = compare_runs(a, b, **options), compare_runs(b, a, **options)
    assert_sound(found)
    assert turned.overall is MIRROR[found.overall]
    assert (turned.a_only, turned.b_only) == (found.b_only, found.a_only)
    for one, other in zip(found.metrics, turned.metrics, strict=True):
        assert other.verdict is MIRROR[one.verdict]
        assert (other.p_difference, other.p_equivalence) == (one.p_difference, one.p_equivalence)
        if one.difference is not None:
            assert other.difference == pytest.approx(-one.difference)
            assert (other.lower, other.upper) == pytest.approx((-one.upper, -one.lower))
    return found


def assert_sound(found):
    text = found.model_dump_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert RunComparison.model_validate_json(text) == found
    for metric in found.metrics:
        assert metric.reason
        if metric.difference is not None:
            assert all(math.isfinite(one) for one in (metric.difference, metric.lower, metric.upper))
            assert metric.lower < metric.difference or metric.lower == -1
            assert metric.upper > metric.difference or metric.upper == 1


def by_name(found, metric):
    return next(one for one in found.metrics if one.metric is metric)


def test_two_equal_runs_of_nightly_size_are_equivalent():
    cells = plan(40, 3)
    found = compared(perfect(cells), perfect(cells), cells)
    assert found.overall is PairVerdict.EQUIVALENT
    assert all(-metric.margin <= metric.lower < 0 < metric.upper <= metric.margin for metric in found.metrics)


def test_two_equal_small_runs_are_undecided_with_reasons():
    found = compared(perfect(plan(5, 1)), perfect(plan(5, 1)), plan(5, 1))
    assert found.overall is PairVerdict.UNDECIDED
    assert "5 clusters, and at least 12 are needed" in found.reason


@pytest.mark.parametrize("metric", Metric)
def test_the_better_run_is_named(metric):
    cells = plan(20, 2)
    generator = random.Random(3)
    worse = [episode(cell, **(BAD[metric] if generator.random() < 0.4 else {})) for cell in cells]
    found = compared(worse, perfect(cells), cells)
    assert by_name(found, metric).verdict is PairVerdict.B_BETTER
    assert found.overall is PairVerdict.B_BETTER
    assert by_name(found, metric).difference < 0


def test_each_better_in_something_is_undecided():
    cells = plan(20, 2)
    ours = [episode(cell, stale=2) for cell in cells]
    theirs = [episode(cell, calls={CallClass.VALID: 6, CallClass.BAD_JSON: 2}) for cell in cells]
    found = compared(ours, theirs, cells)
    assert by_name(found, Metric.DETAIL_ERRORS).verdict is PairVerdict.B_BETTER
    assert by_name(found, Metric.CALL_VALIDITY).verdict is PairVerdict.A_BETTER
    assert found.overall is PairVerdict.UNDECIDED
    assert found.reason.startswith("each is better in something")


def test_missing_trials_of_either_run_count_against_every_verdict():
    cells = plan(40, 3)
    few = [infra(cell) if index % 61 == 0 else episode(cell) for index, cell in enumerate(cells)]
    found = compared(few, perfect(cells), cells)
    assert found.overall is PairVerdict.UNDECIDED
    assert by_name(found, Metric.CALL_VALIDITY).p_equivalence > 0.05
    assert found.a.missing == 6
    assert [warning.code for warning in found.warnings] == ["missing"]
    # A finished only where it failed and B did not; where it did not finish, B failed.
    cells = plan(20, 1, (8192,))
    bad = [episode(cell, outcome=Outcome.UNSOLVED) for cell in cells]
    found = compared(bad[:10], perfect(cells[:10]) + bad[10:], cells)
    assert by_name(found, Metric.PASS_RATE).verdict is PairVerdict.UNDECIDED


def test_only_common_cells_are_compared_and_the_others_counted():
    cells = plan(20, 2)
    found = compare_runs(
        arm(perfect(cells), cells),
        arm(perfect(cells[:60]), cells[:60], name="b", subset=True),
        margins=Margins(),
        soft_differences=[LockDifference(key="engine", ours="0.33", theirs="0.32")],
    )
    assert len(found.cells) == 60
    assert [warning.code for warning in found.warnings] == ["other_cells", "subset", "soft_lock"]
    assert found.warnings[0].text == "60 cells of A not planned in the other run, not compared"
    assert compared([], [], []).overall is PairVerdict.UNDECIDED


def test_an_engine_crash_counts_against_the_run_that_crashed():
    cells = plan(40, 3)
    crash = episode(cells[0], outcome=Outcome.INFRA_SERVER, server_deaths=2)
    found = compared([crash, *perfect(cells[1:])], perfect(cells), cells)
    assert found.overall is PairVerdict.B_BETTER
    assert "engine crashed" in found.reason


def test_the_reference_is_shown_beside_them():
    cells = plan(13, 1)
    reference = [episode(cell, trial, outcome=Outcome.UNSOLVED) for cell in cells for trial in range(2)]
    found = compared(perfect(cells), perfect(cells), cells, reference=reference, reference_id="r")
    assert by_name(found, Metric.PASS_RATE).reference.value == 0
    assert found.cells[0].reference_solved == 0
    assert compared(perfect(cells), perfect(cells), cells).metrics[0].reference is None


def test_only_the_metrics_that_both_plans_gate_are_computed_and_none_of_them_differs_for_it(monkeypatch):
    cells = plan(20, 2)
    ours, theirs = noisy(cells, 1, 1, worse=0.05), noisy(cells, 1, 2)
    every = compared(ours, theirs, cells)
    computed = []

    def spied(pairs, metric, *rest):
        computed.append(metric)
        return paired_errors(pairs, metric, *rest)

    monkeypatch.setattr(sides, "paired_errors", spied)
    some = {"metrics": [Metric.COPY_ERRORS, Metric.PASS_RATE]}
    found = mirrored(arm(ours, cells, **some), arm(theirs, cells, name="b"))
    assert [one.metric for one in found.metrics] == [Metric.PASS_RATE, Metric.COPY_ERRORS]
    assert set(computed) == set(some["metrics"])
    for one in found.metrics:
        # Holm goes over the gated metrics alone, and what follows from it
        same = {"p_difference_holm": None, "verdict": PairVerdict.UNDECIDED, "reason": ""}
        assert one.model_copy(update=same) == by_name(every, one.metric).model_copy(update=same)


def test_runs_with_different_trials():
    cells = plan(20, 2)
    found = compared(noisy(cells, 1, 1), noisy(cells, 3, 2), cells, trials=(1, 3))
    assert found.a.missing == found.b.missing == 0


def test_a_noisy_model_against_itself_is_seldom_called_better():
    cells = plan(20, 2, (8192,))
    runs = 60
    verdicts = [
        compare_runs(
            arm(noisy(cells, 1, run), cells), arm(noisy(cells, 1, 500 + run), cells), margins=Margins()
        ).overall
        for run in range(runs)
    ]
    assert sum(verdict in (PairVerdict.A_BETTER, PairVerdict.B_BETTER) for verdict in verdicts) <= 8


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_episodes_and_cells_does_not_matter(seed):
    cells = plan(14, 1)
    ours, theirs = noisy(cells, 1, 1, worse=0.05), noisy(cells, 2, 2)
    options = {"margins": Margins()}
    expected = compare_runs(arm(ours, cells), arm(theirs, cells, 2), **options).model_dump_json()
    shuffle = random.Random(seed).shuffle
    for values in (ours, theirs, cells):
        shuffle(values)
    assert compare_runs(arm(ours, cells), arm(theirs, cells, 2), **options).model_dump_json() == expected
