"""From episodes to the numbers that tests work on: errors and units per cell and arm, for each gated metric.

A cell's errors and units are *means over its trials*, so every cell weighs the same however many trials it got (and
the reference may have four where the quant has one). Rates pool over cells: sum of errors over sum of units.

Missing trials of an arm can be filled in from either end: ``worst`` makes every unit of them an error, ``best`` none.
Their units are the other arm's mean for that cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from agentbench.compare.discordance import WITH_PARTNERS, FloatArray, discordance
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
            rows.append((quant, reference))
    return arrays(usable, rows, metric)


def arrays(
    pairs: Sequence[CellPair], rows: Sequence[tuple[Tally, Tally]], metric: Metric | None = None
) -> PairedErrors:
    """Return one entry per cell from its means in both arms; without a gated metric a cell is its own only partner."""
    discordant, squares = _discordance(rows, metric)
    names = [pair.cell.cluster for pair in pairs]
    number = {name: index for index, name in enumerate(sorted(set(names)))}
    return PairedErrors(
        clusters=np.array([number[name] for name in names], dtype=np.int64),
        quant_errors=np.array([row[0].errors for row in rows], dtype=np.float64),
        quant_units=np.array([row[0].units for row in rows], dtype=np.float64),
        reference_errors=np.array([row[1].errors for row in rows], dtype=np.float64),
        reference_units=np.array([row[1].units for row in rows], dtype=np.float64),
        discordant=discordant,
        discordance=squares,
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


def _discordance(rows: Sequence[tuple[Tally, Tally]], metric: Metric | None) -> tuple[FloatArray, FloatArray]:
    """Return what ``discordance`` says of cells; one without details in either arm counts by its sums of errors."""
    sums = (np.array([[row[arm].errors] for row in rows], dtype=np.float64).reshape(-1, 1) for arm in (0, 1))
    if metric is not Metric.DETAIL_ERRORS:
        return discordance(*sums, partners=metric is None or metric in WITH_PARTNERS)
    known = [sorted({*(quant.marks or {}), *(reference.marks or {})}) for quant, reference in rows]
    marks = np.zeros((2, len(rows), max(map(len, known), default=0)))
    for cell, (row, names) in enumerate(zip(rows, known, strict=True)):
        for arm, one in enumerate(row):
            marks[arm, cell, : len(names)] = [(one.marks or {}).get(name, 0.0) for name in names]
    by_detail, by_sum = discordance(*marks, partners=True), discordance(*sums, partners=False)
    bare = np.array([not names for names in known], dtype=bool)
    return np.where(bare, by_sum[0], by_detail[0]), np.where(bare, by_sum[1], by_detail[1])
