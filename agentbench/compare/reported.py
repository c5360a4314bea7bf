"""What is reported beside the verdicts and gates nothing: habits of both arms, output length, effective length.

No adjustment for their number: they point at where to look, and each shows both directions, since the reference has
its own faults too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from agentbench.compare.pairing import CellPair, mean_solved
from agentbench.compare.tallies import Tally, arrays, mean_tally, tally
from agentbench.records import (
    CallClass,
    EffectiveContext,
    Metric,
    Rate,
    RatioEstimate,
    ReportedTest,
    ScoredEpisode,
    WorstCell,
)
from agentbench.stats import (
    EffectiveLength,
    PairedErrors,
    effective_length,
    effective_length_beside,
    label_swap_ps,
    ratio_bounds,
)

MOST_WORST_CELLS = 20


def _share(has: Callable[[ScoredEpisode], bool]) -> Callable[[ScoredEpisode], Tally]:
    return lambda episode: Tally(float(has(episode)), 1.0)


REPORTED: dict[str, Callable[[ScoredEpisode], Tally]] = {
    "episodes_with_language_confusion": _share(lambda e: e.language_runs > 0),
    "episodes_with_loop": _share(lambda e: e.reply_classes.get(CallClass.LOOP, 0) > 0),
    "episodes_with_repeated_text": _share(lambda e: e.repeated_replies > 0),
    "episodes_with_reasoning_only_reply": _share(lambda e: e.reply_classes.get(CallClass.REASONING_ONLY, 0) > 0),
    "episodes_with_undone_edit": _share(lambda e: e.undone_edits > 0),
    "slips_of_new_atoms": lambda e: Tally(float(e.slips), float(e.new_atoms)),
}
"""Errors and units of one episode."""
AT_EQUAL_WEIGHT = frozenset({"slips_of_new_atoms"})
"""Rates that drift with the size of the context: a cell's rates in both arms count with one weight, so that no arm's
total leans towards the sizes at which it happens to write more."""


def reported_tests(pairs: Sequence[CellPair], *, seed: int) -> list[ReportedTest]:
    """Return the reported rates of both arms over the cells that both have, each with its label swap both ways."""
    paired = [pair for pair in pairs if pair.paired]
    data = [_paired(paired, count, at_equal_weight=name in AT_EQUAL_WEIGHT) for name, count in REPORTED.items()]
    p_values = label_swap_ps([*data, *(one.mirrored() for one in data)], seed=abs(seed))
    found = []
    for index, (name, one) in enumerate(zip(REPORTED, data, strict=True)):
        quant, reference = _rate(one.quant_errors, one.quant_units), _rate(one.reference_errors, one.reference_units)
        found.append(
            ReportedTest(
                name=name,
                quant=quant,
                reference=reference,
                difference=round(one.loss, 12) if one.defined else None,
                p_more=p_values[index],
                p_fewer=p_values[len(data) + index],
            )
        )
    return found


def output_tokens_ratio(pairs: Sequence[CellPair], *, alpha: float, seed: int) -> RatioEstimate:
    """Return how many tokens the quant generates for one of the reference's: ratio of the sums of cell means."""
    paired = [pair for pair in pairs if pair.paired]
    data = _paired(paired, lambda episode: Tally(float(episode.completion_tokens), 1.0))
    quant, reference = data.by_cluster(data.quant_errors), data.by_cluster(data.reference_errors)
    value, lower, upper = ratio_bounds(quant, reference, alpha=alpha, seed=abs(seed))
    return RatioEstimate(value=value, lower=lower, upper=upper)


def effective_contexts(
    pairs: Sequence[CellPair], *, margin: float, alpha: float, seed: int
) -> dict[str, EffectiveContext]:
    """Return the effective context lengths: of each arm by itself, and of the quant beside the reference."""
    seed = abs(seed)
    found = {}
    for arm in ("quant", "reference"):
        scored = [(pair, mean) for pair in pairs if (mean := mean_solved(getattr(pair, arm))) is not None]
        if scored:
            found[arm] = effective_length(*_by_size(scored), alpha=alpha, seed=seed)
    both = [
        (pair, quant - reference)
        for pair in pairs
        if (quant := mean_solved(pair.quant)) is not None and (reference := mean_solved(pair.reference)) is not None
    ]
    if both:
        smallest = min(pair.cell.context_tokens for pair, _ in both)
        base = [mean_solved(pair.reference) or 0.0 for pair, _ in both if pair.cell.context_tokens == smallest]
        mean = sum(base) / len(base)
        found["quant_beside_reference"] = effective_length_beside(
            *_by_size(both), margin=margin, base=mean, alpha=alpha, seed=seed
        )
    return {name: _record(one) for name, one in found.items()}


def worst_cells(pairs: Sequence[CellPair]) -> list[WorstCell]:
    """Return the cells with the largest sum of losses over the gated metrics, as a place to begin reading."""
    rows = []
    for pair in pairs:
        if not pair.paired:
            continue
        losses = {metric: _cell_loss(pair, metric) for metric in Metric}
        total = sum(loss for loss in losses.values() if loss is not None)
        if total > 0:
            rows.append((-round(total, 9), pair.cell.id, WorstCell(cell_id=pair.cell.id, losses=losses)))
    return [row for _, _, row in sorted(rows, key=lambda one: one[:2])[:MOST_WORST_CELLS]]


def _cell_loss(pair: CellPair, metric: Metric) -> float | None:
    means = [mean_tally([tally(one, metric) for one in arm]) for arm in (pair.quant, pair.reference)]
    if not all(one.units for one in means):
        return None
    return round(means[0].errors / means[0].units - means[1].errors / means[1].units, 9)


def _paired(
    paired: Sequence[CellPair], count: Callable[[ScoredEpisode], Tally], *, at_equal_weight: bool = False
) -> PairedErrors:
    rows = []
    for pair in paired:
        quant, reference = (mean_tally([count(one) for one in arm]) for arm in (pair.quant, pair.reference))
        rows.append(_equally_weighted(quant, reference) if at_equal_weight else (quant, reference))
    return arrays(paired, rows)


def _equally_weighted(quant: Tally, reference: Tally) -> tuple[Tally, Tally]:
    """Return both arms' rates in a cell with the harmonic mean of their units as the units of both; 0 without any.

    These are the weights of Mantel and Haenszel's risk difference: with equal units nothing changes.
    """
    if quant.units <= 0 or reference.units <= 0:
        return Tally(0.0, 0.0), Tally(0.0, 0.0)
    weight = 2 / (1 / quant.units + 1 / reference.units)
    ours, theirs = (Tally(arm.errors / arm.units * weight, weight) for arm in (quant, reference))
    return ours, theirs


def _rate(errors: np.ndarray, units: np.ndarray) -> Rate:
    numerator, denominator = float(errors.sum()), float(units.sum())
    value = round(numerator / denominator, 12) if denominator else None
    return Rate(numerator=round(numerator, 9), denominator=round(denominator, 9), value=value)


def _by_size(scored: Sequence[tuple[CellPair, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = {name: index for index, name in enumerate(sorted({pair.cell.cluster for pair, _ in scored}))}
    return (
        np.array([value for _, value in scored], dtype=np.float64),
        np.array([names[pair.cell.cluster] for pair, _ in scored], dtype=np.int64),
        np.array([pair.cell.context_tokens for pair, _ in scored], dtype=np.int64),
    )


def _record(found: EffectiveLength) -> EffectiveContext:
    fields = asdict(found)
    return EffectiveContext(
        tokens=fields.pop("length"),
        at_least_tokens=fields.pop("at_least"),
        scores=list(fields.pop("raw")),
        fitted=list(fields.pop("fitted")),
        sizes=list(fields.pop("sizes")),
        **fields,
    )
