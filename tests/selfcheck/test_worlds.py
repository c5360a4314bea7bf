from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from agentbench.records import Metric
from agentbench.selfcheck.arms import pair
from agentbench.selfcheck.nights import NO_EFFECT, PlantedNight
from agentbench.selfcheck.plan import LOSSES, SMALLER, at_margin
from agentbench.selfcheck.worlds import (
    FLOOR,
    UNITS,
    Effect,
    Shape,
    World,
    draw_beta,
    draw_population,
    mean_chance,
    mean_variance,
    true_loss,
)
from agentbench.stats import estimate_loss

DIFFICULTIES = (1.0, 0.5, 0.25, FLOOR)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("effect", LOSSES + SMALLER, ids=lambda effect: effect.key)
def test_the_true_loss_is_the_planted_one(difficulty, effect):
    world = World(difficulty, icc_task=0.3)
    if difficulty == FLOOR and effect.loss(Metric.PASS_RATE) > 0.06 and effect.shape is Shape.FIFTH:
        with pytest.raises(ValueError, match="less to lose"):
            true_loss(world, effect, Metric.PASS_RATE)
        return
    for metric in Metric:
        assert true_loss(world, effect, metric) == pytest.approx(effect.loss(metric), abs=1e-9)


@pytest.mark.parametrize(("difficulty", "flips"), list(product((1.0, 0.5, 0.25), (0.2, 0.3))))
def test_flips_have_mean_zero(difficulty, flips):
    for metric in Metric:
        assert true_loss(World(difficulty), Effect(flips=flips), metric) == pytest.approx(0, abs=1e-9)


def test_flips_are_refused_where_they_would_have_a_mean():
    with pytest.raises(ValueError, match="symmetric"):
        true_loss(World(FLOOR), Effect(flips=0.2), Metric.PASS_RATE)


@pytest.mark.parametrize(
    "effect",
    [
        NO_EFFECT,
        Effect(flips=0.3),
        Effect(shock=0.2),
        at_margin(1, Shape.FIFTH),
        at_margin(2),
        at_margin(2, Shape.LONG),
    ],
    ids=lambda effect: effect.key,
)
@pytest.mark.parametrize(
    "world", [World(0.5, 0.1, 0.1, 40, 8), World(1.0, 0.3, 0.3, 40, 4, k_ref=1)], ids=lambda w: w.key
)
def test_drawn_nights_have_the_true_loss_on_average(world, effect):
    nights = [PlantedNight(world, number) for number in range(120)]
    found = {metric: [] for metric in Metric}
    for night in nights:
        data = pair(night.clusters, night.draw_quant(effect), night.draw_reference(effect))
        for metric in Metric:
            found[metric].append(estimate_loss(data[metric]).loss)
    for metric, losses in found.items():
        error = np.std(losses) / len(losses) ** 0.5
        assert np.mean(losses) == pytest.approx(true_loss(world, effect, metric), abs=3.9 * error)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_populations_have_the_stated_moments(difficulty):
    world = World(difficulty, icc_task=0.3, clusters=60_000)
    tasks = draw_population(world, np.random.default_rng(3))
    assert tasks.chance.mean() == pytest.approx(mean_chance(world), abs=0.006)
    assert (tasks.chance * (1 - tasks.chance)).mean() == pytest.approx(mean_variance(world), abs=0.003)
    assert tasks.hit.mean() == pytest.approx(0.2, abs=0.007)
    for metric, units in UNITS.items():
        rate = tasks.rates[metric]
        assert rate.mean() == pytest.approx(units.base, rel=0.06)
        assert rate.var() / (units.base * (1 - units.base)) == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("icc", [0.0, 0.1, 0.3])
def test_errors_come_in_bunches(icc):
    generator = np.random.default_rng(5)
    rate = draw_beta(generator, np.full(40_000, 0.1), icc)
    drawn = generator.binomial(6, rate)
    expected = 6 * 0.1 * 0.9 * (1 + 5 * icc)
    assert drawn.var() == pytest.approx(expected, rel=0.05)


def test_half_of_the_floor_is_nearly_never_solved():
    tasks = draw_population(World(FLOOR, clusters=20_000), np.random.default_rng(1))
    assert (tasks.chance <= 0.2).mean() >= 0.5


def test_effects_share_tasks_reference_and_coins():
    world = World(clusters=20)
    night, again = PlantedNight(world, 7), PlantedNight(world, 7)
    assert (night.reference.solved == again.reference.solved).all()
    better, worse = night.draw_quant(NO_EFFECT), again.draw_quant(at_margin(2))
    assert not (worse.solved & ~better.solved).any()
    other = PlantedNight(world, 8)
    assert (night.reference.solved != other.reference.solved).any()


def test_nights_can_share_tasks_and_a_reference():
    world = World(clusters=20)
    one, two = (PlantedNight(world, number, 5, 5) for number in (1, 2))
    assert (one.population.chance == two.population.chance).all()
    assert (one.reference.solved == two.reference.solved).all()
    assert (one.draw_quant(NO_EFFECT).solved != two.draw_quant(NO_EFFECT).solved).any()
