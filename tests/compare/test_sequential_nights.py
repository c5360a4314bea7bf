"""Simulated sequential nights, small and seeded: level, power and length; benchmarks/sequential.py is the long form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agentbench.compare.nights import TrialArrays, judge_fixed, judge_in_looks
from agentbench.records import Margins, Metric, Verdict
from agentbench.stats import balanced_order, plan_sequence

NIGHTS = 100


def nights(loss, *, share=1.0, tasks=100, cells=10, seed=3):
    """Play nights in a world of U-shaped difficulty, the loss on a share of the tasks; yields both designs' ends."""
    generator = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(tasks), cells)
    labels = [(int(task), index % 5, index // 5 % 2) for index, task in enumerate(clusters)]
    order = balanced_order(labels, [f"{one:08x}" for one in generator.integers(0, 2**31, len(labels))])
    for night in range(NIGHTS):
        chance = generator.beta(0.5, 0.5, tasks)[clusters]
        hit = np.isin(clusters, generator.choice(tasks, round(share * tasks), replace=False)) / share
        reference = generator.binomial(1, chance[:, None], (len(chance), 4)).astype(float)
        plan = plan_sequence(list(reference.sum(axis=1)), [4] * len(chance), order, tasks, alpha=0.05)
        worse = np.clip(chance * (1 - hit * loss / 0.5), 0, 1)
        trials = 1 + max(trial for _, trial in plan.episodes)
        quant = generator.binomial(1, worse[:, None], (len(chance), trials)).astype(float)
        arrays = {Metric.PASS_RATE: TrialArrays(1 - quant, np.ones_like(quant), 1 - reference, np.ones_like(reference))}
        rest = {"margins": Margins(), "seed": night, "draws": 999}
        found, fixed = (judge(plan, clusters, arrays, **rest) for judge in (judge_in_looks, judge_fixed))
        yield found.overall, found.episodes / len(plan.episodes), fixed.overall


def band(rate):
    return 2.6 * math.sqrt(max(rate * (1 - rate), 0.01) / NIGHTS)


def test_the_reference_against_itself_is_seldom_degraded_and_ends_early():
    found = list(nights(0.0))
    assert np.mean([one == Verdict.DEGRADED for one, *_ in found]) <= 0.05 + band(0.05)
    assert np.mean([one == Verdict.NON_INFERIOR for one, *_ in found]) >= 0.85
    assert np.mean([share for _, share, _ in found]) <= 0.65


def test_a_loss_of_the_margin_is_found_nearly_as_often_as_by_the_fixed_design():
    found = list(nights(0.05))
    power, fixed = (np.mean([one[place] == Verdict.DEGRADED for one in found]) for place in (0, 2))
    assert power >= 0.84 - band(0.84)
    assert fixed >= 0.9 - band(0.9)
    assert np.mean([one == Verdict.NON_INFERIOR for one, *_ in found]) <= 0.05 + band(0.05)


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_a_loss_of_twice_the_margin_stops_early(share):
    found = list(nights(0.1, share=share))
    assert np.mean([one == Verdict.DEGRADED for one, *_ in found]) >= 0.95
    shares = [one for _, one, _ in found]
    if share == 1:
        assert np.mean(shares) <= 0.3 + 0.03
        assert np.quantile(shares, 0.9) <= 0.5
