"""How large may the loss be? One estimate with its bounds and the non-inferiority test.

Three bounds are taken together, and the largest counts, since each fails where another holds:

1. **cluster-t**: the loss is linearised into one contribution per cluster (for a ratio of sums the first-order Taylor
   term; for a plain mean it is exact), and their spread gives the standard error. Clusters of unequal size count as
   the equal ones that would tell as much, ``1 / sum of squared weights`` (Kish 1965), for the degrees of freedom too.
   To the squared standard error comes what a loss of the size that is *tested* would add if it sat in a fifth of the
   clusters, ``4 loss^2 / clusters``: the variance under the hypothesis, as in a score test. Without it data with
   little loss also vary little, and a loss in few tasks is taken for none whenever few of these were drawn. Where no
   unit differs at all it is left out: then all that can have been missed is a loss in tasks none of which was drawn,
   which the least number of clusters bounds (``sizes.py``).
   Where contributions are skewed towards losses (rare errors that come in clumps) the quantile is that of a Poisson
   count as skewed, of ``clusters / skewness^2`` clumps: one clump seen may be 4.7, 3.7 standard errors more, where a
   t statistic allows 1.7. Garwood (1936), Biometrika 28, 437-442.
   Cochran, *Sampling Techniques* (1977), 6.3 and 9.A; Miller (2024), "Adding Error Bars to Evals".
2. **score**: Tango's test (``score.py``) on the effective number of units, which is the number of units over the design
   effect (cluster variance over unit variance, at least 1).
   Rao and Scott (1992), "A simple method for the analysis of clustered binary data".
3. **Clopper-Pearson** on the discordant units, where fewer than 5 are, likewise on effective units: the reason that no
   difference at all still leaves ``1 - alpha ** (1 / n)``. Korn and Graubard (1998), Survey Methodology 24, 193-201.

What each of them brings in simulations stands in ``docs/statistics.md``.

``p_non_inferior <= alpha`` exactly where ``upper <= margin``. With fewer than two clusters nothing is known: the bound
is 1 and p is 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from agentbench.stats.binomial import binomial_p, clopper_pearson_upper
from agentbench.stats.paired import FloatArray, PairedErrors
from agentbench.stats.score import score_p, score_upper

FEW_DISCORDANT = 5
"""Below so many discordant units the exact bound on them counts too."""
CONCENTRATION = 0.2
"""A loss may sit in so few of the clusters, and the bounds must still hold."""
_ZERO = 1e-12
_STRAIGHT = 1e-3


@dataclass(frozen=True)
class LossEstimate:
    """The loss (a fraction, positive is worse), its spread, and what bounds need."""

    loss: float
    se: float
    """Cluster standard error; 0 where nothing varies, which by itself proves nothing."""
    se_floor: float | None
    """What would remain of it with infinitely many cells in the same clusters; none with one cell per cluster."""
    clusters: int
    effective_clusters: float
    """As many of equal size would tell as much."""
    skewness: float
    """Of the clusters' contributions; positive where few of them lose much. 0 without any spread."""
    cells: int
    units: float
    """Of the arm that has fewer."""
    discordant: float
    """Units that differ between the arms at all."""
    discordance: float
    """Sum of squared differences over units."""

    @property
    def design_effect(self) -> float:
        """How much more the loss varies than independent units would; at least 1."""
        share = max(self.discordance, abs(self.loss) * self.units) / self.units
        unit_variance = (share - self.loss**2) / self.units
        return max(1.0, self.se**2 / unit_variance) if unit_variance > _ZERO**2 else 1.0

    @property
    def effective_units(self) -> float:
        """Independent units that would tell as much."""
        return self.units / self.design_effect

    @property
    def df(self) -> float:
        """Degrees of freedom of the cluster-t; 0 where there is nothing to take a spread from."""
        return self.effective_clusters - 1 if self.effective_clusters > 2 - _ZERO else 0.0

    @property
    def differs(self) -> bool:
        """Whether the arms differ at all: in a unit, or in how many units as many errors are spread over."""
        return max(self.discordance, abs(self.loss), self.se) > _ZERO

    def unseen_se(self, loss: float) -> float:
        """Return the standard error that such a loss adds if it sits in few of the clusters, and these show none."""
        if not self.differs:
            return 0.0
        return abs(loss) * math.sqrt((1 - CONCENTRATION) / CONCENTRATION / max(self.effective_clusters, 1.0))

    def can_bound(self, alpha: float) -> bool:
        """Whether a bound below 1 exists at all: enough clusters, none of them too large."""
        return bool(self.df) and (self._t_quantile(alpha, 0) * self.unseen_se(1.0)) ** 2 < 1

    def p_non_inferior(self, margin: float) -> float:
        """Return the p-value of H0: loss >= margin, the largest of the three tests'."""
        if not self.df:
            return 1.0
        n, effect = self.effective_units, self.design_effect
        found = [self._t_p(margin), score_p(self.loss * n, self.discordance / effect, n, margin)]
        if self.discordant < FEW_DISCORDANT:
            found.append(binomial_p(self.discordant / effect, n, margin))
        return max(found)

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper bound at 1 - alpha."""
        return self._bound(1, alpha)

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower bound at 1 - alpha: the upper bound with the arms' names swapped."""
        return -self._bound(-1, alpha)

    def _bound(self, direction: int, alpha: float) -> float:
        if not self.df:
            return 1.0
        loss, n, effect = direction * self.loss, self.effective_units, self.design_effect
        found = [
            self._t_upper(loss, self._t_quantile(alpha, direction)),
            score_upper(loss * n, self.discordance / effect, n, alpha),
        ]
        if self.discordant < FEW_DISCORDANT:
            found.append(clopper_pearson_upper(self.discordant / effect, n, alpha))
        return min(max(found), 1.0)

    def _clumps(self, direction: int) -> float | None:
        """Return the Poisson count that is as skewed in this direction; None where there is next to no skewness."""
        skew = direction * self.skewness
        return self.effective_clusters / skew**2 if skew > _STRAIGHT else None

    def _t_p(self, margin: float) -> float:
        # Where the quant is better, the added variance grows faster than the distance beyond this hypothesis; a loss
        # that is shown to be below a smaller one is below the margin too.
        if self.loss < 0 and self.differs:
            margin = min(margin, self.se**2 / (self.unseen_se(1.0) ** 2 * -self.loss))
        se = math.hypot(self.se, self.unseen_se(margin))
        if se <= _ZERO:
            return 0.0 if self.loss < margin or self.loss < 0 else 1.0
        t, clumps = (self.loss - margin) / se, self._clumps(1)
        if clumps is not None:
            t = float(special.ndtri(special.gammaincc(clumps + 1, max(clumps - t * math.sqrt(clumps), 0.0))))
        return float(special.stdtr(self.df, t))

    def _t_quantile(self, alpha: float, direction: int) -> float:
        """Return how many standard errors above the loss its bound lies."""
        t, clumps = float(special.stdtrit(self.df, 1 - alpha)), self._clumps(direction)
        if clumps is None:
            return t
        return (float(special.gammainccinv(clumps + 1, special.ndtr(-t))) - clumps) / math.sqrt(clumps)

    def _t_upper(self, loss: float, t: float) -> float:
        """Return the least loss that is not rejected: the root of ``(x - loss)^2 = t^2 (se^2 + unseen(x)^2)``."""
        if loss + t * self.se < 0:
            return loss + t * self.se
        share = (t * self.unseen_se(1.0)) ** 2
        square = share * loss**2 + (1 - share) * (t * self.se) ** 2
        if square < 0:
            return 1.0
        below = loss - math.sqrt(square)
        if abs(below) <= _ZERO:
            return 1.0 if share >= 1 else loss
        found = (loss**2 - (t * self.se) ** 2) / below
        return found if found > max(loss, 0.0) else 1.0


def estimate_loss(data: PairedErrors) -> LossEstimate | None:
    """Return the loss with its cluster standard error; None where an arm has no unit, so that no rate exists."""
    if not data.defined:
        return None
    quant_units, reference_units = data.quant_units.sum(), data.reference_units.sum()
    quant_rate = data.quant_errors.sum() / quant_units
    reference_rate = data.reference_errors.sum() / reference_units
    # First-order contribution of each cell to the difference of the two ratios; they sum to zero.
    contribution = (data.quant_errors - quant_rate * data.quant_units) / quant_units
    contribution = contribution - (data.reference_errors - reference_rate * data.reference_units) / reference_units
    per_cluster = data.by_cluster(contribution)
    clusters = data.n_clusters
    variance = clusters / (clusters - 1) * float((per_cluster**2).sum()) if clusters > 1 else 0.0
    cells = data.by_cluster(np.ones(data.n_cells))
    floor = None
    if clusters > 1 and float(cells.min()) >= 2:
        spread = data.by_cluster(contribution**2) - per_cluster**2 / cells
        within = float((cells / (cells - 1) * spread).sum())
        floor = math.sqrt(max(variance - within, 0.0))
    return LossEstimate(
        loss=data.loss,
        se=math.sqrt(variance),
        se_floor=floor,
        clusters=clusters,
        effective_clusters=_effective(data),
        skewness=_skewness(per_cluster),
        cells=data.n_cells,
        units=data.unit_count,
        discordant=float(data.discordant.sum()),
        discordance=float(data.discordance.sum()),
    )


def _effective(data: PairedErrors) -> float:
    """Return the number of equal clusters that tell as much: one over the sum of squared shares of the units."""
    _, quant_units, _, reference_units = data.cluster_sums
    shares = (quant_units / quant_units.sum() + reference_units / reference_units.sum()) / 2
    return 1 / float((shares**2).sum())


def _skewness(contributions: FloatArray) -> float:
    """Return the third standardised moment; contributions sum to zero."""
    spread = float((contributions**2).mean())
    return float((contributions**3).mean()) / spread**1.5 if spread > _ZERO**2 else 0.0


def bootstrap_upper(
    data: PairedErrors, alpha: float, *, seed: int | tuple[int, ...] = 0, draws: int = 2_000
) -> float | None:
    """Return the percentile bootstrap upper bound over clusters: a check beside the others, never a verdict.

    Efron and Tibshirani (1993), chapter 13; clusters are the resampling units. None where no resample differs from
    another: the interval would have no width, which proves nothing.
    """
    if not data.defined or data.n_clusters < 2:
        return None
    generator = np.random.default_rng(seed)
    quant_errors, quant_units, reference_errors, reference_units = data.cluster_sums
    count = len(quant_errors)
    weights = generator.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    below, above = weights @ quant_units, weights @ reference_units
    sound = (below > 0) & (above > 0)
    below, above = np.where(sound, below, 1.0), np.where(sound, above, 1.0)
    losses = np.where(sound, weights @ quant_errors / below - weights @ reference_errors / above, 1.0)
    if float(np.ptp(losses)) <= _ZERO:
        return None
    return round(float(np.quantile(losses, 1 - alpha, method="higher")), 12)


def ratio_bounds(
    quant: FloatArray, reference: FloatArray, *, alpha: float, seed: int | tuple[int, ...] = 0, draws: int = 2_000
) -> tuple[float | None, float | None, float | None]:
    """Return the ratio of two sums over clusters with its one-sided percentile bootstrap bounds; None where undefined.

    The bounds are None too where no resample differs from another: without a width they prove nothing.
    """
    if len(quant) == 0 or quant.sum() <= 0 or reference.sum() <= 0:
        return None, None, None
    value = float(quant.sum() / reference.sum())
    count = len(quant)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    below = weights @ reference
    if count < 2 or float(below.min()) <= 0:
        return value, None, None
    ratios = weights @ quant / below
    if float(np.ptp(ratios)) <= _ZERO:
        return value, None, None
    lower, upper = np.quantile(ratios, alpha, method="lower"), np.quantile(ratios, 1 - alpha, method="higher")
    return round(value, 12), round(float(lower), 12), round(float(upper), 12)
