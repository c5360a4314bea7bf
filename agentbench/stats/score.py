"""Tango's score test for the difference of two paired proportions, on single units.

The variance is taken *under* the hypothesis that the loss equals the margin. The cluster-t test takes it from the
data, and where losses are rare and all on one side, data with few losses also have a small variance, so that it shows
non-inferiority too often. The score test does not, and its bound has a width even if nothing differs.

Source: Tango (1998), "Equivalence test and confidence interval for the difference in proportions for the
paired-sample design", Statistics in Medicine 17, 891-908.
"""

from __future__ import annotations

import math

from scipy import optimize, special


def score_z(net: float, discordance: float, n: float, loss: float) -> float:
    """Return the score statistic of "the loss is ``loss``": negative where the data show less.

    Args:
        net: Sum of the units' differences (errors of the quant minus errors of the reference).
        discordance: Sum of their squares: the number of discordant pairs where each arm has one trial. At least
            ``abs(net)`` is used.
        n: Units.
        loss: The hypothesis, strictly between -1 and 1.

    """
    discordance = min(max(discordance, abs(net)), n)
    other = (discordance - net) / 2
    # The constrained maximum-likelihood estimate of the probability of a gain, Tango's q21.
    linear = -discordance + (2 * n - net) * loss
    constant = -other * loss * (1 - loss)
    root = math.sqrt(max(linear * linear - 8 * n * constant, 0.0))
    gain = min(max((root - linear) / (4 * n), 0.0, -loss), 1.0)
    variance = max(2 * gain + loss * (1 - loss), 0.0)
    difference = net - n * loss
    if variance * n <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(n * variance)


def score_p(net: float, discordance: float, n: float, margin: float) -> float:
    """Return the p-value of H0: loss >= margin; 1 without units."""
    return float(special.ndtr(score_z(net, discordance, n, margin))) if n > 0 else 1.0


def score_upper(net: float, discordance: float, n: float, alpha: float) -> float:
    """Return the one-sided upper bound at 1 - alpha: the loss at which ``score_p`` equals alpha."""
    if n <= 0 or net >= n:
        return 1.0
    z = float(special.ndtri(alpha))
    low, high = max(net / n, -1 + 1e-12), 1 - 1e-12
    if score_z(net, discordance, n, high) >= z:
        return 1.0
    if score_z(net, discordance, n, low) <= z:
        return low
    return float(optimize.brentq(lambda loss: score_z(net, discordance, n, loss) - z, low, high, xtol=1e-12))
