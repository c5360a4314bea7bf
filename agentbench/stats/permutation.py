"""Label swap over clusters: is the quant worse at all?

Under the null hypothesis the two arms are exchangeable, so for every cluster it is a coin flip which arm is called
quant. All of a cluster's cells swap together (they share a task, so they are not independent), and the statistic is
recomputed from the swapped sums, denominators included. McNemar's exact test is the special case of one cell with one
trial per cluster.

All metrics of a comparison share their swaps: one 0/1 matrix (draws x clusters) is multiplied with the shifts of all
of them at once. There is one implementation, ``label_swap_batch``, on arrays of cluster sums with any leading shape
(metrics, nights x metrics, ...); the other two functions only call it.

Source: Fisher's randomisation test for paired data; Good, *Permutation, Parametric and Bootstrap Tests of
Hypotheses* (2005), chapter 3; the Monte Carlo p-value with one added to both counts is Phipson and Smyth (2010).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agentbench.stats.paired import FloatArray, PairedErrors

EXACT_CLUSTERS = 16
"""Up to so many clusters that differ between the arms, all 2^n swaps are enumerated."""
DRAWS = 9_999
_TIE = 1e-9
_CHUNK_NUMBERS = 2_000_000
"""Largest matrix held at once: 16 MB."""


def label_swap_p(data: PairedErrors, *, seed: int | tuple[int, ...] = 0, draws: int = DRAWS) -> float:
    """Return the one-sided p-value of "the quant's error rate is not higher" (H0: loss <= 0); 1 without any unit."""
    return label_swap_ps([data], seed=seed, draws=draws)[0]


def label_swap_ps(
    metrics: Sequence[PairedErrors], *, seed: int | tuple[int, ...] = 0, draws: int = DRAWS
) -> list[float]:
    """Return the p-values of several metrics of one comparison from the same swaps.

    A cluster number must mean the same cluster in each; a metric may lack the last ones.
    """
    width = max((data.n_clusters for data in metrics), default=0)
    sums = np.zeros((4, len(metrics), max(width, 1)))
    for index, data in enumerate(metrics):
        if data.n_cells:
            sums[:, index, : data.n_clusters] = data.cluster_sums
    return [float(p) for p in label_swap_batch(*sums, seed=seed, draws=draws)]


def label_swap_batch(
    quant_errors: FloatArray,
    quant_units: FloatArray,
    reference_errors: FloatArray,
    reference_units: FloatArray,
    *,
    seed: int | tuple[int, ...] = 0,
    draws: int = DRAWS,
) -> FloatArray:
    """Return one p-value of H0: loss <= 0 for each row of cluster sums.

    Swapping a cluster whose sums are equal in both arms changes nothing, so only the others count towards the exact
    enumeration. A swap that leaves an arm without units has no statistic and counts as extreme, which can only raise
    p. A row without any unit in an arm has p = 1.

    Many simulated comparisons may go in at once (shape nights x metrics x clusters). They then share their swaps too,
    so give each block of, say, 50 nights its own seed: with one seed for all, what chance there is in 9,999 draws is
    the same for every night and does not average out.

    Args:
        quant_errors: Sums per cluster, shape (..., clusters); as the other three. Clusters that a row does not have
            are zero in all four.
        quant_units: As above.
        reference_errors: As above.
        reference_units: As above.
        seed: Of the draws.
        draws: Random swaps where there are more than ``EXACT_CLUSTERS`` clusters that differ.

    Returns:
        shape (...): the leading shape of the arguments.

    """
    shape = quant_errors.shape
    arms = [np.asarray(one, dtype=np.float64).reshape(-1, shape[-1])
            for one in (quant_errors, quant_units, reference_errors, reference_units)]  # fmt: skip
    totals = np.stack([one.sum(axis=1) for one in arms])
    error_shift, unit_shift = arms[2] - arms[0], arms[3] - arms[1]
    moved = (error_shift != 0) | (unit_shift != 0)
    counts = moved.sum(axis=1)
    p = np.ones(len(totals[0]))
    open_ = (totals[1] > 0) & (totals[3] > 0) & (counts > 0)
    for row in np.flatnonzero(open_ & (counts <= EXACT_CLUSTERS)):
        errors, units = (_all_sums(one[row][moved[row]])[:, None] for one in (error_shift, unit_shift))
        p[row] = _extreme(errors, units, totals[:, [row]]).mean()
    rows = np.flatnonzero(open_ & (counts > EXACT_CLUSTERS))
    if len(rows):
        found = _drawn(error_shift[rows], unit_shift[rows], totals[:, rows], np.random.default_rng(seed), draws)
        p[rows] = (found + 1) / (draws + 1)
    return p.reshape(shape[:-1])


def _drawn(
    error_shift: FloatArray, unit_shift: FloatArray, totals: FloatArray, generator: np.random.Generator, draws: int
) -> FloatArray:
    """Count the extreme ones among random swaps, one matrix product per chunk of them."""
    rows, clusters = error_shift.shape
    extreme = np.zeros(rows)
    size = max(1, _CHUNK_NUMBERS // (clusters + 2 * rows))
    error_columns, unit_columns = np.ascontiguousarray(error_shift.T), np.ascontiguousarray(unit_shift.T)
    width = -(-clusters // 8)
    for done in range(0, draws, size):
        count = min(size, draws - done)
        # One random byte holds eight coin flips.
        coins = np.frombuffer(generator.bytes(count * width), dtype=np.uint8).reshape(count, width)
        swaps = np.unpackbits(coins, axis=1, count=clusters).astype(np.float64)
        extreme += _extreme(swaps @ error_columns, swaps @ unit_columns, totals).sum(axis=0)
    return extreme


def _all_sums(values: FloatArray) -> FloatArray:
    """Return the sums of all 2^n subsets."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums


def _extreme(errors: FloatArray, units: FloatArray, totals: FloatArray) -> FloatArray:
    """For each swap (row) and comparison (column), whether its loss is at least the observed one, as 0 or 1.

    ``errors`` and ``units`` are what the swaps carry from the reference's sums to the quant's.
    """
    observed = totals[0] / totals[1] - totals[2] / totals[3]
    quant_units, reference_units = totals[1] + units, totals[3] - units
    empty = (quant_units <= _TIE) | (reference_units <= _TIE)
    quant = (totals[0] + errors) / np.where(empty, 1.0, quant_units)
    reference = (totals[2] - errors) / np.where(empty, 1.0, reference_units)
    return np.asarray(empty | (quant - reference >= observed - _TIE), dtype=np.float64)
