from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentbench.compare import NO_REFERENCE, compare
from agentbench.records import CallClass, Margins, Metric, Outcome, Verdict
from tests.compare.compare_worlds import episode, noisy, perfect, plan

MARGINS = Margins()


def judged(quant, reference, cells, **options):
    options = {"margins": MARGINS, "alpha": 0.05} | options
    comparison = compare(quant, reference, cells=cells, **options)
    assert_sound(comparison)
    return comparison


def assert_sound(comparison):
    """No NaN, no zero-width bound, a reason for everything."""
    assert [metric.metric for metric in comparison.metrics] == list(Metric)
    assert comparison.reason
    for metric in comparison.metrics:
        assert metric.reason
        for value in metric.model_dump().values():
            assert not isinstance(value, float) or math.isfinite(value)
        if metric.loss is not None:
            assert metric.loss_upper > metric.loss or metric.loss_upper == 1
            assert metric.loss_lower < metric.loss or metric.loss_lower == -1
        if metric.verdict is Verdict.NON_INFERIOR:
            assert metric.p_ni <= metric.alpha
            assert metric.loss_upper <= metric.margin
        assert not metric.reason.startswith(metric.verdict)  # whoever shows it puts the verdict in front


def by_name(comparison, metric):
    return next(one for one in comparison.metrics if one.metric is metric)


@pytest.mark.parametrize("tasks", [12, 13, 40])
def test_identical_runs_of_nightly_size_are_non_inferior(tasks):
    cells = plan(tasks, 8)
    comparison = judged(perfect(cells), perfect(cells), cells)
    assert comparison.overall is Verdict.NON_INFERIOR
    assert {metric.verdict for metric in comparison.metrics} == {Verdict.NON_INFERIOR}
    assert [warning.code for warning in comparison.warnings] == ["k_ref"]


def test_identical_runs_that_are_too_small_say_how_many_cells_they_need():
    cells = plan(13, 1)
    comparison = judged(perfect(cells), perfect(cells), cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert "39 cells; about 120 would decide if there is no loss" in comparison.reason
    assert by_name(comparison, Metric.PASS_RATE).cells_needed_if_no_loss == 59
    assert by_name(comparison, Metric.COPY_ERRORS).cells_needed_if_no_loss == 120
    # The promise holds: three times as many tasks are as many cells.
    cells = plan(40, 1)
    assert judged(perfect(cells), perfect(cells), cells).overall is Verdict.NON_INFERIOR


@pytest.mark.parametrize("variants", [1, 8])
def test_stale_details_are_degraded_in_detail_errors(variants):
    cells = plan(13, variants)
    generator = random.Random(4)
    quant = [episode(cell, stale=sum(generator.random() < 0.15 for _ in range(5))) for cell in cells]
    comparison = judged(quant, perfect(cells), cells)
    assert comparison.overall is Verdict.DEGRADED
    assert "detail_errors" in comparison.reason
    verdicts = {metric.metric: metric.verdict for metric in comparison.metrics}
    assert verdicts[Metric.DETAIL_ERRORS] is Verdict.DEGRADED
    assert [metric for metric in verdicts if verdicts[metric] is Verdict.DEGRADED] == [Metric.DETAIL_ERRORS]


@pytest.mark.parametrize("variants", [1, 8])
def test_malformed_calls_are_degraded_in_call_validity(variants):
    cells = plan(13, variants)
    generator = random.Random(5)
    quant = []
    for cell in cells:
        bad = sum(generator.random() < 0.1 for _ in range(9))
        quant.append(episode(cell, calls={CallClass.VALID: 8, CallClass.BAD_JSON: bad}))
    comparison = judged(quant, perfect(cells), cells)
    assert comparison.overall is Verdict.DEGRADED
    assert by_name(comparison, Metric.CALL_VALIDITY).verdict is Verdict.DEGRADED
    assert by_name(comparison, Metric.DETAIL_ERRORS).verdict is not Verdict.DEGRADED


def test_lost_and_gained_cells_and_expected_flips():
    cells = plan(4, 1, (8192,))
    reference = [
        episode(cells[0], 0),
        episode(cells[0], 1, outcome=Outcome.UNSOLVED),
        episode(cells[1], 0, outcome=Outcome.UNSOLVED),
        episode(cells[1], 1, outcome=Outcome.LIMIT_TURNS),
        *perfect(cells[2:], 2),
    ]
    quant = [episode(cells[0], outcome=Outcome.UNSOLVED), *perfect(cells[1:])]
    comparison = judged(quant, reference, cells)
    assert comparison.lost == [cells[0].id]
    assert comparison.gained == [cells[1].id]
    assert comparison.expected_flips == 1.0
    assert comparison.k_ref == 2
    assert [row.change for row in comparison.cells] == ["lost", "gained", "same", "same"]


def test_a_cell_weighs_the_same_however_many_trials_it_got():
    cells = plan(2, 1, (8192,))
    reference = [*perfect(cells[:1], 9), *perfect(cells[1:], 1)]
    quant = [*perfect(cells[:1], 9), episode(cells[1], outcome=Outcome.UNSOLVED, stale=5)]
    comparison = judged(quant, reference, cells)
    assert by_name(comparison, Metric.PASS_RATE).loss == pytest.approx(0.5)
    assert by_name(comparison, Metric.DETAIL_ERRORS).loss == pytest.approx(0.5)
    assert comparison.missing_quant == 8


def test_the_order_of_episodes_and_cells_does_not_matter():
    cells = plan(20, 2)
    quant, reference = noisy(cells, 2, 1, worse=0.02), noisy(cells, 4, 2)
    expected = judged(quant, reference, cells).model_dump_json()
    for seed in range(3):
        shuffle = random.Random(seed).shuffle
        for values in (quant, reference, cells):
            shuffle(values)
        assert judged(quant, reference, cells).model_dump_json() == expected


# --- no reference, and other poor references --------------------------------------------------------------------------


def test_no_reference_names_the_three_ways_to_get_one():
    cells = plan(13, 1)
    comparison = judged(perfect(cells), None, cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert comparison.reason == NO_REFERENCE
    for way in ("--quant-save-reference", "--quant-endpoint", "reference import"):
        assert way in comparison.reason
    assert by_name(comparison, Metric.PASS_RATE).quant.value == 1.0
    assert by_name(comparison, Metric.PASS_RATE).reference is None


def test_a_reference_that_solves_nothing_cannot_be_lost_against():
    cells = plan(13, 8)
    nothing = [episode(cell, outcome=Outcome.UNSOLVED) for cell in cells]
    comparison = judged(nothing, nothing, cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert "the reference solves none of the cells" in by_name(comparison, Metric.PASS_RATE).reason
    assert "the reference solves none of the cells" in comparison.reason
    assert by_name(comparison, Metric.DETAIL_ERRORS).verdict is Verdict.NON_INFERIOR
    gained = judged(perfect(cells), nothing, cells)
    assert by_name(gained, Metric.PASS_RATE).verdict is Verdict.INCONCLUSIVE
    small = judged(nothing[:12], nothing[:12], cells[:12])
    assert "the reference solves none of the cells" in small.reason
    assert by_name(small, Metric.PASS_RATE).cells_needed_if_no_loss is None


def test_none_solved_after_all_solved_is_degraded():
    cells = plan(13, 1)
    nothing = [episode(cell, outcome=Outcome.UNSOLVED, stale=5) for cell in cells]
    comparison = judged(nothing, perfect(cells), cells)
    assert comparison.overall is Verdict.DEGRADED
    assert by_name(comparison, Metric.PASS_RATE).loss == 1.0


@pytest.mark.parametrize("k_ref", [1, 3, 4, 8])
def test_few_reference_trials_are_warned_of(k_ref):
    cells = plan(13, 8)
    codes = [warning.code for warning in judged(perfect(cells), perfect(cells, k_ref), cells).warnings]
    assert ("k_ref" in codes) == (k_ref < 4)


def test_unverified_templates_never_give_non_inferior():
    cells = plan(13, 8)
    comparison = judged(perfect(cells), perfect(cells), cells, template_unverified=True)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert "/tokenize" in comparison.reason
    assert "template_unverified" in [warning.code for warning in comparison.warnings]
    broken = [episode(cell, stale=3) for cell in cells]
    assert judged(broken, perfect(cells), cells, template_unverified=True).overall is Verdict.DEGRADED


def test_cells_that_the_reference_never_ran_forbid_non_inferior():
    cells = plan(13, 8)
    comparison = judged(perfect(cells), perfect(cells[::8]), cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert "273 of 312 planned cells have no reference trial" in comparison.reason
    assert "cells_without_reference" in [warning.code for warning in comparison.warnings]


# --- missing trials ---------------------------------------------------------------------------------------------------


def infra(cell, trial=0, **fields):
    return episode(cell, trial, **({"outcome": Outcome.INFRA_SANDBOX, "error": "gone"} | fields))


@pytest.mark.parametrize("absent", [False, True])
def test_one_missing_trial_more_than_the_reference_forbids_non_inferior(absent):
    cells = plan(13, 8)
    quant = perfect(cells[1:]) + ([] if absent else [infra(cells[0])])
    comparison = judged(quant, perfect(cells), cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert comparison.missing_quant == 1
    assert "more than the reference's" in comparison.reason
    assert "missing" in [warning.code for warning in comparison.warnings]


def test_as_many_missing_as_the_reference_may_still_be_non_inferior():
    cells = plan(160, 3)
    quant = [infra(cells[5]), *perfect(cells[:5]), *perfect(cells[6:])]
    reference = [infra(cells[9]), *perfect(cells[:9]), *perfect(cells[10:])]
    comparison = judged(quant, reference, cells)
    assert comparison.overall is Verdict.NON_INFERIOR
    assert (comparison.missing_quant, comparison.missing_reference) == (1, 1)


def test_non_inferior_must_survive_that_every_missing_trial_is_a_loss():
    # 960 cells; 4 missing in both arms is under 2 %, and 4 unsolved are within the margin of the pass rate, but four
    # episodes full of copy errors are not within theirs.
    cells = plan(160, 2)
    quant = [infra(cell) if index % 240 == 0 else episode(cell) for index, cell in enumerate(cells)]
    reference = [infra(cell) if index % 240 == 1 else episode(cell) for index, cell in enumerate(cells)]
    comparison = judged(quant, reference, cells)
    assert by_name(comparison, Metric.PASS_RATE).verdict is Verdict.NON_INFERIOR
    assert by_name(comparison, Metric.COPY_ERRORS).verdict is Verdict.INCONCLUSIVE
    assert by_name(comparison, Metric.COPY_ERRORS).loss == 0


def test_degraded_must_survive_that_every_missing_trial_is_solved():
    cells = plan(13, 1, (8192,))
    reference = perfect(cells, 8)
    bad = [episode(cell, 0, outcome=Outcome.UNSOLVED) for cell in cells]
    assert judged(bad, reference, cells, trials=1).overall is Verdict.DEGRADED
    # Only 3 of 13 cells finished: the ten others could all have been solved.
    assert judged(bad[:3], reference, cells, trials=1).overall is Verdict.INCONCLUSIVE


BAD = {
    Metric.PASS_RATE: {"outcome": Outcome.UNSOLVED},
    Metric.CALL_VALIDITY: {"calls": {CallClass.VALID: 4, CallClass.BAD_JSON: 4}},
    Metric.DETAIL_ERRORS: {"stale": 3},
    Metric.COPY_ERRORS: {"copy_errors": 3},
}


@pytest.mark.parametrize("metric", Metric)
def test_missing_trials_count_against_either_verdict_in_every_metric(metric):
    cells = plan(40, 2)
    whole = by_name(judged(perfect(cells), perfect(cells), cells), metric)
    lacking = [infra(cell) if index == 7 else episode(cell) for index, cell in enumerate(cells)]
    filled = [episode(cell, **(BAD[metric] if index == 7 else {})) for index, cell in enumerate(cells)]
    p_ni = by_name(judged(lacking, perfect(cells), cells), metric).p_ni
    # At least as bad as an episode with many errors in its place.
    assert whole.p_ni < by_name(judged(filled, perfect(cells), cells), metric).p_ni <= p_ni

    # The quant is bad in ten cells where the reference is good; of ten where the reference is bad, it has none.
    cells = plan(20, 1, (8192,))
    bad = [episode(cell, **BAD[metric]) for cell in cells]
    reference = perfect(cells[:10]) + bad[10:]
    assert by_name(judged(bad[:10], reference, cells[:10]), metric).verdict is Verdict.DEGRADED
    found = by_name(judged(bad[:10], reference, cells), metric)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.loss_lower < 0 < found.loss
    assert "were every missing trial without error, no loss would be shown" in found.reason


def test_the_reason_says_that_only_the_missing_trials_hide_the_margin():
    cells = plan(60, 8, (8192,))
    quant = [infra(cell) if index % 60 == 0 else episode(cell) for index, cell in enumerate(cells)]
    reference = [infra(cell) if index % 60 == 1 else episode(cell) for index, cell in enumerate(cells)]
    found = by_name(judged(quant, reference, cells), Metric.CALL_VALIDITY)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "were every missing trial a loss, the margin would not be shown" in found.reason


def test_over_two_percent_missing_is_never_non_inferior_even_if_the_reference_lacks_more():
    cells = plan(60, 8)
    quant = [infra(cell) for cell in cells[:30]] + perfect(cells[30:])
    reference = [infra(cell) if index < 60 else episode(cell, 0) for index, cell in enumerate(cells)]
    comparison = judged(quant, reference, cells)
    assert comparison.overall is not Verdict.NON_INFERIOR
    assert "more than 2 %" in comparison.reason


def test_wall_clock_limits_are_missing_and_other_limits_are_not():
    cells = plan(13, 8)
    wall = [episode(cells[0], outcome=Outcome.LIMIT_WALL), *perfect(cells[1:])]
    assert judged(wall, perfect(cells), cells).missing_quant == 1
    turns = [episode(cells[0], outcome=Outcome.LIMIT_TURNS), *perfect(cells[1:])]
    comparison = judged(turns, perfect(cells), cells)
    assert comparison.missing_quant == 0
    assert comparison.lost == [cells[0].id]


def test_a_cell_that_kills_the_engine_twice_is_degraded_if_the_reference_ran_it():
    cells = plan(13, 8)
    crash = infra(cells[7], outcome=Outcome.INFRA_SERVER, server_deaths=2)
    quant = [crash, *perfect(cells[:7]), *perfect(cells[8:])]
    comparison = judged(quant, perfect(cells), cells)
    assert comparison.overall is Verdict.DEGRADED
    assert cells[7].id in comparison.reason
    assert comparison.warnings[0].code == "engine_crash"
    assert cells[7].id in comparison.warnings[0].text
    unknown = judged(quant, [*perfect(cells[:7]), *perfect(cells[8:])], cells)
    assert unknown.overall is Verdict.INCONCLUSIVE


# --- degenerate inputs ------------------------------------------------------------------------------------------------


def test_zero_calls():
    cells = plan(13, 8)
    silent = [episode(cell, calls={}, copy_opportunities=0) for cell in cells]
    comparison = judged(silent, perfect(cells), cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    validity = by_name(comparison, Metric.CALL_VALIDITY)
    assert validity.verdict is Verdict.INCONCLUSIVE
    assert "the quant had no calls at all" in validity.reason
    assert validity.quant.value is None
    both = judged(silent, silent, cells)
    assert "the quant and the reference had no calls at all" in by_name(both, Metric.CALL_VALIDITY).reason
    assert "no calls at all" in both.reason


def test_a_loss_shown_to_be_within_the_margin_is_not_degraded_because_something_forbids_the_better_word():
    cells = plan(120, 12)
    worse = [episode(cell, outcome=Outcome.UNSOLVED if n % 60 == 0 else Outcome.SOLVED) for n, cell in enumerate(cells)]
    shown = by_name(judged(worse, perfect(cells), cells), Metric.PASS_RATE)
    assert shown.p_loss_holm <= 0.05 and shown.verdict is Verdict.NON_INFERIOR
    forbidden = by_name(judged(worse, perfect(cells), cells, template_unverified=True), Metric.PASS_RATE)
    assert forbidden.p_loss_holm <= 0.05 and forbidden.verdict is Verdict.INCONCLUSIVE


def test_clusters_of_very_unequal_size_are_too_few():
    # Two of 40 tasks make most of the calls.
    cells = plan(40, 1)
    busy = [episode(cell, calls={CallClass.VALID: 600 if cell.cluster in ("t000", "t001") else 8}) for cell in cells]
    found = by_name(judged(busy, busy, cells), Metric.CALL_VALIDITY)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "40 clusters of unequal size that tell as much as 3.1 equal ones, and at least 12 are needed" in found.reason


@pytest.mark.parametrize("variants", [1, 40])
def test_one_task_only(variants):
    cells = plan(1, variants)
    comparison = judged(perfect(cells), perfect(cells), cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert "1 cluster, and at least 12 are needed" in by_name(comparison, Metric.PASS_RATE).reason
    assert by_name(comparison, Metric.PASS_RATE).loss_upper == 1.0
    broken = [episode(cell, outcome=Outcome.UNSOLVED, stale=5) for cell in cells]
    # One cluster is one coin flip: it proves nothing either.
    assert judged(broken, perfect(cells), cells).overall is Verdict.INCONCLUSIVE


def test_eleven_clusters_are_too_few_for_non_inferior():
    cells = plan(11, 40)
    comparison = judged(perfect(cells), perfect(cells), cells)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert "11 clusters, and at least 12 are needed" in comparison.reason
    assert {metric.cells_needed_if_no_loss for metric in comparison.metrics} == {1440}


@pytest.mark.parametrize("case", ["no plan", "no quant", "empty reference", "other cells", "all infra"])
def test_nothing_in_common(case):
    cells, others = plan(13, 1), plan(13, 1, (131072,))
    quant, reference, planned, words = {
        "no plan": (perfect(cells), perfect(cells), [], "no cell was planned"),
        "no quant": ([], perfect(cells), cells, "the quant has no graded episode"),
        "empty reference": (perfect(cells), [], cells, "no planned cell has graded episodes in both"),
        "other cells": (perfect(cells), perfect(others), cells, "no planned cell has graded episodes in both"),
        "all infra": ([infra(cell) for cell in cells], perfect(cells), cells, "the quant has no graded episode"),
    }[case]
    comparison = judged(quant, reference, planned)
    assert comparison.overall is Verdict.INCONCLUSIVE
    assert words in comparison.reason


def test_averages_of_validity_that_disagree_are_named():
    cells = plan(13, 1, (8192,))
    quant, reference = [], []
    for index, cell in enumerate(cells):
        # One long bad episode in the quant, one invalid call in two short ones of the reference.
        many = {CallClass.VALID: 60, CallClass.BAD_JSON: 20}
        quant.append(episode(cell, calls=many if index == 0 else {CallClass.VALID: 4}))
        one = {CallClass.VALID: 2, CallClass.BAD_JSON: 2}
        reference.append(episode(cell, calls=one if index in (1, 2) else {CallClass.VALID: 4}))
    comparison = judged(quant, reference, cells)
    assert "disagree in sign" in by_name(comparison, Metric.CALL_VALIDITY).reason


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_input_gives_a_sound_comparison(data):
    cells = plan(data.draw(st.integers(1, 4)), data.draw(st.integers(1, 2)), (8192, 32768))
    outcomes = st.sampled_from([Outcome.SOLVED, Outcome.UNSOLVED, Outcome.LIMIT_WALL, Outcome.INFRA_SERVER])

    def arm():
        found = []
        for cell in data.draw(st.lists(st.sampled_from(cells), unique=True)):
            for trial in range(data.draw(st.integers(1, 3))):
                outcome = data.draw(outcomes)
                calls = {
                    CallClass.VALID: data.draw(st.integers(0, 3)),
                    CallClass.BAD_JSON: data.draw(st.integers(0, 3)),
                }
                fields = {"outcome": outcome, "server_deaths": data.draw(st.integers(0, 3))}
                fields |= {"copy_errors": 0, "copy_opportunities": data.draw(st.integers(0, 2))}
                stale = data.draw(st.integers(0, 5))
                found.append(
                    episode(cell, trial, stale=stale, **(fields | ({"calls": calls} if outcome.graded else {})))
                )
        return found

    planned = data.draw(st.lists(st.sampled_from(cells), unique=True))
    judged(arm(), arm(), planned)


# --- error rates of the whole rule ------------------------------------------------------------------------------------


def test_a_noisy_model_against_itself_is_seldom_degraded_and_a_worse_one_is():
    cells = plan(24, 2, (8192,))
    runs = 60
    same = [judged(noisy(cells, 1, run), noisy(cells, 4, 1000 + run), cells).overall for run in range(runs)]
    assert sum(verdict is Verdict.DEGRADED for verdict in same) <= 8  # 5 % of 60 and 2.9 standard errors
    worse = [judged(noisy(cells, 1, run, worse=0.05), noisy(cells, 4, 1000 + run), cells).overall for run in range(10)]
    assert all(verdict is Verdict.DEGRADED for verdict in worse)


def test_the_bootstrap_bound_is_rounded_as_the_other_bootstraps_are():
    """Sums that a machine takes in another order must not change a scorecard's bytes."""
    cells = plan(21, 1)
    found = compare(noisy(cells, 1, 1), noisy(cells, 3, 2), cells=cells, margins=Margins(), alpha=0.05)
    bounds = [one.loss_upper_bootstrap for one in found.metrics]
    assert any(bounds)
    assert bounds == [round(one, 12) if one is not None else None for one in bounds]
