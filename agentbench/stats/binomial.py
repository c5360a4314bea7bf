"""Bounds for counts of rare events, and the sizes below which nothing can be shown."""

from __future__ import annotations

import math

from scipy import special


def clopper_pearson_upper(events: float, n: float, alpha: float) -> float:
    """Return the exact one-sided upper bound at 1 - alpha of a rate after ``events`` of ``n``.

    Clopper and Pearson (1934), as the quantile of Beta(events + 1, n - events). Counts may be fractional (means over
    trials). 1 where n is 0 or all are events.
    """
    if n <= 0 or events >= n:
        return 1.0
    return float(special.betaincinv(max(events, 0.0) + 1, n - max(events, 0.0), 1 - alpha))


def clopper_pearson_lower(events: float, n: float, alpha: float) -> float:
    """Return the exact one-sided lower bound at 1 - alpha of a rate after ``events`` of ``n``; 0 without events."""
    if n <= 0 or events <= 0:
        return 0.0
    return 1 - clopper_pearson_upper(n - events, n, alpha)


def binomial_p(events: float, n: float, rate: float) -> float:
    """Return P(X <= events) for X ~ Binomial(n, rate): at most alpha exactly where the upper bound is at most rate."""
    if n <= 0 or events >= n:
        return 1.0
    return float(special.betainc(n - max(events, 0.0), max(events, 0.0) + 1, 1 - rate))


def minimum_units(margin: float, alpha: float) -> int:
    """Return how many units, all without a loss, put the Clopper-Pearson bound at the margin.

    ``ln(alpha) / ln(1 - margin)``: 59 at 5 points, 149 at 2, 299 at 1, 598 at 0.5 (alpha = .05).
    """
    return math.ceil(math.log(alpha) / math.log1p(-margin) - 1e-9)
