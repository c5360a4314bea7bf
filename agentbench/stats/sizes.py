"""What this size can see, and what size would decide."""

from __future__ import annotations

import functools
import itertools
import math

from scipy import special

from agentbench.stats.binomial import minimum_units
from agentbench.stats.loss import CONCENTRATION, LossEstimate

POWER = 0.9
MOST_MISSED = 1.5
"""The chance that a bound misses may be at most so many times alpha: 7.5 % at .05."""


@functools.cache
def minimum_clusters(alpha: float, *, differs: bool = True) -> int:
    """Return how many clusters of equal size non-inferiority needs.

    Once any unit differs: 13 at alpha = .05, 25 at .01. With fewer, a loss of any size that sits in a fifth of them
    cannot be told from none, since its own spread keeps the bound above every margin, ``4 t^2 >= clusters``.

    Where none does: 12 at .05, 19 at .01. What can have been missed is a loss in a fifth of the tasks none of which
    was drawn, with the chance ``.8 ^ clusters`` (6.9 % for 12).
    """
    if not differs:
        return math.ceil(math.log(MOST_MISSED * alpha) / math.log(1 - CONCENTRATION))
    odds = (1 - CONCENTRATION) / CONCENTRATION
    return next(n for n in itertools.count(2) if odds * float(special.stdtrit(n - 1, 1 - alpha)) ** 2 < n)


def minimum_detectable_loss(estimate: LossEstimate, alpha: float, *, power: float = POWER) -> float | None:
    """Return the smallest loss that this size would call degraded with the given chance; None if none would be.

    The larger of ``(t_alpha + t_power) * se`` and, since a loss brings its own variance even where nothing varies
    now, the solution of ``loss = (z_alpha + z_power) * sqrt(loss * (1 - loss) / units)``. None where all clusters
    together cannot reach alpha in a label swap (2^-clusters). Pass the alpha after any adjustment for multiplicity.
    """
    df = estimate.df
    if not df or 2.0**-estimate.clusters > alpha or estimate.units <= 0:
        return None
    by_spread = float(special.stdtrit(df, 1 - alpha) + special.stdtrit(df, power)) * estimate.se
    z = float(special.ndtri(1 - alpha) + special.ndtri(power)) ** 2
    return min(max(by_spread, z / (estimate.units + z)), 1.0)


def cells_for_non_inferiority(
    estimate: LossEstimate, *, true_loss: float, margin: float, alpha: float, power: float = POWER
) -> int | None:
    """Return the cells that would show non-inferiority with the given chance if the loss is ``true_loss``.

    Spread between clusters and units per cell are taken to stay as they are, so more cells means more tasks in
    proportion. None where the true loss is not below the margin: no size would do. The larger of

    - the normal sample size ``((z_alpha * null_sd + z_power * sd) / (margin - loss))^2`` (Miller 2024, section 5);
      ``null_sd`` holds what a loss of the margin in few clusters adds,
    - the same for the score test, its variance under the hypothesis,
    - the units that the exact bound needs without any discordant one, and the least number of clusters, whole ones.
    """
    if true_loss >= margin or estimate.units <= 0:
        return None
    z_alpha, z_power = float(special.ndtri(1 - alpha)), float(special.ndtri(power))
    room = margin - true_loss
    per_cell = estimate.units / estimate.cells
    null_se = math.hypot(estimate.se, estimate.unseen_se(margin))
    by_spread = ((z_alpha * null_se + z_power * estimate.se) / room) ** 2 * estimate.cells
    rate = max(estimate.discordance / estimate.units, abs(true_loss))
    alternative = math.sqrt(max(rate - true_loss**2, 0.0))
    null = math.sqrt(max(rate - abs(true_loss), 0.0) + margin * (1 - margin))
    by_score = ((z_alpha * null + z_power * alternative) / room) ** 2 / per_cell
    by_units = minimum_units(margin, alpha) / per_cell
    needed = minimum_clusters(alpha, differs=estimate.differs)
    by_clusters = _cells_of(estimate, needed * estimate.clusters / estimate.effective_clusters)
    return math.ceil(max(by_spread, by_score, by_units, by_clusters) - 1e-9)


def cells_for_degraded(estimate: LossEstimate, *, true_loss: float, alpha: float, power: float = POWER) -> int | None:
    """Return the cells that would show a loss of ``true_loss`` with the given chance; None where there is none.

    ``((z_alpha + z_power) * sd / loss)^2`` with the larger of the clusters' spread and the units' own, in so many
    clusters at least that a label swap of them all can reach alpha. Pass the alpha after any adjustment for
    multiplicity.
    """
    if true_loss <= 0 or estimate.units <= 0:
        return None
    z = float(special.ndtri(1 - alpha) + special.ndtri(power))
    per_cell = estimate.units / estimate.cells
    own = max(estimate.discordance / estimate.units, true_loss) - true_loss**2
    variance = max(estimate.se**2 * estimate.cells, max(own, 0.0) / per_cell)
    by_clusters = _cells_of(estimate, -math.log2(alpha))
    return math.ceil(max(z * z * variance / true_loss**2, by_clusters) - 1e-9)


def _cells_of(estimate: LossEstimate, clusters: float) -> float:
    """Return the cells of so many clusters, rounded up to whole ones, if clusters stay as large as they are."""
    return math.ceil(clusters - 1e-9) * estimate.cells / estimate.clusters


def tasks_must_grow(estimate: LossEstimate, *, margin: float, alpha: float, power: float = POWER) -> bool:
    """Whether no number of further variants or trials of these tasks decides, since the tasks themselves differ."""
    if estimate.se_floor is None or not estimate.df:
        return False
    t_alpha, t_power = (float(special.stdtrit(estimate.df, chance)) for chance in (1 - alpha, power))
    null_se = math.hypot(estimate.se_floor, estimate.unseen_se(margin))
    return t_alpha * null_se + t_power * estimate.se_floor > margin
