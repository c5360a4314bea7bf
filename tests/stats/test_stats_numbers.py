from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from agentbench.stats import (
    PairedErrors,
    binomial_p,
    cells_for_degraded,
    cells_for_non_inferiority,
    clopper_pearson_lower,
    clopper_pearson_upper,
    estimate_loss,
    holm,
    label_swap_p,
    minimum_clusters,
    minimum_detectable_loss,
    minimum_units,
    pass_hat_k,
    score_p,
    score_upper,
    self_flip_rate,
    tasks_must_grow,
)
from tests.stats.stats_worlds import passes


@pytest.mark.parametrize(("margin", "units"), [(0.05, 59), (0.02, 149), (0.01, 299), (0.005, 598)])
def test_minimum_units_are_those_of_the_exact_bound(margin, units):
    assert minimum_units(margin, 0.05) == units
    assert clopper_pearson_upper(0, units, 0.05) <= margin < clopper_pearson_upper(0, units - 1, 0.05)


@pytest.mark.parametrize(("alpha", "clusters"), [(0.05, 13), (0.01, 25)])
def test_below_the_least_number_of_clusters_no_bound_is_below_any_margin(alpha, clusters):
    assert minimum_clusters(alpha) == clusters

    def upper(count):
        quant, reference = np.ones(count * 400), np.ones(count * 400)
        quant[0] = reference[count] = 0  # one lost and one gained in the same cluster
        return estimate_loss(passes(np.arange(count * 400) % count, quant, reference)).upper(alpha)

    assert upper(clusters - 1) == 1.0
    assert upper(clusters) < 0.005


@pytest.mark.parametrize(("alpha", "clusters"), [(0.05, 12), (0.01, 19)])
def test_where_nothing_differs_a_loss_in_tasks_that_were_not_drawn_is_what_remains(alpha, clusters):
    assert minimum_clusters(alpha, differs=False) == clusters
    assert 0.8**clusters <= 1.5 * alpha < 0.8 ** (clusters - 1)


def test_clusters_of_unequal_size_count_as_fewer():
    sizes = [100] * 2 + [5] * 38
    data = passes(np.repeat(np.arange(40), sizes), np.ones(sum(sizes)), np.ones(sum(sizes)))
    estimate = estimate_loss(data)
    assert estimate.effective_clusters == pytest.approx(sum(sizes) ** 2 / sum(size**2 for size in sizes))
    assert estimate.df == estimate.effective_clusters - 1


@pytest.mark.parametrize(("events", "n"), [(0, 10), (1, 10), (3, 400), (9, 10)])
def test_clopper_pearson_agrees_with_scipy(events, n):
    expected = scipy_stats.binomtest(events, n, alternative="less").proportion_ci(0.95, "exact").high
    assert clopper_pearson_upper(events, n, 0.05) == pytest.approx(expected)
    expected = scipy_stats.binomtest(events, n, alternative="greater").proportion_ci(0.95, "exact").low
    assert clopper_pearson_lower(events, n, 0.05) == pytest.approx(expected)


@given(st.integers(0, 50), st.integers(1, 400), st.floats(0.001, 0.2), st.floats(0.005, 0.2))
def test_binomial_p_is_the_bounds_dual(events, n, margin, alpha):
    upper = clopper_pearson_upper(events, n, alpha)
    if abs(upper - margin) > 1e-9:
        assert (binomial_p(events, n, margin) <= alpha) == (upper <= margin)


@pytest.mark.parametrize(("lost", "gained", "n"), [(1, 0, 44), (0, 0, 60), (7, 3, 80), (2, 20, 90), (30, 5, 40)])
@pytest.mark.parametrize("loss", [0.01, 0.05, 0.2])
def test_score_uses_the_constrained_maximum_likelihood(lost, gained, n, loss):
    # The multinomial likelihood of (lost, gained, same) with P(lost) = P(gained) + loss, maximised by brute force.
    gain = np.linspace(1e-9, (1 - loss) / 2 - 1e-9, 400_001)
    likelihood = lost * np.log(gain + loss) + gained * np.log(gain) + (n - lost - gained) * np.log1p(-2 * gain - loss)
    best = gain[np.argmax(likelihood)]
    z = (lost - gained - n * loss) / math.sqrt(n * (2 * best + loss - loss**2))
    assert score_p(lost - gained, lost + gained, n, loss) == pytest.approx(scipy_stats.norm.cdf(z), abs=1e-4)


@given(
    st.integers(0, 60), st.integers(0, 60), st.integers(0, 300), st.floats(0.002, 0.3), st.sampled_from([0.01, 0.05])
)
def test_score_bound_and_p_agree_and_have_width(lost, gained, same, margin, alpha):
    n = lost + gained + same
    if n == 0:
        assert score_p(0, 0, 0, margin) == 1.0
        assert score_upper(0, 0, 0, alpha) == 1.0
        return
    upper = score_upper(lost - gained, lost + gained, n, alpha)
    assert upper > (lost - gained) / n or upper == 1.0
    if abs(upper - margin) > 1e-9:
        assert (score_p(lost - gained, lost + gained, n, margin) <= alpha) == (upper <= margin)


def test_mcnemar_is_the_label_swaps_special_case():
    # 9 lost, 2 gained, one cell per cluster: the exact one-sided binomial test.
    quant = [0] * 9 + [1] * 2 + [1] * 30
    reference = [1] * 9 + [0] * 2 + [1] * 30
    expected = scipy_stats.binomtest(9, 11, alternative="greater").pvalue
    assert label_swap_p(passes(range(41), quant, reference)) == pytest.approx(expected)


def test_drawn_swaps_come_close_to_the_exact_ones():
    quant = [0] * 20 + [1] * 8
    reference = [1] * 20 + [0] * 8
    expected = scipy_stats.binomtest(20, 28, alternative="greater").pvalue
    assert label_swap_p(passes(range(28), quant, reference), seed=3) == pytest.approx(expected, abs=0.006)
    assert label_swap_p(passes(range(28), quant, reference), seed=3) == label_swap_p(
        passes(range(28), quant, reference), seed=3
    )


def test_cells_of_a_cluster_swap_together():
    # The same 10 losses in one cluster prove far less than in ten.
    scattered = passes(range(20), [0] * 10 + [1] * 10, [1] * 20)
    together = passes([0] * 10 + list(range(1, 11)), [0] * 10 + [1] * 10, [1] * 20)
    assert label_swap_p(scattered) == pytest.approx(2**-10)
    assert label_swap_p(together) == pytest.approx(0.5)


def test_cluster_t_of_a_mean_is_the_plain_t_test_with_one_cell_per_cluster():
    generator = np.random.default_rng(0)
    quant, reference = generator.random(30), generator.random(30)
    estimate = estimate_loss(passes(range(30), quant, reference))
    assert estimate is not None
    expected = scipy_stats.ttest_1samp(reference - quant, 0.05, alternative="less")
    assert estimate.se == pytest.approx(scipy_stats.sem(reference - quant))
    assert estimate.p_non_inferior(0.05) >= expected.pvalue - 1e-12


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_is_monotone_bounded_and_no_smaller(p_values):
    adjusted = holm(p_values)
    assert all(p - 1e-15 <= a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert [adjusted[i] for i in order] == sorted(adjusted)


def test_holm_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize(
    ("solved", "trials", "k", "expected"), [(4, 4, 4, 1), (3, 4, 2, 0.5), (3, 4, 4, 0), (1, 1, 2, None)]
)
def test_pass_hat_k(solved, trials, k, expected):
    assert pass_hat_k(solved, trials, k) == expected


@pytest.mark.parametrize(
    ("solved", "trials", "expected"), [(0, 4, 0.0), (4, 4, 0.0), (1, 1, None), (1, 2, 1.0), (1, 4, 0.25), (2, 4, 1.0)]
)
def test_self_flips(solved, trials, expected):
    assert self_flip_rate(solved, trials) == expected


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.8])
def test_self_flips_are_unbiased(chance):
    # Four trials: the mean over what may come out equals the chance of a flip between three trials and one.
    binomial = scipy_stats.binom
    mean = sum(binomial.pmf(c, 4, chance) * self_flip_rate(c, 4) for c in range(5))
    there = binomial.sf(1, 3, chance)
    assert mean == pytest.approx(there * (1 - chance) + (1 - there) * chance)


scores = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=40)


def assert_sound(pairs):
    """No number is NaN, no bound has zero width, and the bound and the p-value say the same."""
    estimate = estimate_loss(pairs)
    assert estimate is not None
    for alpha in (0.01, 0.05):
        upper, lower = estimate.upper(alpha), estimate.lower(alpha)
        assert -1 <= lower <= estimate.loss <= upper <= 1
        assert upper > estimate.loss or upper == 1.0
        assert lower < estimate.loss or lower == -1.0
        for margin in (0.005, 0.05, 0.3):
            p = estimate.p_non_inferior(margin)
            assert 0 <= p <= 1
            if abs(upper - margin) > 1e-7:
                assert (p <= alpha) == (upper <= margin)
            for true_loss in (0.0, estimate.loss):
                for size in (
                    cells_for_non_inferiority(estimate, true_loss=true_loss, margin=margin, alpha=alpha),
                    cells_for_degraded(estimate, true_loss=true_loss, alpha=alpha),
                ):
                    assert size is None or size >= 1
            tasks_must_grow(estimate, margin=margin, alpha=alpha)
        mde = minimum_detectable_loss(estimate, alpha)
        assert mde is None or 0 < mde <= 1
    assert 0 < label_swap_p(pairs) <= 1


@settings(max_examples=150)
@given(st.data())
def test_nothing_is_ever_nan_and_no_bound_has_zero_width(data):
    quant = data.draw(scores)
    reference = data.draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=len(quant), max_size=len(quant)))
    assert_sound(passes(draw_clusters(data, len(quant)), quant, reference))


@settings(max_examples=150)
@given(st.data())
def test_nor_where_errors_are_spread_over_units_that_differ_in_number(data):
    cells = data.draw(st.integers(1, 40))
    arm = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=cells, max_size=cells)
    quant, reference = data.draw(arm), data.draw(arm)
    if data.draw(st.booleans()):  # as many errors in each cell: no unit counts as discordant, and the rates differ
        reference = [(mine[0], units) for mine, (_, units) in zip(quant, reference, strict=True)]
    assert_sound(ratios(draw_clusters(data, cells), quant, reference))


@pytest.mark.parametrize("calls", [9, 11])
def test_as_many_errors_over_another_number_of_calls_are_a_difference(calls):
    pairs = ratios(np.arange(20), [(1, calls)] * 20, [(1, 10)] * 20)
    assert estimate_loss(pairs).differs
    assert_sound(pairs)


def draw_clusters(data, cells):
    clusters = sorted(data.draw(st.lists(st.integers(0, 15), min_size=cells, max_size=cells)))
    return np.unique(clusters, return_inverse=True)[1]


def ratios(clusters, quant, reference):
    """Cells with (errors, further units) in each arm; errors without partners, as those of calls are."""
    errors = [np.array([one[0] for one in arm], dtype=float) for arm in (quant, reference)]
    units = [np.array([sum(one) for one in arm], dtype=float) for arm in (quant, reference)]
    apart = np.abs(errors[0] - errors[1])
    return PairedErrors(clusters, errors[0], units[0], errors[1], units[1], np.ceil(apart), apart)


@pytest.mark.parametrize("margin", [0.005, 0.01, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("cells", [13, 39, 312])
def test_the_cells_said_to_be_needed_suffice_where_nothing_differs(margin, cells):
    def concordant(count):
        return estimate_loss(passes(np.arange(count) * 13 // cells, np.ones(count), np.ones(count)))

    needed = cells_for_non_inferiority(concordant(cells), true_loss=0, margin=margin, alpha=0.05)
    assert needed is not None
    assert concordant(needed).p_non_inferior(margin) <= 0.05
    assert concordant(max(12, minimum_units(margin, 0.05)) - 1).p_non_inferior(margin) > 0.05


def test_an_arm_without_units_has_no_estimate():
    from agentbench.stats import PairedErrors

    zero = np.zeros(3)
    pairs = PairedErrors(np.arange(3), zero, zero, zero, np.ones(3), zero, zero)
    assert estimate_loss(pairs) is None
    assert label_swap_p(pairs) == 1.0


def test_not_finite_numbers_are_refused():
    with pytest.raises(ValueError, match="finite"):
        passes([0, 1], [math.nan, 1], [1, 1])
