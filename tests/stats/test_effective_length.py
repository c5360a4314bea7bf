from __future__ import annotations

import numpy as np

from agentbench.stats import effective_length, effective_length_beside

SIZES = (8192, 32768, 65536, 131072)


def cells(generator, chances, *, clusters=60, variants=4):
    """Scores of cells whose chance is a task's own difficulty times the size's."""
    names = np.repeat(np.arange(clusters), variants * len(SIZES))
    sizes = np.tile(SIZES, clusters * variants)
    chance = generator.beta(4, 1, clusters)[names] * np.tile(chances, clusters * variants)
    return generator.binomial(1, chance).astype(float), names, sizes


def test_a_model_that_falls_at_64k():
    found = effective_length(*cells(np.random.default_rng(1), [1, 1, 0.5, 0.4]))
    assert (found.length, found.at_least) == (32768, 32768)


def test_a_model_that_never_falls_and_one_that_rises():
    flat = effective_length(*cells(np.random.default_rng(2), [1, 1, 1, 1]))
    assert flat.length == SIZES[-1]
    rising = effective_length(*cells(np.random.default_rng(2), [0.6, 0.7, 0.8, 0.9]))
    assert (rising.length, rising.at_least) == (SIZES[-1], SIZES[-1])
    assert list(rising.fitted) == sorted(rising.fitted, reverse=True)


def test_nothing_is_said_of_few_clusters_a_low_base_or_one_size():
    generator = np.random.default_rng(3)
    assert "39 clusters" in effective_length(*cells(generator, [1] * 4, clusters=39)).reason
    low = effective_length(*cells(generator, [0.15] * 4))
    assert (low.length, low.at_least) == (None, None)
    assert "nothing to lose" in low.reason
    scores, names, sizes = cells(generator, [1] * 4)
    one = effective_length(scores[sizes == 8192], names[sizes == 8192], sizes[sizes == 8192])
    assert one.length is None
    assert "1 context size" in one.reason
    empty = effective_length(np.zeros(0), np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    assert empty.length is None


def test_scores_without_any_spread_still_have_a_width():
    _, names, sizes = cells(np.random.default_rng(4), [1] * 4)
    perfect = np.ones(len(names))
    assert effective_length(perfect, names, sizes).at_least == SIZES[-1]
    beside = effective_length_beside(0 * perfect, names, sizes, margin=0.02, base=1.0)
    # 60 clusters without a loss show no more than 4.9 points.
    assert (beside.length, beside.at_least) == (SIZES[-1], 0)
    assert effective_length_beside(0 * perfect, names, sizes, margin=0.05, base=1.0).at_least == SIZES[-1]


def test_beside_the_reference():
    generator = np.random.default_rng(5)
    quant, names, sizes = cells(generator, [1, 1, 0.7, 0.7])
    chance = np.ones(4)
    reference = cells(np.random.default_rng(5), chance)[0]
    found = effective_length_beside(quant - reference, names, sizes, margin=0.1, base=0.8)
    assert found.length == 32768
    worse = effective_length_beside(quant - 1, names, sizes, margin=0.1, base=1.0)
    assert (worse.length, worse.at_least) == (0, 0)


def test_a_true_length_is_seldom_called_shorter():
    # At exactly 85 % of the base the size holds; it is called below in at most 5 % of runs.
    generator = np.random.default_rng(6)
    runs = 300
    short = sum(
        effective_length(*cells(generator, [1, 1, 0.85, 0.85]), draws=400).length < SIZES[-1] for _ in range(runs)
    )
    assert short / runs <= 0.05 + 2.6 * (0.05 * 0.95 / runs) ** 0.5
