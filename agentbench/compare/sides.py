"""What the numbers say of two runs: each metric's evidence in both directions, before metrics are judged together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentbench.compare.evidence import MetricEvidence, weigh_data, without_tests
from agentbench.compare.pairing import Pairing
from agentbench.compare.tallies import paired_errors
from agentbench.records import Margins, Metric
from agentbench.stats import PairedErrors, label_swap_ps


@dataclass(frozen=True)
class Sides:
    """One metric's evidence with A in the quant's place and with B there."""

    a: MetricEvidence
    b: MetricEvidence
    p_difference: float
    """Two-sided."""

    def without_tests(self, reason: str) -> Sides:
        """Return the estimates alone, where a run's size was not fixed."""
        return Sides(without_tests(self.a, reason), without_tests(self.b, reason), 1.0)


def both_sides(pairing: Pairing, margins: Margins, *, alpha: float, seed: int, gated: Sequence[Metric]) -> list[Sides]:
    """Return both directions of every metric, each facing the filling that speaks most against it."""
    observed = [paired_errors(pairing.cells, metric) for metric in gated]
    # What speaks most against "A is worse": A's missing trials were good and B's bad; and the other way.
    for_a = [paired_errors(pairing.cells, metric, "best", "worst") for metric in gated]
    for_b = [paired_errors(pairing.cells, metric, "worst", "best") for metric in gated]

    def swapped(data: list[PairedErrors]) -> list[float]:
        return label_swap_ps(data, seed=abs(seed))

    a_worse = [max(pair) for pair in zip(swapped(observed), swapped(for_a), strict=True)]
    mirrored = ([one.mirrored() for one in data] for data in (observed, for_b))
    b_worse = [max(pair) for pair in zip(*map(swapped, mirrored), strict=True)]
    found = []
    for index, metric in enumerate(gated):
        margin = getattr(margins, metric.value)
        a = _facing(observed[index], for_b[index], metric, margin=margin, alpha=alpha, p_loss=a_worse[index])
        turned, filled = observed[index].mirrored(), for_a[index].mirrored()
        b = _facing(turned, filled, metric, margin=margin, alpha=alpha, p_loss=b_worse[index])
        p_difference = min(1.0, 2 * min(a_worse[index], b_worse[index])) if a.estimate else 1.0
        found.append(Sides(a, b, p_difference))
    return found


def _facing(
    data: PairedErrors, worst: PairedErrors, metric: Metric, *, margin: float, alpha: float, p_loss: float
) -> MetricEvidence:
    seen = weigh_data(data, metric, margin=margin, alpha=alpha, p_loss=p_loss)
    filled = weigh_data(worst, metric, margin=margin, alpha=alpha, p_loss=p_loss)
    if seen.upper is None or filled.upper is None:
        return seen
    return replace(seen, p_ni=max(seen.p_ni, filled.p_ni), upper=max(seen.upper, filled.upper))
