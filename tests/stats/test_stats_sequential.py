"""Sequential looks: limits against published tables, swapped paths against one-look tests, and planning."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.stats import balanced_order, label_swap_p, path_sums, plan_sequence, swapped_paths
from agentbench.stats.allocation import allocate, cell_noise, information_fractions
from agentbench.stats.boundaries import (
    NominalLevels,
    boundaries,
    crossing_probabilities,
    hwang_shih_decani,
    obrien_fleming_like,
    pocock_like,
)
from tests.stats.stats_worlds import passes

FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]
LEVELS = NominalLevels(FIVE, hwang_shih_decani(-2), 0.05)


@pytest.mark.parametrize(
    ("share", "expected"),
    [  # Lan and DeMets's two spendings, five equal looks, one-sided .025
        (obrien_fleming_like(0.025), [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
        (pocock_like, [2.4380, 2.4268, 2.4102, 2.3966, 2.3860]),
    ],
)
def test_limits_are_those_of_the_published_tables(share, expected):
    assert boundaries([0.025 * share(t) for t in FIVE], FIVE) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),  # Jennison and Turnbull (2000), tables 2.1 and 2.3, two-sided .05
    [(2, 2.178, 1.977), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_constants_of_pocock_and_of_obrien_and_fleming_hold_their_level(looks, pocock, obrien_fleming):
    fractions = [(look + 1) / looks for look in range(looks)]
    for limits in ([pocock] * looks, [obrien_fleming / math.sqrt(t) for t in fractions]):
        assert 2 * sum(crossing_probabilities(limits, fractions)) == pytest.approx(0.05, abs=4e-4)


def test_power_of_a_sequential_design_is_a_little_less_than_of_a_fixed_one():
    limits = boundaries([0.0125 * hwang_shih_decani(-1)(t) for t in FIVE], FIVE)
    drift = 2.2414 + 1.2816
    assert 0.84 < sum(crossing_probabilities(limits, FIVE, drift)) < 0.9


@pytest.mark.parametrize("gamma", [-4, -1, 0, 1])
def test_alpha_is_spent_from_nothing_to_all(gamma):
    share = hwang_shih_decani(gamma)
    spent = [share(t / 10) for t in range(11)]
    assert (spent[0], spent[-1]) == (0, pytest.approx(1))
    assert spent == sorted(spent)


@given(st.floats(1e-9, 1), st.integers(0, 4))
def test_a_repeated_p_value_is_at_most_alpha_exactly_where_the_look_reaches_its_level(p, look):
    levels = LEVELS
    repeated = levels.repeated(p, look)
    assert min(p, 1) - 1e-6 <= repeated <= 1
    assert (repeated <= 0.05 * (1 + 1e-12)) == (p <= levels.levels[look] * (1 + 1e-12))


def test_one_look_of_few_clusters_is_the_exact_label_swap():
    generator = np.random.default_rng(0)
    for _ in range(20):
        data = passes(np.repeat(np.arange(10), 2), generator.integers(0, 2, 20), generator.integers(0, 2, 20))
        paths = swapped_paths(path_sums([data], [list(range(10))], 10))
        assert paths.exact
        assert paths.p([1.0]) == pytest.approx(label_swap_p(data), abs=1e-6)


def test_a_path_that_crosses_at_an_early_look_has_crossed_for_good():
    bad = passes(range(14), [0] * 14, [1] * 14)
    even = passes(range(14), [1] * 14, [1] * 14)
    shares = [hwang_shih_decani(-1)(t) for t in (0.5, 1)]
    first = swapped_paths(path_sums([bad], [list(range(14))], 14))
    both = swapped_paths(path_sums([bad, even], [list(range(14))] * 2, 14))
    assert first.crossed_at(0.0125, shares[:1]) == 0
    assert both.crossed_at(0.0125, shares) == 0
    assert both.p(shares) == pytest.approx(first.p(shares[:1]), rel=1e-4)
    assert swapped_paths(path_sums([even], [list(range(14))], 14)).p([1.0]) == 1.0


def test_crossing_and_p_value_say_the_same():
    generator = np.random.default_rng(4)
    shares = [hwang_shih_decani(-1)(t) for t in (0.3, 0.6, 1)]
    for night in range(30):
        chance = generator.random(30)
        looks = [
            passes(np.arange(30), generator.binomial(k, chance * 0.8) / k, generator.binomial(4, chance) / 4)
            for k in (1, 2, 3)
        ]
        paths = swapped_paths(path_sums(looks, [list(range(30))] * 3, 30), seed=night, draws=999)
        p = paths.p(shares)
        for alpha in (0.01, 0.05, 0.2):
            if abs(p - alpha) > 1e-6:
                assert (paths.crossed_at(alpha, shares) is not None) == (p <= alpha)


@pytest.mark.parametrize("clusters", [14, 40])
def test_swapped_paths_hold_their_level_with_tasks_that_differ(clusters):
    # Cells of a task fall together (correlated), so that a test that counts cells would be far too bold.
    generator = np.random.default_rng(6)
    shares = [hwang_shih_decani(-1)(t) for t in (0.25, 0.5, 0.75, 1)]
    nights, found = 600, 0
    for night in range(nights):
        shift = generator.choice([-0.3, 0.3], clusters)
        difference = shift[:, None] + generator.normal(0, 0.3, (clusters, 8))
        looks = [
            passes(np.arange(clusters), 0.5 - difference[:, : 2 * k].mean(axis=1), np.full(clusters, 0.5))
            for k in (1, 2, 3, 4)
        ]
        paths = swapped_paths(path_sums(looks, [list(range(clusters))] * 4, clusters), seed=night, draws=499)
        found += paths.crossed_at(0.05, shares) is not None
    assert found / nights <= 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / nights)


def grid(tasks, sizes, variants):
    return [
        (f"t{task}", size, variant) for task in range(tasks) for size in range(sizes) for variant in range(variants)
    ]


@pytest.mark.parametrize("shape", [(30, 5, 2), (13, 3, 8), (100, 1, 4)])
def test_every_beginning_of_the_order_is_balanced(shape):
    cells = grid(*shape)
    ties = [f"{index * 7919 % 10007:05}" for index in range(len(cells))]
    order = balanced_order(cells, ties)
    assert sorted(order) == list(range(len(cells)))
    for end in range(shape[0], len(cells), shape[0] // 2):
        part = [cells[index] for index in order[:end]]
        for place, count in enumerate(shape):
            counts = Counter(cell[place] for cell in part)
            assert len(counts) == count
            assert max(counts.values()) - min(counts.values()) <= max(2, 0.35 * end / count)


def test_the_reference_decides_how_often_a_cell_is_tried_and_not_when_it_enters():
    solved = [0, 4, 2, 4] * 15
    found = plan_sequence(solved, [4] * 60, list(range(60)), 20, alpha=0.05, loss=0.15)
    other = plan_sequence(solved[::-1], [4] * 60, list(range(60)), 20, alpha=0.05, loss=0.15)
    assert [cell for cell, trial in found.episodes if trial == 0] == list(range(60))
    assert [cell for cell, trial in other.episodes if trial == 0] == list(range(60))
    assert found.episodes[:60] == [(cell, 0) for cell in range(60)]
    trials = Counter(cell for cell, _ in found.episodes)
    assert trials[2] > trials[0]


def test_a_part_of_many_cells_is_enough_and_the_design_has_its_power():
    generator = np.random.default_rng(1)
    chance = np.repeat(generator.beta(0.5, 0.5, 120), 20)
    solved = generator.binomial(4, chance)
    noise = cell_noise([float(one) for one in solved], [4] * 2400, 0.05)
    true = float((chance * 0.9 * (1 - chance * 0.9)).mean())
    assert noise.quant.mean() == pytest.approx(true, rel=0.1)
    found = allocate(noise, range(2400), clusters=120, loss=0.05, alpha=0.0125, power=0.9, least=59)
    assert 700 < len(found.episodes) < 1200
    assert found.power == pytest.approx(0.9, abs=0.005)
    small = allocate(noise, range(2400), clusters=120, loss=0.5, alpha=0.0125, power=0.9, least=59)
    assert len(small.episodes) == 59


def test_the_stored_reference_caps_what_trials_can_buy():
    few = plan_sequence([1.0, 0.0] * 30, [1] * 60, list(range(60)), 20, alpha=0.05)
    assert few.power < 0.9
    assert max(trial for _, trial in few.episodes) == 7
    noise = cell_noise([1.0, 0.0] * 30, [1] * 60, 0.05)
    episodes = [(cell, trial) for trial in range(8) for cell in range(60)]
    fractions = information_fractions(noise, episodes, [60, 120, 240, 480], 20)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert fractions[0] > 0.4, "one trial of eight tells far more than an eighth"


def test_looks_are_planned_and_few_where_there_is_little():
    found = plan_sequence([4.0] * 20, [4] * 20, list(range(20)), 20, alpha=0.05, most_trials=1)
    assert found.design.looks == (20,)
    many = plan_sequence([2.0] * 200, [4] * 200, list(range(200)), 100, alpha=0.05)
    assert len(many.design.looks) == 10
    assert many.design.looks[-1] == len(many.episodes)
