"""Effective context length: up to which tested size does a model still do its work?

The largest tested size such that no size up to it is *shown* to score below 85 % of the smallest size's score
(``effective_length``), or below the reference at the same size (``effective_length_beside``). Shown means: by the
one-sided bound at level alpha of a bootstrap over clusters, for that size and for every larger one. A longer context
is not easier, so the sizes form a fixed sequence, the largest first, and need no adjustment for their number.

The other end of the interval, ``at_least``, is the largest size up to which every size is shown to hold: to reach that
share, or to lose less than a margin against the reference. Each end has level alpha, so both together cover with
1 - 2 alpha.

The curve that is shown is the isotonic fit, which never rises. It is not what is tested: at its ends such a fit is
biased away from the middle, and its bootstrap once more. In simulations of a model that keeps exactly 85 %, testing the
fit called the length too short in 14 % of runs; this way it is at most 5 %.

Sources: isotonic regression, Robertson, Wright and Dykstra, *Order Restricted Statistical Inference* (1988); fixed
sequences, Maurer, Hothorn and Lehmacher (1995); bootstrap over clusters, Davison and Hinkley (1997), 3.8; the 85 %
are those of RULER (Hsieh et al. 2024), made relative to the model's own score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from agentbench.stats.paired import FloatArray, IntArray

SHARE = 0.85
MIN_LENGTH_CLUSTERS = 40
MIN_BASE = 0.2
DRAWS = 2_000
_FLAT = 1e-12


@dataclass(frozen=True)
class EffectiveLength:
    """The answer and what it rests on; sizes as given."""

    length: int | None
    """0 where already the smallest size is shown to be below; none where nothing can be said."""
    at_least: int | None
    reason: str
    clusters: int
    sizes: tuple[int, ...]
    raw: tuple[float, ...]
    """Mean score, or mean difference from the reference, at each size."""
    fitted: tuple[float, ...]


def effective_length(
    scores: FloatArray,
    clusters: IntArray,
    sizes: IntArray,
    *,
    alpha: float = 0.05,
    share: float = SHARE,
    seed: int | tuple[int, ...] = 0,
    draws: int = DRAWS,
) -> EffectiveLength:
    """Return the effective length of one arm by itself.

    Args:
        scores: Mean score of each cell, 0 to 1.
        clusters: Cluster number of each cell.
        sizes: Context size of each cell.
        alpha: One-sided level.
        share: Of the smallest size's score that must be kept.
        seed: Of the bootstrap.
        draws: Of the bootstrap.

    """
    curve = _Curve(scores, clusters, sizes)
    if reason := curve.obstacle():
        return curve.unknown(reason)
    if curve.raw[0] < MIN_BASE:
        return curve.unknown(f"a score of {curve.raw[0]:.0%} at the smallest size leaves nothing to lose")
    drawn = curve.drawn(seed, draws)
    # The smallest size keeps all of its own score.
    beyond = (drawn - share * drawn[:, :1])[:, 1:]
    below, holds = _shown_below(beyond, alpha, curve.clusters), _shown_below(-beyond, alpha, curve.clusters)
    return curve.known([False, *below], [True, *holds])


def effective_length_beside(
    differences: FloatArray,
    clusters: IntArray,
    sizes: IntArray,
    *,
    margin: float,
    base: float,
    alpha: float = 0.05,
    seed: int | tuple[int, ...] = 0,
    draws: int = DRAWS,
) -> EffectiveLength:
    """Return the largest size up to which the quant is nowhere shown to score below the reference.

    Args:
        differences: Score of the quant minus that of the reference, for each cell of both.
        clusters: Cluster number of each cell.
        sizes: Context size of each cell.
        margin: A size holds where the loss is shown to be smaller.
        base: The reference's score at the smallest size.
        alpha: One-sided level.
        seed: Of the bootstrap.
        draws: Of the bootstrap.

    """
    curve = _Curve(differences, clusters, sizes)
    if reason := curve.obstacle():
        return curve.unknown(reason)
    if base < MIN_BASE:
        return curve.unknown(f"a reference that scores {base:.0%} at the smallest size leaves nothing to lose")
    drawn = curve.drawn(seed, draws)
    below = _shown_below(drawn, alpha, curve.clusters)
    return curve.known(below, _shown_below(-drawn - margin, alpha, curve.clusters))


class _Curve:
    """Scores by size, and their resamples over clusters."""

    def __init__(self, values: FloatArray, clusters: IntArray, sizes: IntArray) -> None:
        self.sizes = tuple(int(size) for size in np.unique(sizes))
        self.clusters = len(np.unique(clusters))
        rows = np.unique(clusters, return_inverse=True)[1]
        columns = np.searchsorted(np.asarray(self.sizes), sizes)
        shape = (self.clusters, len(self.sizes))
        self._sums, self._counts = np.zeros(shape), np.zeros(shape)
        np.add.at(self._sums, (rows, columns), values)
        np.add.at(self._counts, (rows, columns), 1.0)
        totals = self._counts.sum(axis=0)
        self.raw = self._sums.sum(axis=0) / np.where(totals > 0, totals, 1.0)
        self.fitted = self.raw
        if len(self.sizes):
            self.fitted = optimize.isotonic_regression(self.raw, weights=totals, increasing=False).x

    def obstacle(self) -> str | None:
        if len(self.sizes) < 2:
            return f"{len(self.sizes)} context size{'' if len(self.sizes) == 1 else 's'}, and at least 2 are needed"
        fewest = int((self._counts > 0).sum(axis=0).min())
        if fewest < MIN_LENGTH_CLUSTERS:
            noun = f"cluster{'' if fewest == 1 else 's'}"
            return f"{fewest} {noun} at a size, and at least {MIN_LENGTH_CLUSTERS} are needed"
        return None

    def drawn(self, seed: int | tuple[int, ...], draws: int) -> FloatArray:
        generator = np.random.default_rng(seed)
        weights = generator.multinomial(self.clusters, np.full(self.clusters, 1 / self.clusters), size=draws)
        counts = weights @ self._counts
        # A draw without any cell of a size says of it what the data say.
        return np.where(counts > 0, weights @ self._sums / np.where(counts > 0, counts, 1.0), self.raw)

    def unknown(self, reason: str) -> EffectiveLength:
        return self._result(None, None, reason)

    def known(self, below: list[bool], holds: list[bool]) -> EffectiveLength:
        shown = [all(below[index:]) for index in range(len(below))]
        length = self._last([not one for one in shown])
        text = f"no size up to {length} is shown to be below" if length else "the smallest size is shown to be below"
        return self._result(length, self._last(holds), text)

    def _last(self, good: list[bool]) -> int:
        """Return the last size before the first that is not good; 0 where that is the smallest."""
        run = good.index(False) if False in good else len(good)
        return self.sizes[run - 1] if run else 0

    def _result(self, length: int | None, at_least: int | None, reason: str) -> EffectiveLength:
        raw, fitted = (tuple(round(float(one), 9) for one in values) for values in (self.raw, self.fitted))
        return EffectiveLength(length, at_least, reason, self.clusters, self.sizes, raw, fitted)


def _shown_below(drawn: FloatArray, alpha: float, clusters: int) -> list[bool]:
    """For each column: is its upper bound below zero?

    Where no draw differs from another, the bound still has the width of that many clusters without an exception.
    """
    upper = np.quantile(drawn, 1 - alpha, axis=0, method="higher")
    flat = np.ptp(drawn, axis=0) <= _FLAT
    upper = upper + np.where(flat, 1 - alpha ** (1 / clusters), 0.0)
    return [bool(one) for one in upper < -_FLAT]
