"""Simulated nights go the way of real ones: through arrays or through scored episodes, the verdicts are the same."""

from __future__ import annotations

import pytest

from agentbench.compare import compare
from agentbench.records import Metric
from agentbench.selfcheck.arms import pair, to_episodes
from agentbench.selfcheck.judging import judge_night, weigh_nights
from agentbench.selfcheck.nights import MARGINS, PlantedNight
from agentbench.selfcheck.plan import at_margin
from agentbench.selfcheck.pool import PoolWorld, ResampledNight, pool_of
from agentbench.selfcheck.worlds import Effect, Shape, World
from agentbench.stats import DRAWS

SEED = 11


def both_ways(night, cells, effect):
    quant = night.draw_quant(effect)
    data = pair(night.clusters, quant, night.reference)
    evidence = weigh_nights([data], margins=MARGINS, seed=(SEED,), draws=DRAWS, bounds=True)[0]
    comparison = compare(
        to_episodes(cells, quant, "q"),
        to_episodes(cells, night.reference, "r"),
        cells=cells,
        margins=MARGINS,
        alpha=0.05,
        seed=SEED,
    )
    return evidence, judge_night(evidence), comparison


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("world", "effect"),
    [
        (World(clusters=12, cells=4), Effect()),
        (World(1.0, 0.3, 0.3, 40, 8, k_ref=1), at_margin(2, Shape.FIFTH)),
        (World(0.25, 0.0, 0.0, 30, 8, k_ref=2, trials=2), Effect(flips=0.2)),
        (World(clusters=60, cells=12), at_margin(1, Shape.LONG)),
        (World(clusters=5, cells=2), Effect()),
    ],
    ids=lambda one: one.key,
)
def test_arrays_and_episodes_agree(world, effect, number):
    night = PlantedNight(world, number)
    evidence, judged, comparison = both_ways(night, night.cells(), effect)
    assert comparison.overall is judged.overall
    for verdict in comparison.metrics:
        one = evidence[verdict.metric]
        assert verdict.verdict is judged.verdicts[verdict.metric]
        assert verdict.p_loss == pytest.approx(one.p_loss, abs=1e-12)
        assert verdict.p_loss_holm == pytest.approx(judged.p_holm[verdict.metric], abs=1e-12)
        assert verdict.p_ni == pytest.approx(one.p_ni, rel=1e-9, abs=1e-12)
        assert verdict.loss_upper == pytest.approx(one.upper, abs=1e-9)
        assert verdict.loss_lower == pytest.approx(one.lower, abs=1e-9)


def test_nights_judged_together_share_swaps_and_nothing_else():
    world = World(clusters=40, cells=8)
    nights = [PlantedNight(world, number) for number in range(4)]
    data = [pair(night.clusters, night.draw_quant(at_margin(1)), night.reference) for night in nights]
    together = weigh_nights(data, margins=MARGINS, seed=(1,))
    for one, found in zip(data, together, strict=True):
        alone = weigh_nights([one], margins=MARGINS, seed=(1,))[0]
        assert [found[metric].p_loss for metric in Metric] == [alone[metric].p_loss for metric in Metric]
        assert [found[metric].p_ni for metric in Metric] == [alone[metric].p_ni for metric in Metric]
    assert weigh_nights([], margins=MARGINS, seed=(1,)) == []


def stored(world):
    night = PlantedNight(world, 0)
    return night, to_episodes(night.cells(), night.reference, "r")


def test_a_pool_holds_the_stored_trials():
    night, scored = stored(World(clusters=13, cells=4))
    pool = pool_of(scored)
    assert pool.n_clusters == 13
    for metric in Metric:
        errors, units = pool.means(metric)
        assert errors.sum() == pytest.approx(night.reference.means[metric][0].sum())
        assert units.sum() == pytest.approx(night.reference.means[metric][1].sum())


@pytest.mark.parametrize(
    "effect", [Effect(), at_margin(1), at_margin(1, Shape.FIFTH), at_margin(1, Shape.LONG)], ids=lambda e: e.key
)
def test_resampled_nights_have_the_true_loss_on_average(effect):
    world = PoolWorld(pool_of(stored(World(clusters=25, cells=4))[1]), "stored", 40)
    losses = {metric: [] for metric in Metric}
    for number in range(150):
        night = ResampledNight(world, number)
        data = pair(night.clusters, night.draw_quant(effect), night.reference)
        for metric in Metric:
            losses[metric].append(data[metric].loss)
    for metric, found in losses.items():
        mean = sum(found) / len(found)
        error = (sum((one - mean) ** 2 for one in found) / len(found)) ** 0.5 / len(found) ** 0.5
        assert world.true_loss(effect, metric) == pytest.approx(effect.loss(metric), abs=1e-9)
        assert mean == pytest.approx(effect.loss(metric), abs=3.9 * error)


def test_a_pool_of_unequal_trials_draws_only_what_is_there():
    cells = PlantedNight(World(clusters=6, cells=4), 0).cells()
    scored = [one for index, one in enumerate(stored(World(clusters=6, cells=4))[1]) if index % 3]
    pool = pool_of(scored)
    assert len(pool.trials) == len(cells)
    assert pool.trials.sum() == len(scored)
    night = ResampledNight(PoolWorld(pool, "odd", 10), 1)
    assert night.reference.calls.min() >= 12  # padding has none


@pytest.mark.parametrize(
    "effect", [Effect(flips=0.2), Effect(shock=0.1), Effect(losses=((Metric.PASS_RATE, 0.99),))], ids=lambda e: e.key
)
def test_stored_episodes_refuse_what_they_cannot_show(effect):
    world = PoolWorld(pool_of(stored(World(clusters=6, cells=4))[1]), "stored", 10)
    with pytest.raises(ValueError, match=r"stored episodes|less to lose"):
        ResampledNight(world, 0).draw_quant(effect)


def test_an_empty_pool_is_refused():
    with pytest.raises(ValueError, match="no graded"):
        pool_of([])
