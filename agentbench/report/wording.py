"""How numbers are written for people: the same in the terminal, in Markdown and in failure texts."""

from __future__ import annotations

from typing import Any

from agentbench.records import Metric, MetricVerdict, Rate, Scorecard

METRIC_NAMES = {
    Metric.PASS_RATE: "pass rate",
    Metric.CALL_VALIDITY: "call validity",
    Metric.DETAIL_ERRORS: "detail errors",
    Metric.COPY_ERRORS: "copy errors",
}


def percent(value: float | None, digits: int = 1) -> str:
    """Return ``12.3 %``, or ``-`` for null."""
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def points(value: float | None) -> str:
    """Return a signed difference in percentage points, ``+1.2``, or ``-`` for null."""
    return "-" if value is None else f"{100 * value:+.1f}"


def fraction(rate: Rate | None) -> str:
    """Return ``93.1 % (27/29)``: a rate is never shown without what it is made of."""
    if rate is None or rate.value is None:
        return "-" if rate is None else f"- ({rate.numerator:g}/{rate.denominator:g})"
    return f"{percent(rate.value)} ({rate.numerator:g}/{rate.denominator:g})"


def bounds(metric: MetricVerdict) -> str:
    """Return the one-sided bounds of the loss, in points."""
    if metric.loss_lower is None and metric.loss_upper is None:
        return "-"
    return f"[{points(metric.loss_lower)}, {points(metric.loss_upper)}]"


def metric_rows(card: Scorecard) -> list[list[str]]:
    """Return one row per gated metric: name, quant, reference, loss, bounds, margin, verdict."""
    return [
        [
            METRIC_NAMES[metric.metric],
            fraction(metric.quant),
            fraction(metric.reference),
            points(metric.loss),
            bounds(metric),
            points(metric.margin),
            metric.verdict.value,
        ]
        for metric in card.comparison.metrics
    ]


METRIC_HEADINGS = ["metric", "quant", "reference", "loss", "bounds", "margin", "verdict"]


def kernel_lines(card: Scorecard) -> list[str]:
    """Return what ran and what was declared, one line per layer kind."""
    provenance = card.server.provenance
    if provenance is None:
        return []
    declared = provenance.declared
    asked = declared.format or declared.quant_method or "unquantized"
    lines = [f"declared: {asked} ({declared.kernel_class.value})"]
    lines += [f"{kernel.layer}: {kernel.name} ({kernel.kernel_class.value})" for kernel in provenance.ran]
    return lines


def wrong_detail_line(wrong: dict[str, Any]) -> str:
    """Return one wrong detail: where, which, how, and both values."""
    return (
        f"{wrong['case']} {wrong['detail']}: {wrong['class']}: expected {wrong['expected']!r}, found {wrong['found']!r}"
    )
