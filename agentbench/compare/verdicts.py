"""One gated metric's verdict: the numbers, the rule, and the sentence.

``non_inferior`` where the loss is shown to be below the margin and nothing stands in the way; else ``degraded`` where a
loss is shown after Holm's adjustment over the gated metrics; else ``inconclusive``. With missing trials both have to
survive the filling that speaks most against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agentbench.compare.pairing import CellPair
from agentbench.compare.tallies import UNIT_NAMES, paired_errors
from agentbench.compare.wording import count, p_text, percent, points
from agentbench.records import Metric, MetricVerdict, Rate, Verdict
from agentbench.stats import (
    LossEstimate,
    PairedErrors,
    bootstrap_upper,
    cells_for_degraded,
    cells_for_non_inferiority,
    estimate_loss,
    label_swap_p,
    minimum_detectable_loss,
    minimum_units,
    tasks_must_grow,
)


@dataclass(frozen=True)
class MetricEvidence:
    """Everything about one metric before the metrics are judged together."""

    metric: Metric
    margin: float
    data: PairedErrors
    estimate: LossEstimate | None
    p_loss: float
    p_ni: float
    upper: float | None
    lower: float | None
    upper_bootstrap: float | None
    obstacles: list[str] = field(default_factory=list)
    """Why it cannot be called non-inferior whatever its numbers say."""
    blind: bool = False
    """The reference has too little to lose: no number of cells would decide."""


def weigh(
    pairs: Sequence[CellPair], metric: Metric, *, margin: float, alpha: float, seed: tuple[int, ...]
) -> MetricEvidence:
    """Return a metric's tests and bounds, with the worst that missing trials of the quant could hide."""
    data = paired_errors(pairs, metric)
    estimate = estimate_loss(data)
    if estimate is None:
        return MetricEvidence(metric, margin, data, None, 1.0, 1.0, None, None, None, [_nothing(metric, data)])
    p_loss = label_swap_p(data, seed=seed)
    p_ni, upper, lower = estimate.p_non_inferior(margin), estimate.upper(alpha), estimate.lower(alpha)
    if any(pair.quant_missing for pair in pairs):
        worst = estimate_loss(paired_errors(pairs, metric, "worst"))
        filled = paired_errors(pairs, metric, "best")
        best = estimate_loss(filled)
        if worst is not None and best is not None:
            p_ni, upper = max(p_ni, worst.p_non_inferior(margin)), max(upper, worst.upper(alpha))
            p_loss, lower = max(p_loss, label_swap_p(filled, seed=seed)), min(lower, best.lower(alpha))
    blind = _blind(data, metric, margin)
    return MetricEvidence(
        metric,
        margin,
        data,
        estimate,
        p_loss,
        p_ni,
        upper,
        lower,
        bootstrap_upper(data, alpha, seed=seed),
        obstacles=[*_too_small(estimate, metric, margin, alpha), *blind],
        blind=bool(blind),
    )


def judge(
    evidence: MetricEvidence, *, p_holm: float, alpha: float, gated: int, obstacles: Sequence[str]
) -> MetricVerdict:
    """Return the verdict of one metric.

    Args:
        evidence: From ``weigh``.
        p_holm: Its adjusted ``p_loss``.
        alpha: One-sided level.
        gated: Number of gated metrics, for sizes that allow for Holm.
        obstacles: What forbids ``non_inferior`` for the whole run.

    """
    estimate, metric, margin = evidence.estimate, evidence.metric, evidence.margin
    quant, reference = rates(evidence.data, metric)
    if estimate is None:
        return MetricVerdict(
            metric=metric,
            verdict=Verdict.INCONCLUSIVE,
            reason=evidence.obstacles[0],
            quant=quant,
            reference=reference,
            margin=margin,
            alpha=alpha,
            clusters=evidence.data.n_clusters,
            cells=evidence.data.n_cells,
        )
    standing = [*obstacles, *evidence.obstacles]
    verdict = Verdict.INCONCLUSIVE
    if evidence.p_ni <= alpha and not standing:
        verdict = Verdict.NON_INFERIOR
    elif p_holm <= alpha:
        verdict = Verdict.DEGRADED
    if_none = if_true = None
    reason = _headline(evidence, estimate, verdict, p_holm, alpha)
    if verdict is Verdict.INCONCLUSIVE:
        if not evidence.blind:
            if_none, if_true = _sizes(estimate, margin=margin, alpha=alpha, gated=gated)
        reason = "; ".join([reason, *standing]) + _what_would_decide(evidence, estimate, alpha, if_none, if_true)
    return MetricVerdict(
        metric=metric,
        verdict=verdict,
        reason=reason,
        quant=quant,
        reference=reference,
        loss=estimate.loss,
        loss_upper=evidence.upper,
        loss_lower=evidence.lower,
        loss_upper_bootstrap=evidence.upper_bootstrap,
        margin=margin,
        alpha=alpha,
        p_loss=evidence.p_loss,
        p_loss_holm=p_holm,
        p_ni=evidence.p_ni,
        mde_90=minimum_detectable_loss(estimate, alpha / gated),
        clusters=estimate.clusters,
        cells=estimate.cells,
        units=int(evidence.data.quant_units.sum() + 1e-9),
        cells_needed_if_no_loss=if_none,
        cells_needed_if_estimate_true=if_true,
    )


def rates(data: PairedErrors, metric: Metric) -> tuple[Rate, Rate]:
    """Return both arms' rates over the compared cells, as people read them: passes, valid calls, errors."""
    return (
        rate_of(float(data.quant_errors.sum()), float(data.quant_units.sum()), metric),
        rate_of(float(data.reference_errors.sum()), float(data.reference_units.sum()), metric),
    )


def rate_of(errors: float, units: float, metric: Metric) -> Rate:
    """Return a rate from its errors and units; 0/0 is null."""
    numerator = units - errors if metric.higher_is_better else errors
    return Rate(
        numerator=round(numerator, 9),
        denominator=round(units, 9),
        value=round(numerator / units, 12) if units else None,
    )


def _nothing(metric: Metric, data: PairedErrors) -> str:
    if data.n_cells == 0:
        return "no cell has a graded episode in both the quant and the reference"
    noun = UNIT_NAMES[metric]
    silent = [
        name
        for name, units in (("the quant", data.quant_units.sum()), ("the reference", data.reference_units.sum()))
        if units <= 0
    ]
    return f"{' and '.join(silent)} had no {noun} at all, so there is no rate to compare"


def _too_small(estimate: LossEstimate, metric: Metric, margin: float, alpha: float) -> list[str]:
    needed = minimum_units(margin, alpha)
    if estimate.units >= needed:
        return []
    have = f"{int(estimate.units)} {UNIT_NAMES[metric]}"
    return [f"{have}, and {needed} without a loss are the least that show {points(margin)}"]


def _blind(data: PairedErrors, metric: Metric, margin: float) -> list[str]:
    """A reference that has no more than the margin to lose cannot be lost against: that shows nothing."""
    sound = 1 - float(data.reference_errors.sum() / data.reference_units.sum())
    if sound > margin:
        return []
    if metric is Metric.PASS_RATE:
        what = "solves none of the cells" if sound <= 0 else f"solves only {percent(sound)} of the cells"
    else:
        what = f"itself has only {percent(max(sound, 0.0))} of its {UNIT_NAMES[metric]} right"
    return [f"the reference {what}, so a loss of {points(margin)} cannot show"]


def _sizes(estimate: LossEstimate, *, margin: float, alpha: float, gated: int) -> tuple[int | None, int | None]:
    if_none = cells_for_non_inferiority(estimate, true_loss=0.0, margin=margin, alpha=alpha)
    shown = cells_for_non_inferiority(estimate, true_loss=max(estimate.loss, 0.0), margin=margin, alpha=alpha)
    worse = cells_for_degraded(estimate, true_loss=estimate.loss, alpha=alpha / gated)
    found = [size for size in (shown, worse) if size is not None]
    if_true = min(found) if found else None
    return (
        max(if_none, estimate.cells) if if_none is not None else None,
        max(if_true, estimate.cells) if if_true is not None else None,
    )


def _headline(evidence: MetricEvidence, estimate: LossEstimate, verdict: Verdict, p_holm: float, alpha: float) -> str:
    margin = points(evidence.margin)
    base = f"loss {points(estimate.loss, signed=True)} over {count(estimate.cells, 'cell')} in "
    base += count(estimate.clusters, "cluster")
    upper = points(evidence.upper if evidence.upper is not None else 1.0, signed=True)
    if verdict is Verdict.NON_INFERIOR:
        return f"{base}; at most {upper} at {percent(1 - alpha)}, within the margin of {margin}"
    if verdict is Verdict.DEGRADED:
        return f"{base}; a loss is shown ({p_text(p_holm)} after Holm, level {alpha:g}); margin {margin}"
    return f"{base}, at most {upper} at {percent(1 - alpha)} for a margin of {margin}"


def _what_would_decide(
    evidence: MetricEvidence, estimate: LossEstimate, alpha: float, if_none: int | None, if_true: int | None
) -> str:
    text = ""
    if if_none is not None and if_none > estimate.cells:
        text += f"; {count(if_none, 'cell')} would decide if there is no loss"
        if if_true is not None and if_true != if_none:
            text += f", {if_true} if this estimate is true"
    elif if_true is not None and if_true > estimate.cells:
        text += f"; {count(if_true, 'cell')} would decide if this estimate is true"
    if evidence.p_ni > alpha and tasks_must_grow(estimate, margin=evidence.margin, alpha=alpha):
        text += "; the tasks differ so much that more trials or variants cannot decide, more tasks can"
    return text
