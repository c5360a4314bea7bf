"""From episodes to the numbers that tests work on: errors and units per cell and arm, for each gated metric.

A cell's errors and units are *means over its trials*, so every cell weighs the same however many trials it got (and
the reference may have four where the quant has one). Rates pool over cells: sum of errors over sum of units.

Units pair differently: a cell pairs with itself and a detail with the same detail, but calls and copy slots of two
runs have no partners; of those, at least the difference of their error counts is discordant, and that is what counts.

Missing trials of the quant can be filled in from either end: ``worst`` makes every unit of them an error, ``best``
none. Their units are the reference's mean for that cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from agentbench.compare.pairing import CellPair
from agentbench.records import Metric, Outcome, ScoredEpisode
from agentbench.stats import PairedErrors

Missing = Literal["observed", "worst", "best"]

UNIT_NAMES = {
    Metric.PASS_RATE: "cells",
    Metric.CALL_VALIDITY: "calls",
    Metric.DETAIL_ERRORS: "details",
    Metric.COPY_ERRORS: "copy opportunities",
}
_EPSILON = 1e-9


@dataclass(frozen=True)
class Tally:
    """Errors and units of one metric in one episode, or their means over trials."""

    errors: float
    units: float
    marks: Mapping[str, float] | None = None
    """Per detail: its mean error."""


def tally(episode: ScoredEpisode, metric: Metric) -> Tally:
    """Return one episode's errors and units."""
    if metric is Metric.PASS_RATE:
        return Tally(float(episode.outcome is not Outcome.SOLVED), 1.0)
    if metric is Metric.CALL_VALIDITY:
        attempted = episode.attempted_calls
        valid = sum(count for kind, count in episode.calls.items() if kind == "valid")
        return Tally(float(attempted - valid), float(attempted))
    if metric is Metric.COPY_ERRORS:
        return Tally(float(episode.copy_errors), float(episode.copy_opportunities))
    marks = {finding.detail_id: float(finding.detail_class.is_error) for finding in episode.detail_findings}
    return Tally(float(episode.detail_errors), float(episode.details_declared), marks)


def mean_tally(tallies: Sequence[Tally]) -> Tally:
    """Return the mean over trials (at least one)."""
    count = len(tallies)
    names = sorted({name for one in tallies for name in one.marks or ()})
    return Tally(
        sum(one.errors for one in tallies) / count,
        sum(one.units for one in tallies) / count,
        {name: sum((one.marks or {}).get(name, 0.0) for one in tallies) / count for name in names} or None,
    )


def paired_errors(pairs: Sequence[CellPair], metric: Metric, missing: Missing = "observed") -> PairedErrors:
    """Return a metric's errors and units over the cells that both arms have (with missing ones filled in, if asked)."""
    usable = [
        pair for pair in pairs if pair.reference and (pair.quant or (missing != "observed" and pair.quant_missing))
    ]
    rows = []
    for pair in usable:
        reference = mean_tally([tally(episode, metric) for episode in pair.reference])
        found = [tally(episode, metric) for episode in pair.quant]
        if missing != "observed":
            found += [_filled(reference, missing)] * pair.quant_missing
        quant = mean_tally(found)
        rows.append((quant, reference, *_discordance(quant, reference, metric)))
    names = [pair.cell.cluster for pair in usable]
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    return PairedErrors(
        clusters=np.array([number[name] for name in names], dtype=np.int64),
        quant_errors=np.array([row[0].errors for row in rows], dtype=np.float64),
        quant_units=np.array([row[0].units for row in rows], dtype=np.float64),
        reference_errors=np.array([row[1].errors for row in rows], dtype=np.float64),
        reference_units=np.array([row[1].units for row in rows], dtype=np.float64),
        discordant=np.array([row[2] for row in rows], dtype=np.float64),
        discordance=np.array([row[3] for row in rows], dtype=np.float64),
    )


def _filled(reference: Tally, missing: Missing) -> Tally:
    worst = 1.0 if missing == "worst" else 0.0
    marks = dict.fromkeys(reference.marks, worst) if reference.marks else None
    return Tally(worst * reference.units, reference.units, marks)


def _discordance(quant: Tally, reference: Tally, metric: Metric) -> tuple[float, float]:
    """Return how many of a cell's units differ at all, and the sum of their squared differences."""
    if metric is Metric.DETAIL_ERRORS:
        ours, theirs = quant.marks or {}, reference.marks or {}
        apart = [ours.get(name, 0.0) - theirs.get(name, 0.0) for name in sorted({*ours, *theirs})]
        if apart:
            return float(sum(abs(one) > _EPSILON for one in apart)), sum(one * one for one in apart)
    difference = abs(quant.errors - reference.errors)
    if metric is Metric.PASS_RATE:
        return float(difference > _EPSILON), difference**2
    return float(math.ceil(difference - _EPSILON)), difference
