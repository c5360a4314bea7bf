"""How many trials each cell gets, from what the reference's stored trials say about its noise, and in what order.

Two rules keep the estimate unbiased whatever the reference happened to score:

1. **The order in which cells enter is fixed by the plan alone**: rank by rank over the tasks, each rank taking the
   size and the variant (and with it the depth) that came up least so far. Cells chosen by the compared reference trials
   would regress to their mean: the quant would seem to lose or gain where nothing changed.
2. **The reference's scores only decide how many trials a cell gets once it is in.** The mean of a cell's trials is
   unbiased for any number of them, and cells weigh the same.

All cells come in before any is repeated: with K reference trials the second trial of a cell tells less than the first
of a new one, since the reference's share of the variance, v / K, is paid only once.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from agentbench.stats.paired import FloatArray

MOST_TRIALS = 8
"""Of one cell: beyond, the reference's own noise is most of what is left."""
_CONCENTRATION = (0.25, 8.0)
"""Bounds of a + b in the Beta prior of difficulty: U-shaped to nearly alike."""


@dataclass(frozen=True)
class CellNoise:
    """What one trial of each cell adds to the variance of the loss, in each arm; and what no trial takes away."""

    quant: FloatArray
    """Per cell, if the planned loss is there."""
    reference: FloatArray
    """Per cell."""
    reference_trials: FloatArray
    """At least 1."""
    floor: float
    """Variance of the loss between cells, were each tried for ever: it is spread over the clusters."""

    @property
    def stored(self) -> FloatArray:
        """What the stored reference leaves in each cell, however often the quant is tried."""
        return self.reference / self.reference_trials


def cell_noise(solved: Sequence[float], trials: Sequence[int], loss: float) -> CellNoise:
    """Return the expected noise of each cell from the reference's trials.

    Empirical Bayes: a Beta prior of the cells' chance p is fitted by moments, and p and p^2 are averaged over each
    cell's posterior. So a cell that was solved 4 of 4 times is not taken for noiseless, and one without any graded
    trial gets the prior's mean. With one trial everywhere the prior has Beta(.5, .5)'s spread. The quant is taken to
    solve each cell with chance ``p * (1 - loss / mean)``: a loss has a variance of its own, and lifts that of cells
    which the reference always solves.

    Args:
        solved: Graded trials of the reference that were solved, per cell.
        trials: Graded trials of the reference, per cell.
        loss: The planned one.

    """
    hits, count = np.asarray(solved, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    seen = count > 0
    mean = float((hits[seen] / count[seen]).mean()) if seen.any() else 0.5
    mean = min(max(mean, 0.02), 0.98)
    concentration = 1.0
    several = count >= 2
    if several.any():
        share = hits[several] / count[several]
        within = float((count[several] / (count[several] - 1) * share * (1 - share)).mean())
        between = mean * (1 - mean) - within
        concentration = within / between if between > 0 else math.inf
    concentration = min(max(concentration, _CONCENTRATION[0]), _CONCENTRATION[1])
    a, b = mean * concentration + hits, (1 - mean) * concentration + count - hits
    first = a / (a + b)
    second = first * (a + 1) / (a + b + 1)
    kept = 1 - min(loss / mean, 1.0)
    return CellNoise(
        quant=kept * first - kept**2 * second,
        reference=first - second,
        reference_trials=np.maximum(count, 1.0),
        floor=(1 - kept) ** 2 * mean * (1 - mean) / (concentration + 1),
    )


def balanced_order(cells: Sequence[tuple[Hashable, Hashable, Hashable]], tie: Sequence[str]) -> list[int]:
    """Return the order in which cells enter, so that any beginning of it is balanced over tasks, sizes and variants.

    Args:
        cells: (task, size, variant) of each; the depth of what is told rotates with the variant.
        tie: A string for each that decides between equals, such as a digest: no pattern of names gets in.

    """
    left: dict[Hashable, list[int]] = defaultdict(list)
    for index, (task, _, _) in enumerate(cells):
        left[task].append(index)
    tasks = sorted(left, key=lambda task: min(tie[index] for index in left[task]))
    sizes: Counter[Hashable] = Counter()
    variants: Counter[Hashable] = Counter()
    both: Counter[Hashable] = Counter()
    order: list[int] = []
    while any(left.values()):
        for task in tasks:
            if not left[task]:
                continue
            chosen = min(
                left[task],
                key=lambda index: (
                    sizes[cells[index][1]] + variants[cells[index][2]],
                    both[cells[index][1:]],
                    tie[index],
                ),
            )
            left[task].remove(chosen)
            sizes[cells[chosen][1]] += 1
            variants[cells[chosen][2]] += 1
            both[cells[chosen][1:]] += 1
            order.append(chosen)
    return order


@dataclass(frozen=True)
class Allocation:
    """The longest run: its trials in order, and what they could show."""

    episodes: list[tuple[int, int]]
    """(cell, trial) in the order in which they run."""
    power: float
    """To show the loss, in one look after the last of them: the wanted one, or less where nothing more helps."""
    se: float
    """Planned standard error of the pass rate's loss after the last of them."""


def allocate(
    noise: CellNoise,
    order: Sequence[int],
    *,
    clusters: int,
    loss: float,
    alpha: float,
    power: float,
    least: int,
    most_trials: int = MOST_TRIALS,
) -> Allocation:
    """Return the smallest design that shows the loss with the given power in one look (the *fixed design*).

    Variance of the loss: ``sum over the cells of (quant's noise / trials + reference's noise / its trials), over cells
    squared, + floor / clusters``. Where a part of the cells is enough, it is the beginning of the order; else each
    further trial goes to the cell where it lowers the variance most, ``noise / (k * (k + 1))``.

    Args:
        noise: Of the cells.
        order: In which cells enter.
        clusters: Number of clusters.
        loss: The pass rate's loss to be shown, a fraction.
        alpha: One-sided level of one metric, multiplicity taken off.
        power: Wanted.
        least: Least number of cells, whatever the power.
        most_trials: Of one cell.

    """
    degrees = max(clusters - 1, 1)
    quantiles = float(special.stdtrit(degrees, 1 - alpha) + special.stdtrit(degrees, power))
    floor = noise.floor / clusters
    target = (loss / quantiles) ** 2 - floor
    # Beginnings of the order are alike, so the mean over all cells stands for each of them: one cell's noise must not
    # decide where the design ends.
    each = float((noise.quant + noise.stored).mean())
    wanted = math.ceil(each / target) if target > 0 else len(order)
    cells = min(max(wanted, least), len(order))
    taken = [int(cell) for cell in order[:cells]]
    trials = dict.fromkeys(taken, 1)
    variance = each / cells
    more = cells == len(order) and most_trials > 1
    heap = [(-noise.quant[cell] / 2, rank, cell) for rank, cell in enumerate(taken)] if more else []
    heapq.heapify(heap)
    while variance > target and heap:
        gain, rank, cell = heapq.heappop(heap)
        variance += gain / cells**2
        trials[cell] = k = trials[cell] + 1
        if k < most_trials:
            heapq.heappush(heap, (-noise.quant[cell] / (k * (k + 1)), rank, cell))
    episodes = [(cell, trial) for trial in range(max(trials.values())) for cell in taken if trial < trials[cell]]
    se = math.sqrt(variance + floor)
    reached = float(special.stdtr(degrees, loss / se - special.stdtrit(degrees, 1 - alpha)))
    return Allocation(episodes, reached, se)


def information_fractions(
    noise: CellNoise, episodes: Sequence[tuple[int, int]], looks: Sequence[int], clusters: int
) -> list[float]:
    """Return each look's information, one over the variance of the loss, as a fraction of the last look's.

    Args:
        noise: Of the cells; the reference's part of it stays however often the quant is tried.
        episodes: (cell, trial) in run order.
        looks: Episodes by each look, rising; the last is all of them.
        clusters: Number of clusters.

    """
    trials = np.zeros(len(noise.quant))
    found = []
    done = 0
    for look in looks:
        for cell, _ in episodes[done:look]:
            trials[cell] += 1
        done = look
        inside = trials > 0
        # Cells that come in count as the mean of all; where a cell got more trials than that, as itself.
        own = trials > 1
        terms = np.where(own, noise.quant, noise.quant.mean()) / np.maximum(trials, 1)
        terms = terms + np.where(own, noise.stored, noise.stored.mean())
        found.append(1 / (float(terms[inside].sum()) / float(inside.sum()) ** 2 + noise.floor / clusters))
    rising = np.maximum.accumulate(np.array(found)) + 1e-6 * found[-1] * np.arange(len(found))
    return [float(one) for one in rising / rising[-1]]
