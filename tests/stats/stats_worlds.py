"""Worlds with known truth, drawn from a seeded generator."""

from __future__ import annotations

import numpy as np

from agentbench.stats import PairedErrors


def passes(clusters, quant, reference) -> PairedErrors:
    """One unit per cell from scores: arrays of mean passes."""
    quant, reference = np.asarray(quant, float), np.asarray(reference, float)
    one = np.ones(len(quant))
    difference = reference - quant
    return PairedErrors(
        np.asarray(clusters, dtype=np.int64),
        1 - quant,
        one,
        1 - reference,
        one,
        (difference != 0).astype(float),
        difference**2,
    )


def draw_passes(
    generator, *, clusters: int, cells: int, loss: float, k_ref: int = 4, k: int = 1, noise: bool = True, share=1.0
) -> PairedErrors:
    """Draw scores with true mean loss ``loss``.

    ``noise``: tasks have Beta(.5, .5) difficulty, else the reference always solves. The loss falls on each task with
    chance ``share``.
    """
    chance = generator.beta(0.5, 0.5, clusters) if noise else np.ones(clusters)
    mean = 0.5 if noise else 1.0
    hit = generator.random(clusters) < share
    worse = chance * (1 - hit * loss / share / mean)
    reference = generator.binomial(k_ref, np.repeat(chance, cells)) / k_ref
    quant = generator.binomial(k, np.repeat(worse, cells)) / k
    return passes(np.repeat(np.arange(clusters), cells), quant, reference)


def draw_calls(generator, *, clusters: int, cells: int, base: float, loss: float, spread: float = 0.0) -> PairedErrors:
    """Draw invalid calls: 4 to 12 calls per cell and arm, the error rate varying between tasks with ``spread``."""
    rate = np.clip(base * generator.gamma(1 / spread, spread, clusters) if spread else np.full(clusters, base), 0, 1)
    index = np.repeat(np.arange(clusters), cells)
    quant_units = generator.integers(4, 13, clusters * cells)
    reference_units = generator.integers(4, 13, clusters * cells)
    reference = generator.binomial(reference_units, rate[index])
    quant = generator.binomial(quant_units, np.clip(rate[index] + loss, 0, 1))
    different = np.abs(quant - reference).astype(float)
    return PairedErrors(
        index.astype(np.int64),
        quant.astype(float),
        quant_units.astype(float),
        reference.astype(float),
        reference_units.astype(float),
        different,
        different,
    )
