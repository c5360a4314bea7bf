"""Label swap over several looks: is the quant worse, judged again and again as trials come in?

Under the null hypothesis it is a coin flip for every cluster which arm is called quant, *at all looks together*. So the
whole path of losses is swapped: one draw of coins gives one path, and each look's limit is put where, of the paths
that crossed at no look before, no more cross than the alpha spent by then allows. Given which data belong to which
cluster, every path is equally likely under the null hypothesis, so the chance to cross anywhere is at most alpha
whatever the correlations within tasks, between looks, or between errors and their denominators are. No normal law is
assumed, and alpha that the coarseness of early data leaves over is spent later.

It is the label swap of ``permutation.py`` made sequential by an alpha-spending function (Lan and DeMets 1983), and the
same test where there is one look. Ties and the observed path count as in Phipson and Smyth (2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from agentbench.stats.paired import FloatArray
from agentbench.stats.permutation import EXACT_CLUSTERS

DRAWS = 19_999
_TIE = 1e-9
_STEPS = 24
"""Halvings of [0, 1] that find a p-value."""


@dataclass(frozen=True)
class SwappedPaths:
    """Losses of the swapped paths at every look, and those that were observed."""

    swapped: FloatArray
    """Looks x paths."""
    observed: FloatArray
    """Looks; minus infinity where an arm has no units."""
    exact: bool
    """All paths there are, the observed one among them; else a random sample without it."""

    def limits(self, alpha: float, shares: Sequence[float]) -> list[float]:
        """Return the loss that each look's own must exceed to cross; infinity where so early a look cannot.

        Args:
            alpha: Total level.
            shares: Share of it that is spent by each look.

        """
        own = 0 if self.exact else 1
        left = np.arange(self.swapped.shape[1])
        found = []
        for losses, share in zip(self.swapped, shares, strict=True):
            gone = self.swapped.shape[1] - len(left)
            allowed = math.floor(alpha * share * (self.swapped.shape[1] + own) + _TIE) - own - gone
            if allowed < 0:
                found.append(math.inf)
            elif allowed >= len(left):
                found.append(-math.inf)
                left = left[:0]
            else:
                # The (allowed + 1)-th largest stays below, and so does what ties with it.
                place = len(left) - allowed - 1
                found.append(float(np.partition(losses[left], place)[place]) + _TIE)
                left = left[losses[left] <= found[-1]]
        return found

    def crossed_at(self, alpha: float, shares: Sequence[float]) -> int | None:
        """Return the first look (from 0) at which the observed path crosses, or none; arguments as of ``limits``."""
        limits = self.limits(alpha, shares)
        crossed = [look for look, limit in enumerate(limits) if self.observed[look] > limit]
        return crossed[0] if crossed else None

    def p(self, share: Sequence[float]) -> float:
        """Return the p-value that counts for all looks: the smallest total alpha at which the path has crossed."""
        high = 1.0
        if self.crossed_at(high, share) is None:
            return 1.0
        low = 0.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if self.crossed_at(middle, share) is None:
                low = middle
            else:
                high = middle
        return high


def swapped_paths(sums: FloatArray, *, seed: int | tuple[int, ...] = 0, draws: int = DRAWS) -> SwappedPaths:
    """Return the swapped paths of one metric.

    Args:
        sums: Shape (looks, 4, clusters): at each look, sums per cluster of quant errors, quant units, reference
            errors and reference units. The same place is the same cluster at every look, and the clusters are all
            that the run has, so that a later look sees the same swaps.
        seed: Of the coins.
        draws: Random swaps where there are more than ``EXACT_CLUSTERS`` clusters.

    """
    clusters = sums.shape[2]
    exact = clusters <= EXACT_CLUSTERS
    coins = _coins(clusters, 0 if exact else seed, 2**clusters if exact else draws)
    shifts, totals = sums[:, 2:] - sums[:, :2], sums.sum(axis=2)
    return SwappedPaths(
        swapped=np.stack([_losses(coins @ shifts[look].T, totals[look]) for look in range(len(sums))]),
        observed=np.array([_losses(np.zeros((1, 2)), one, absent=-np.inf)[0] for one in totals]),
        exact=exact,
    )


@lru_cache(maxsize=2)
def _coins(clusters: int, seed: int | tuple[int, ...], draws: int) -> FloatArray:
    """Return one row of coins per path: all there are of few clusters, else drawn."""
    if draws == 2**clusters:
        return ((np.arange(draws)[:, None] >> np.arange(clusters)) & 1).astype(np.float64)
    return np.random.default_rng(seed).integers(0, 2, size=(draws, clusters), dtype=np.uint8).astype(np.float64)


def _losses(carried: FloatArray, totals: FloatArray, absent: float = np.inf) -> FloatArray:
    """Return the loss of each swap; one that leaves an arm without units counts as extreme."""
    errors, units = carried[:, 0], carried[:, 1]
    below, above = totals[1] + units, totals[3] - units
    empty = (below <= _TIE) | (above <= _TIE)
    losses = (totals[0] + errors) / np.where(empty, 1.0, below) - (totals[2] - errors) / np.where(empty, 1.0, above)
    return np.where(empty, absent, losses)
