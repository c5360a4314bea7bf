"""The verdicts of the gated metrics: the rule, and the sentence with the numbers.

``non_inferior`` where the loss is shown to be below the margin and nothing stands in the way (no adjustment: all
metrics must pass, an intersection-union test); else ``degraded`` where a loss is shown after Holm's adjustment over
the gated metrics; else ``inconclusive``.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.compare.evidence import MetricEvidence
from agentbench.compare.wording import count, p_text, percent, points
from agentbench.records import Metric, MetricVerdict, Rate, Verdict
from agentbench.stats import (
    LossEstimate,
    PairedErrors,
    cells_for_degraded,
    cells_for_non_inferiority,
    holm,
    minimum_detectable_loss,
    tasks_must_grow,
)


def decide(evidences: Sequence[MetricEvidence], *, alpha: float, obstacles: Sequence[str] = ()) -> list[Verdict]:
    """Return one verdict per metric.

    Args:
        evidences: Of all gated metrics.
        alpha: One-sided level.
        obstacles: What forbids ``non_inferior`` for the whole run.

    """
    adjusted = holm([evidence.p_loss for evidence in evidences])
    return [_verdict(*one, alpha, obstacles) for one in zip(evidences, adjusted, strict=True)]


def overall_verdict(verdicts: Sequence[Verdict], *, crashed: bool = False) -> Verdict:
    """Return the run's verdict; ``crashed``: the engine died again and again on a cell that the reference ran."""
    if crashed or Verdict.DEGRADED in verdicts:
        return Verdict.DEGRADED
    sound = bool(verdicts) and all(verdict is Verdict.NON_INFERIOR for verdict in verdicts)
    return Verdict.NON_INFERIOR if sound else Verdict.INCONCLUSIVE


def _verdict(evidence: MetricEvidence, p_holm: float, alpha: float, obstacles: Sequence[str]) -> Verdict:
    if evidence.estimate is None:
        return Verdict.INCONCLUSIVE
    if evidence.p_ni <= alpha and not evidence.obstacles:
        # a loss within the margin does not matter, and what keeps the run from saying so does not make it matter
        return Verdict.INCONCLUSIVE if obstacles else Verdict.NON_INFERIOR
    return Verdict.DEGRADED if p_holm <= alpha else Verdict.INCONCLUSIVE


def judge(evidences: Sequence[MetricEvidence], *, alpha: float, obstacles: Sequence[str] = ()) -> list[MetricVerdict]:
    """Return what ``decide`` says, with the numbers and a sentence for each metric."""
    adjusted = holm([evidence.p_loss for evidence in evidences])
    verdicts = decide(evidences, alpha=alpha, obstacles=obstacles)
    return [
        _told(evidence, verdict, p_holm, alpha=alpha, gated=len(evidences), obstacles=obstacles)
        for evidence, verdict, p_holm in zip(evidences, verdicts, adjusted, strict=True)
    ]


def _told(
    evidence: MetricEvidence,
    verdict: Verdict,
    p_holm: float,
    *,
    alpha: float,
    gated: int,
    obstacles: Sequence[str],
) -> MetricVerdict:
    estimate, metric, margin = evidence.estimate, evidence.metric, evidence.margin
    quant, reference = rates(evidence.data, metric)
    if estimate is None:
        return MetricVerdict(
            metric=metric,
            verdict=verdict,
            reason=evidence.obstacles[0],
            quant=quant,
            reference=reference,
            margin=margin,
            alpha=alpha,
            clusters=evidence.data.n_clusters,
            cells=evidence.data.n_cells,
        )
    if_none = if_true = None
    reason = _headline(evidence, estimate, verdict, p_holm, alpha)
    if verdict is Verdict.INCONCLUSIVE:
        if not evidence.blind:
            if_none, if_true = _sizes(estimate, margin=margin, alpha=evidence.level, gated=gated)
        standing = dict.fromkeys([*obstacles, *evidence.obstacles, *_hidden(evidence, alpha, gated)])
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


def _hidden(evidence: MetricEvidence, alpha: float, gated: int) -> list[str]:
    """Name the missing trials where only they stand between the numbers and a verdict."""
    found = []
    if evidence.observed_p_ni is not None and evidence.observed_p_ni <= alpha < evidence.p_ni:
        found.append("were every missing trial a loss, the margin would not be shown")
    if evidence.observed_p_loss is not None and evidence.observed_p_loss <= alpha / gated < evidence.p_loss:
        found.append("were every missing trial without error, no loss would be shown")
    return found


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
    if evidence.p_ni > alpha and not evidence.blind and tasks_must_grow(estimate, margin=evidence.margin, alpha=alpha):
        text += "; the tasks differ so much that more trials or variants cannot decide, more tasks can"
    return text
