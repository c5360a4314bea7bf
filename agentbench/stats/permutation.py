"""Label swap over clusters: is the quant worse at all?

Under the null hypothesis the two arms are exchangeable, so for every cluster it is a coin flip which arm is called
quant. All of a cluster's cells swap together (they share a task, so they are not independent), and the statistic is
recomputed from the swapped sums, denominators included. McNemar's exact test is the special case of one cell with one
trial per cluster.

Source: Fisher's randomisation test for paired data; Good, *Permutation, Parametric and Bootstrap Tests of
Hypotheses* (2005), chapter 3; the Monte Carlo p-value with one added to both counts is Phipson and Smyth (2010).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agentbench.stats.paired import FloatArray, PairedErrors

EXACT_CLUSTERS = 16
"""Up to so many clusters that differ between the arms, all 2^n swaps are enumerated."""
DRAWS = 9_999
_TIE = 1e-9
_CHUNK_CELLS = 2_000_000


def label_swap_p(data: PairedErrors, *, seed: int | tuple[int, ...] = 0, draws: int = DRAWS) -> float:
    """Return the one-sided p-value of "the quant's error rate is not higher" (H0: loss <= 0).

    Swapping a cluster whose sums are equal in both arms changes nothing, so only the others are swapped. A swap that
    leaves an arm without units has no statistic and counts as extreme, which can only raise p. Without any unit, 1.
    """
    if not data.defined:
        return 1.0
    quant_errors, quant_units, reference_errors, reference_units = data.cluster_sums
    moved = (quant_errors != reference_errors) | (quant_units != reference_units)
    count = int(moved.sum())
    if count == 0:
        return 1.0
    totals = (quant_errors.sum(), quant_units.sum(), reference_errors.sum(), reference_units.sum())
    error_shift = (reference_errors - quant_errors)[moved]
    unit_shift = (reference_units - quant_units)[moved]
    if count <= EXACT_CLUSTERS:
        swaps = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        return float(_extreme(swaps.astype(np.float64), error_shift, unit_shift, totals, data.loss).mean())
    generator = np.random.default_rng(seed)
    extreme = 0
    done = 0
    while done < draws:
        size = min(draws - done, max(1, _CHUNK_CELLS // count))
        drawn = generator.integers(0, 2, size=(size, count)).astype(np.float64)
        extreme += int(_extreme(drawn, error_shift, unit_shift, totals, data.loss).sum())
        done += size
    return (extreme + 1) / (draws + 1)


def _extreme(
    swaps: FloatArray,
    error_shift: FloatArray,
    unit_shift: FloatArray,
    totals: tuple[float, float, float, float],
    observed: float,
) -> npt.NDArray[np.bool_]:
    """For each row of swaps: is its loss at least the observed one?"""
    errors = swaps @ error_shift
    units = swaps @ unit_shift
    quant_units = totals[1] + units
    reference_units = totals[3] - units
    empty = (quant_units <= _TIE) | (reference_units <= _TIE)
    quant = (totals[0] + errors) / np.where(empty, 1.0, quant_units)
    reference = (totals[2] - errors) / np.where(empty, 1.0, reference_units)
    return np.asarray(empty | (quant - reference >= observed - _TIE))
