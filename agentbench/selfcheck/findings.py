"""A promise and what was found: worst grid cell, interval, and whether it is kept.

A promise is about every grid cell. It is judged by its worst one: broken where the 99 % bound of the error rate lies
beyond the number (the lower bound of what must be small, the upper bound of what must be large). With many cells the
worst of them looks bad by luck, so the 99 % are for all cells of a promise together (Bonferroni). What is shown beside
it is the worst cell's own two-sided 99 % interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from agentbench.stats import clopper_pearson_lower, clopper_pearson_upper

CONFIDENCE = 0.99


@dataclass(frozen=True)
class Row:
    """One grid cell's count for a promise."""

    label: str
    events: int
    n: int

    @property
    def rate(self) -> float:
        """Share of the nights."""
        return self.events / self.n


@dataclass(frozen=True)
class Finding:
    """A promise and what was found."""

    name: str
    text: str
    limit: float
    at_most: bool
    """Else at least."""
    estimate: float
    low: float
    high: float
    worst: str
    cells: int
    pooled: float | None
    broken: bool
    gated: bool = True
    """Whether breaking it fails the check; else it is a figure for the reader."""

    @property
    def state(self) -> str:
        """``kept``, ``broken``, or ``shown`` for a figure without a promise."""
        if not self.gated:
            return "shown"
        return "broken" if self.broken else "kept"


def counted(
    name: str,
    text: str,
    rows: Sequence[Row],
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    gated: bool = True,
) -> list[Finding]:
    """Return a promise about counts, or nothing if nothing was counted."""
    rows = [row for row in rows if row.n]
    if not rows:
        return []
    limit = at_most if at_most is not None else at_least
    assert limit is not None
    worst = max(rows, key=lambda row: row.rate if at_most is not None else -row.rate)
    pooled = Row("all", sum(row.events for row in rows), sum(row.n for row in rows))
    # Half of the error for the cells, shared by them, and half for all together: what is a little wrong everywhere
    # shows in no cell by itself.
    error = (1 - CONFIDENCE) / (1 if len(rows) == 1 else 2)
    tails = [(pooled, error), *((row, error / len(rows)) for row in rows)]
    broken = any(
        clopper_pearson_lower(row.events, row.n, tail) > limit
        if at_most is not None
        else clopper_pearson_upper(row.events, row.n, tail) < limit
        for row, tail in tails
    )
    half = (1 - CONFIDENCE) / 2
    return [
        Finding(
            name=name,
            text=text,
            limit=limit,
            at_most=at_most is not None,
            estimate=worst.rate,
            low=clopper_pearson_lower(worst.events, worst.n, half),
            high=clopper_pearson_upper(worst.events, worst.n, half),
            worst=worst.label,
            cells=len(rows),
            pooled=pooled.rate,
            broken=broken,
            gated=gated,
        )
    ]


def averaged(name: str, text: str, worlds: Sequence[tuple[str, Sequence[float]]], *, at_most: float) -> list[Finding]:
    """Return a promise about means of nights, or nothing; ``worlds`` are labels with one number per night."""
    if not worlds:
        return []
    label, worst = max(worlds, key=lambda world: fmean(world[1]))
    mean = fmean(worst)
    error = stdev(worst) / math.sqrt(len(worst)) if len(worst) > 1 else 1.0
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    beyond = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / len(worlds)) * error
    return [
        Finding(
            name=name,
            text=text,
            limit=at_most,
            at_most=True,
            estimate=mean,
            low=mean - half,
            high=mean + half,
            worst=label,
            cells=len(worlds),
            pooled=fmean(number for _, numbers in worlds for number in numbers),
            broken=mean - beyond > at_most,
        )
    ]


def broken(findings: Iterable[Finding]) -> list[Finding]:
    """Return the promises that are broken."""
    return [one for one in findings if one.gated and one.broken]
