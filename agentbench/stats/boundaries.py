"""Group-sequential boundaries: how much of alpha each look may spend, and where that puts the limit.

A look at fraction t of the final information may have spent ``alpha * share(t)`` by then (Lan and DeMets 1983,
"Discrete sequential boundaries for clinical trials"). The limits follow from the joint law of the looks' statistics,
normal with Cov(Z_j, Z_k) = sqrt(t_j / t_k), by numerical integration over the paths that crossed none before
(Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, *Group Sequential Methods*, chapter 19).

A test that gives p-values rather than Z-statistics stops where its p-value is at most the *nominal level*
``1 - Phi(limit)`` (the significance-level approach, Jennison and Turnbull 2000, section 3.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

import numpy as np
from scipy import optimize, special

from agentbench.stats.paired import FloatArray

Share = Callable[[float], float]
"""Share of alpha spent at an information fraction: 0 at 0, 1 at 1, not falling."""

_NODES = 160
_FAR = 8.0
"""Standard deviations beyond which a normal density counts as nothing."""


def hwang_shih_decani(gamma: float) -> Share:
    """Return Hwang, Shih and DeCani's spending (1990): about Pocock's at 1, O'Brien and Fleming's at -4, even at 0."""
    if gamma == 0:
        return lambda t: t
    return lambda t: math.expm1(-gamma * t) / math.expm1(-gamma)


def obrien_fleming_like(alpha: float) -> Share:
    """Return Lan and DeMets's spending of the O'Brien-Fleming kind: almost nothing early."""
    z = float(special.ndtri(1 - alpha / 2))
    return lambda t: 2 * float(special.ndtr(-z / math.sqrt(t))) / alpha


def pocock_like(t: float) -> float:
    """Return Lan and DeMets's spending of the Pocock kind: limits that hardly change."""
    return math.log1p((math.e - 1) * t)


def boundaries(spent: Sequence[float], information: Sequence[float]) -> list[float]:
    """Return the limit of each look's Z-statistic, one-sided.

    Args:
        spent: Alpha spent by each look, summed; not falling.
        information: Information fraction of each look, rising.

    """
    limits: list[float] = []
    paths = _Paths()
    before = 0.0
    for total, fraction in zip(spent, information, strict=True):
        limits.append(paths.limit(total - before, fraction))
        paths.advance(limits[-1], fraction)
        before = total
    return limits


def crossing_probabilities(limits: Sequence[float], information: Sequence[float], drift: float = 0.0) -> list[float]:
    """Return the chance that each look is the first to cross; ``drift`` is the mean of Z at information 1."""
    found = []
    paths = _Paths(drift)
    for limit, fraction in zip(limits, information, strict=True):
        found.append(paths.beyond(limit, fraction))
        paths.advance(limit, fraction)
    return found


class _Paths:
    """The score process sqrt(t) * Z of the paths that have not crossed: nodes, and weight times density at each."""

    def __init__(self, drift: float = 0.0):
        self.drift = drift
        self.fraction = 0.0
        self.nodes: FloatArray = np.zeros(1)
        self.mass: FloatArray = np.ones(1)

    def beyond(self, limit: float, fraction: float) -> float:
        """Return the chance of reaching this look and lying at or above its limit."""
        step = fraction - self.fraction
        reach = (limit * math.sqrt(fraction) - self.nodes - self.drift * step) / math.sqrt(step)
        return float((self.mass * special.ndtr(-reach)).sum())

    def limit(self, increment: float, fraction: float) -> float:
        """Return the limit that is crossed with this chance."""
        low, high = -_FAR, 2 * _FAR
        if self.beyond(high, fraction) >= increment:
            return high
        if self.beyond(low, fraction) <= increment:
            return low
        return float(optimize.brentq(lambda limit: self.beyond(limit, fraction) - increment, low, high, xtol=1e-10))

    def advance(self, limit: float, fraction: float) -> None:
        """Go on to the next look with the paths below the limit."""
        step = fraction - self.fraction
        centre, spread = self.drift * fraction, _FAR * math.sqrt(fraction)
        low, high = centre - spread, min(centre + spread, limit * math.sqrt(fraction))
        unit, weight = _quadrature()
        half = max(high - low, 0.0) / 2
        nodes = low + half * (unit + 1)
        distance = (nodes[:, None] - self.nodes - self.drift * step) / math.sqrt(step)
        density = np.exp(-0.5 * distance**2) / math.sqrt(2 * math.pi * step)
        self.nodes, self.mass, self.fraction = nodes, half * weight * (density @ self.mass), fraction


@lru_cache(maxsize=1)
def _quadrature() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes.astype(np.float64), weights.astype(np.float64)


class NominalLevels:
    """What a look's own p-value must reach, for every total alpha; and back: the p-value that counts for all looks.

    The second is the repeated p-value of Jennison and Turnbull (2000, chapter 9): the smallest total alpha whose
    boundary the look reaches. It is between a look's own p-value and 1, and at most alpha exactly where the boundary at
    alpha is reached. Computed on a grid of alphas (with the one asked for in it) and interpolated between.
    """

    def __init__(self, information: Sequence[float], share: Share, alpha: float):
        self._information, self._shares = list(information), [share(t) for t in information]
        self.alpha = alpha
        self.levels = self._at(alpha)
        """Per look, at the alpha asked for."""

    def _at(self, alpha: float) -> FloatArray:
        limits = boundaries([alpha * share for share in self._shares], self._information)
        found: FloatArray = np.maximum(special.ndtr(-np.array(limits)), 1e-300)
        return found

    @cached_property
    def _grid(self) -> tuple[FloatArray, FloatArray]:
        """Alphas, and the levels of all looks at each."""
        alphas = np.unique(np.concatenate([np.geomspace(1e-7, 0.5, 40), [self.alpha]]))
        levels = [self.levels if alpha == self.alpha else self._at(float(alpha)) for alpha in alphas]
        table = np.vstack([*levels, np.ones(len(self._information))])
        return np.append(alphas, 1.0), np.maximum.accumulate(table, axis=0)

    def repeated(self, p: float, look: int) -> float:
        """Return the repeated p-value of a look's own p-value (looks from 0)."""
        alphas, table = self._grid
        levels = table[:, look]
        index = int(np.searchsorted(levels, p))
        if index == 0:
            return float(alphas[0])
        low, high = levels[index - 1], levels[index]
        share = math.log(p / low) / math.log(high / low)
        return float(alphas[index - 1] * (alphas[index] / alphas[index - 1]) ** share)
