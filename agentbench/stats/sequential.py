"""Sequential runs: look at planned points, and stop as soon as a verdict stands.

- **Fixed design**: the smallest number of trials that, in one look, shows a loss of 5 points of the pass rate with
  90 % power at the level that Holm leaves the least of the gated metrics (alpha / 4). A sequential run never takes
  more; its power at the end is a few points less, because earlier looks spent part of alpha.
- **Looks**: at most 10, after planned blocks of equal size, whatever ended first. The information fraction of a look
  follows from planned variances, not from counts: the stored reference's share of the variance stays however often
  the quant is tried, and nothing that is seen during the run can move the clock.
- **Harm** (H0: loss <= 0) is tested on swapped paths (``swapped_looks``), level alpha / 4 for each metric, spent after
  Hwang, Shih and DeCani with gamma = -1: between O'Brien and Fleming, who would let a 10-point loss run on for 40 %
  of the fixed design, and Pocock, who would give up 8 points of power at a loss of 5.
- **Non-inferiority** (H0: loss >= margin) is tested with the bounds of ``loss`` at nominal levels, level alpha for
  each metric and all metrics at the same look (an intersection-union test), spent with gamma = -2, a step nearer to
  O'Brien and Fleming: what a published "not worse" rests on should not be small early data, whose bounds are the
  least exact.
- Neither test counts on the other's stopping the run, so either may be overruled without harm to its level. That no
  verdict will come is told as a chance and stops nothing (futility is advisory).

``benchmarks/sequential.py`` shows level, power and length of these choices and of others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from agentbench.stats.allocation import MOST_TRIALS, allocate, cell_noise, information_fractions
from agentbench.stats.boundaries import NominalLevels, hwang_shih_decani
from agentbench.stats.paired import FloatArray, PairedErrors
from agentbench.stats.sizes import POWER
from agentbench.stats.swapped_looks import SwappedPaths

MOST_LOOKS = 10
LEAST_BLOCK = 12
"""Episodes: smaller blocks would be looks at nothing."""
PLANNED_LOSS = 0.05
GATED = 4
"""Metrics that share alpha."""
HARM_GAMMA = -1.0
NON_INFERIOR_GAMMA = -2.0


@dataclass(frozen=True)
class SequentialDesign:
    """The planned looks, and what each may spend. Made from data stored before the run, or read back from its plan."""

    looks: tuple[int, ...]
    """Episodes by each look; the last is the fixed design."""
    information: tuple[float, ...]
    alpha: float
    gated: int = GATED
    harm_gamma: float = HARM_GAMMA
    non_inferior_gamma: float = NON_INFERIOR_GAMMA

    @cached_property
    def harm_shares(self) -> list[float]:
        """Share of a metric's alpha for harm that is spent by each look."""
        return [hwang_shih_decani(self.harm_gamma)(t) for t in self.information]

    @property
    def harm(self) -> NominalLevels:
        """Nominal levels of harm at one metric's part of alpha; for bounds, and to tell what a look asks."""
        return _levels(self.information, self.harm_gamma, self.alpha / self.gated)

    @property
    def lower(self) -> NominalLevels:
        """The same at the whole alpha, as the one-sided bounds of a single metric have it."""
        return _levels(self.information, self.harm_gamma, self.alpha)

    @property
    def non_inferior(self) -> NominalLevels:
        """Nominal levels of non-inferiority."""
        return _levels(self.information, self.non_inferior_gamma, self.alpha)

    def p_loss(self, paths: SwappedPaths) -> float:
        """Return the p-value of harm that counts for all looks so far."""
        return paths.p(self.harm_shares[: len(paths.observed)])

    def p_non_inferior(self, p: float, look: int) -> float:
        """Return the p-value of non-inferiority that counts for all looks, from this look's own."""
        return self.non_inferior.repeated(p, look)

    def chance_to_show(self, z: float, limit: float, look: int) -> float:
        """Return the chance that the last look reaches a limit if the present estimate is true. Advisory."""
        t = self.information[look]
        if t >= 1:
            return float(z >= limit)
        return float(special.ndtr((z / math.sqrt(t) - limit) / math.sqrt(1 - t)))


@lru_cache(maxsize=64)
def _levels(information: tuple[float, ...], gamma: float, alpha: float) -> NominalLevels:
    return NominalLevels(information, hwang_shih_decani(gamma), alpha)


@dataclass(frozen=True)
class SequentialPlan:
    """A design with the trials it consists of."""

    design: SequentialDesign
    episodes: list[tuple[int, int]]
    """(cell, trial) in run order; look k has the first ``design.looks[k]``."""
    power: float
    """Of the fixed design; below the wanted one where the reference's own noise, or the most trials, are the cap."""
    se: float


def plan_sequence(
    reference_solved: Sequence[float],
    reference_trials: Sequence[int],
    order: Sequence[int],
    clusters: int,
    *,
    alpha: float,
    gated: int = GATED,
    loss: float = PLANNED_LOSS,
    power: float = POWER,
    most_looks: int = MOST_LOOKS,
    least_cells: int = 0,
    most_trials: int = MOST_TRIALS,
    harm_gamma: float = HARM_GAMMA,
    non_inferior_gamma: float = NON_INFERIOR_GAMMA,
) -> SequentialPlan:
    """Plan a sequential run from the reference's stored scores.

    Args:
        reference_solved: Graded trials of the reference that were solved, per cell.
        reference_trials: Graded trials of the reference, per cell.
        order: Cells in the order in which they enter (``balanced_order``).
        clusters: Number of clusters.
        alpha: One-sided level.
        gated: Metrics that share it.
        loss: Of the pass rate, that the fixed design shows.
        power: With which it does.
        most_looks: At most so many.
        least_cells: Least number of cells, whatever the power.
        most_trials: Of one cell.
        harm_gamma: Of the spending of harm.
        non_inferior_gamma: Of the spending of non-inferiority.

    """
    noise = cell_noise(reference_solved, reference_trials, loss)
    found = allocate(
        noise,
        order,
        clusters=clusters,
        loss=loss,
        alpha=alpha / gated,
        power=power,
        least=least_cells,
        most_trials=most_trials,
    )
    total = len(found.episodes)
    count = max(1, min(most_looks, total // LEAST_BLOCK))
    looks = tuple(total * (look + 1) // count for look in range(count))
    fractions = information_fractions(noise, found.episodes, looks, clusters)
    design = SequentialDesign(looks, tuple(fractions), alpha, gated, harm_gamma, non_inferior_gamma)
    return SequentialPlan(design, found.episodes, found.power, found.se)


def path_sums(looks: Sequence[PairedErrors], places: Sequence[Sequence[int]], clusters: int) -> FloatArray:
    """Return what ``swapped_paths`` takes: shape (looks, 4, clusters).

    Args:
        looks: One metric's data at each look so far.
        places: For each look, the place of each of its cluster numbers among all clusters of the run.
        clusters: Number of all clusters.

    """
    sums = np.zeros((len(looks), 4, clusters))
    for look, (data, place) in enumerate(zip(looks, places, strict=True)):
        if data.n_cells:
            sums[look][:, list(place)] = np.stack(data.cluster_sums)
    return sums
