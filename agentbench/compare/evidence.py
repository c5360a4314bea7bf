"""What the numbers say about each gated metric, before the metrics are judged together.

Everything here follows from arrays: ``weigh_data`` takes a metric's errors and units, so that simulated comparisons
go the very way of real ones. ``weigh`` makes the arrays from episodes, and where trials of the quant are missing lets
both tests face the filling that speaks most against them: ``p_ni`` the one where each missing trial is a loss,
``p_loss`` the one where each is without error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agentbench.compare.pairing import CellPair
from agentbench.compare.tallies import UNIT_NAMES, paired_errors
from agentbench.compare.wording import count, percent, points
from agentbench.records import Margins, Metric
from agentbench.stats import (
    LossEstimate,
    PairedErrors,
    bootstrap_upper,
    estimate_loss,
    label_swap_ps,
    minimum_clusters,
    minimum_units,
)

LEAST_EVEN = 2 / 3
"""Where nothing differs, clusters of unequal size must tell as much as this share of the least number of equal ones."""


@dataclass(frozen=True)
class MetricEvidence:
    """Everything about one metric before the metrics are judged together."""

    metric: Metric
    margin: float
    data: PairedErrors
    estimate: LossEstimate | None
    p_loss: float
    p_ni: float
    upper: float | None = None
    lower: float | None = None
    upper_bootstrap: float | None = None
    obstacles: list[str] = field(default_factory=list)
    """Why it cannot be called non-inferior whatever its numbers say."""
    blind: bool = False
    """No number of cells would decide: the reference has too little to lose, or a size was not fixed."""
    level: float = 1.0
    """Of the tests and bounds: alpha, or what a look may spend of it."""
    observed_p_loss: float | None = None
    """Before missing trials were filled in; None where none is missing."""
    observed_p_ni: float | None = None


def weigh_data(
    data: PairedErrors, metric: Metric, *, margin: float, alpha: float, p_loss: float, bounds: bool = True
) -> MetricEvidence:
    """Return a metric's evidence from its arrays.

    Args:
        data: Errors and units of both arms.
        metric: Which one it is.
        margin: Largest loss that does not matter.
        alpha: One-sided level.
        p_loss: From a label swap, which all metrics (and all nights of a simulation) share.
        bounds: Whether to compute the confidence bounds, which no verdict needs.

    """
    estimate = estimate_loss(data)
    if estimate is None:
        return MetricEvidence(metric, margin, data, None, 1.0, 1.0, obstacles=[_nothing(metric, data)], level=alpha)
    blind = _blind(data, metric, margin)
    few = few_clusters(estimate.clusters, alpha) or _too_few_once_different(estimate, alpha)
    return MetricEvidence(
        metric,
        margin,
        data,
        estimate,
        p_loss=p_loss,
        p_ni=estimate.p_non_inferior(margin),
        upper=estimate.upper(alpha) if bounds else None,
        lower=estimate.lower(alpha) if bounds else None,
        obstacles=[*few, *_too_small(estimate, metric, margin, alpha), *blind],
        blind=bool(blind),
        level=alpha,
    )


def without_tests(evidence: MetricEvidence, reason: str) -> MetricEvidence:
    """Return evidence with its estimates alone: p-values of 1 and the widest bounds, which hold whatever is true."""
    return replace(
        evidence,
        p_loss=1.0,
        p_ni=1.0,
        upper=1.0,
        lower=-1.0,
        upper_bootstrap=None,
        obstacles=[*evidence.obstacles, reason],
        blind=True,
        observed_p_loss=None,
        observed_p_ni=None,
    )


def weigh(
    pairs: Sequence[CellPair], margins: Margins, *, alpha: float, seed: int, metrics: Sequence[Metric] = tuple(Metric)
) -> list[MetricEvidence]:
    """Return the evidence of the gated metrics, with the worst that missing trials of the quant could hide."""
    observed = [paired_errors(pairs, metric) for metric in metrics]
    missing = any(pair.quant_missing for pair in pairs)
    best = [paired_errors(pairs, metric, "best") for metric in metrics] if missing else []
    p_losses = label_swap_ps(observed, seed=abs(seed)) + label_swap_ps(best, seed=abs(seed))
    found = []
    for index, (metric, data) in enumerate(zip(metrics, observed, strict=True)):
        margin = getattr(margins, metric.value)
        evidence = weigh_data(data, metric, margin=margin, alpha=alpha, p_loss=p_losses[index])
        if evidence.estimate is not None:
            upper = bootstrap_upper(data, alpha, seed=(abs(seed), index))
            evidence = replace(evidence, upper_bootstrap=upper)
            if missing:
                worst = weigh_data(paired_errors(pairs, metric, "worst"), metric, margin=margin, alpha=alpha, p_loss=1)
                p_best = p_losses[len(observed) + index]
                evidence = facing(evidence, worst, estimate_loss(best[index]), p_best, alpha)
        found.append(evidence)
    return found


def few_clusters(clusters: int, alpha: float) -> list[str]:
    """Return why there are too few clusters to show non-inferiority whatever they show, if there are."""
    needed = minimum_clusters(alpha, differs=False)
    return [] if clusters >= needed else [f"{count(clusters, 'cluster')}, and at least {needed} are needed"]


def _too_few_once_different(estimate: LossEstimate, alpha: float) -> list[str]:
    """Return why they are too few for what they show: unequal ones count as fewer."""
    needed = minimum_clusters(alpha, differs=estimate.differs)
    least = needed if estimate.differs else LEAST_EVEN * needed
    if estimate.effective_clusters >= least - 1e-9 and estimate.can_bound(alpha):
        return []
    told = count(estimate.clusters, "cluster")
    if estimate.clusters - estimate.effective_clusters > 0.05:
        told += f" of unequal size that tell as much as {estimate.effective_clusters:.1f} equal ones"
    return [f"{told}, and at least {needed} are needed{' once anything differs' if estimate.differs else ''}"]


def facing(
    evidence: MetricEvidence, worst: MetricEvidence, best: LossEstimate | None, p_best: float, alpha: float
) -> MetricEvidence:
    """Return evidence in which each test and bound is the less favourable of the observed and the filled data's."""
    lowers = [one for one in (evidence.lower, best.lower(alpha) if best else -1.0) if one is not None]
    uppers = [one for one in (evidence.upper, worst.upper) if one is not None]
    return replace(
        evidence,
        p_loss=max(evidence.p_loss, p_best),
        p_ni=max(evidence.p_ni, worst.p_ni),
        upper=max(uppers),
        lower=min(lowers),
        observed_p_loss=evidence.p_loss,
        observed_p_ni=evidence.p_ni,
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
