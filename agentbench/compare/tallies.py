"""From episodes to the numbers that tests work on: errors and units per cell and arm, for each gated metric.

A cell's errors and units are *means over its trials*, so every cell weighs the same however many trials it got (and
the reference may have four where the quant has one). Rates pool over cells: sum of errors over sum of units.

Units pair differently: a cell pairs with itself and a detail with the same detail, but calls and copy slots of two
runs have no partners; of those, at least the difference of their error counts is discordant, and that is what counts.

Missing trials of an arm can be filled in from either end: ``worst`` makes every unit of them an error, ``best`` none.
Their units are the other arm's mean for that cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from agentbench.compare.pairing import CellPair
from agentbench.records import CallClass, Metric, Outcome, ScoredEpisode
from agentbench.stats import PairedErrors

Missing = Literal["observed", "worst", "best"]

UNIT_NAMES = {
    Metric.PASS_RATE: "cells",
    Metric.CALL_VALIDITY: "calls",
    Metric.DETAIL_ERRORS: "details",
    Metric.COPY_ERRORS: "copy opportunities",
}
_EPSILON = 1e-9


class Tally(NamedTuple):
    """Errors and units of one metric in one episode, or their means over trials."""

    errors: float
    units: float
    marks: Mapping[str, float] | None = None
    """Per detail: its mean error."""


def tally(episode: ScoredEpisode, metric: Metric, *, marks: bool = False) -> Tally:
    """Return one episode's errors and units; with ``marks`` those of each detail too, which only pairing needs."""
    if metric is Metric.PASS_RATE:
        return Tally(float(episode.outcome is not Outcome.SOLVED), 1.0)
    if metric is Metric.CALL_VALIDITY:
        attempted = episode.attempted_calls
        return Tally(float(attempted - episode.calls.get(CallClass.VALID, 0)), float(attempted))
    if metric is Metric.COPY_ERRORS:
        return Tally(float(episode.copy_errors), float(episode.copy_opportunities))
    found = None
    if marks:
        found = {one.detail_id: float(one.detail_class.is_error) for one in episode.detail_findings}
    return Tally(float(episode.detail_errors), float(episode.details_declared), found)


def mean_tally(tallies: Sequence[Tally]) -> Tally:
    """Return the mean over trials (at least one)."""
    if len(tallies) == 1:
        return tallies[0]
    count, errors, units = len(tallies), 0.0, 0.0
    names: set[str] = set()
    for one in tallies:
        errors += one.errors
        units += one.units
        names.update(one.marks or ())
    marks = {name: sum((one.marks or {}).get(name, 0.0) for one in tallies) / count for name in sorted(names)}
    return Tally(errors / count, units / count, marks or None)


def paired_errors(
    pairs: Sequence[CellPair], metric: Metric, missing: Missing = "observed", missing_reference: Missing = "observed"
) -> PairedErrors:
    """Return a metric's errors and units over the cells that both arms have, with missing trials filled in if asked."""
    usable, rows = [], []
    for pair in pairs:
        ours = _mean(pair.quant, metric)
        theirs = _mean(pair.reference, metric)
        quant = _with_missing(ours, len(pair.quant), theirs, pair.quant_missing, missing)
        reference = _with_missing(theirs, len(pair.reference), ours, pair.reference_missing, missing_reference)
        if quant is not None and reference is not None:
            usable.append(pair)
            rows.append((quant, reference, *_discordance(quant, reference, metric)))
    return arrays(usable, rows)


def arrays(pairs: Sequence[CellPair], rows: Sequence[tuple[Tally, Tally, float, float]]) -> PairedErrors:
    """Return one entry per cell from its means in both arms, its discordant units and their squared differences."""
    names = [pair.cell.cluster for pair in pairs]
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


def _mean(episodes: Sequence[ScoredEpisode], metric: Metric) -> Tally | None:
    return mean_tally([tally(episode, metric, marks=True) for episode in episodes]) if episodes else None


def _with_missing(
    found: Tally | None, trials: int, other: Tally | None, lacking: int, missing: Missing
) -> Tally | None:
    """Return an arm's mean with its lacking trials filled in; None where there is nothing to fill them from."""
    if missing == "observed" or not lacking or other is None:
        return found
    error = 1.0 if missing == "worst" else 0.0
    marks = dict.fromkeys(other.marks, error) if other.marks else None
    filled = Tally(error * other.units, other.units, marks)
    if found is None:
        return filled
    total = trials + lacking
    names = sorted({*(found.marks or {}), *(marks or {})})
    return Tally(
        (trials * found.errors + lacking * filled.errors) / total,
        (trials * found.units + lacking * filled.units) / total,
        {name: (trials * (found.marks or {}).get(name, 0.0) + lacking * (marks or {}).get(name, 0.0)) / total
         for name in names} or None,
    )  # fmt: skip


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
