"""How numbers are written for people: the same in the terminal, in Markdown and in failure texts."""

from __future__ import annotations

from typing import Any

from agentbench.records import (
    Contrast,
    EffectiveContext,
    Metric,
    MetricVerdict,
    Rate,
    RatioEstimate,
    ReportedTest,
    Scorecard,
    WritingCall,
    size_name,
)

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


def ratio_with_bounds(found: RatioEstimate | None) -> str | None:
    """Return ``1.02 (0.97 to 1.08)``, without the bounds where they are not known; none for no ratio."""
    if found is None or found.value is None:
        return None
    span = f" ({found.lower:.2f} to {found.upper:.2f})" if found.lower is not None and found.upper else ""
    return f"{found.value:.2f}{span}"


CONTRAST_TITLE = "the same detail in the same cell, as the reference and as the quant wrote it"
CONTRAST_HEADINGS = ["detail", "reference", "quant"]


def contrast_rows(card: Scorecard) -> list[list[str]]:
    """Return one row per contrast: which detail, and the call that wrote it in either arm."""
    return [[_contrasted(one), _call(one.reference), _call(one.quant)] for one in card.contrasts]


def _contrasted(one: Contrast) -> str:
    where = "" if one.depth is None else f" at {percent(one.depth, 0)} of the context"
    distance = "" if one.distance_tokens is None else f", {one.distance_tokens:,} tokens before the quant's call"
    return (
        f"{one.cell_id} {one.detail_id}: {one.detail_class}; told in {one.told_in}{where}{distance}; "
        f"the reference has it right in {one.reference_right} of {one.reference_trials} trials"
    )


def _call(one: WritingCall) -> str:
    return f"{one.tool}{f' {one.file}' if one.file else ''}, step {one.step_id}: {one.line!r}"


def smallest_losses_line(card: Scorecard) -> str | None:
    """Return which losses a run of this size would have found, or none where nothing was compared."""
    known = [
        f"{METRIC_NAMES[metric.metric]} {100 * metric.mde_90:.1f}"
        for metric in card.comparison.metrics
        if metric.mde_90 is not None
    ]
    if not known:
        return None
    return f"a run of this size calls such losses degraded nine times in ten (points): {', '.join(known)}"


def beside_lines(card: Scorecard) -> list[str]:
    """Return what is reported beside the verdicts, one line each: findable losses, flips, lengths, output, habits."""
    comparison = card.comparison
    lines = [line] if (line := smallest_losses_line(card)) else []
    if comparison.lost or comparison.gained:
        chance = ""
        if comparison.expected_flips is not None:
            chance = f"; the reference against itself would flip about {comparison.expected_flips:.1f}"
        lines.append(f"{len(comparison.lost)} cells lost, {len(comparison.gained)} gained{chance}")
    lengths = [f"{name.replace('_', ' ')} {_length(one)}" for name, one in comparison.effective_context.items()]
    known = [one for one in comparison.effective_context.values() if one.tokens is not None]
    if known:
        lines.append(f"effective context length: {', '.join(lengths)}")
    elif comparison.effective_context:
        lines.append(f"effective context length: unknown ({next(iter(comparison.effective_context.values())).reason})")
    if (output := ratio_with_bounds(comparison.output_tokens_ratio)) is not None:
        lines.append(f"output length beside the reference's: {output}")
    return lines + [_habit(one) for one in comparison.reported if min(one.p_more, one.p_fewer) <= _WORTH_SHOWING]


_WORTH_SHOWING = 0.05


def _length(found: EffectiveContext) -> str:
    if found.tokens is None:
        return "unknown"
    at_least = f" (at least {size_name(found.at_least_tokens)})" if found.at_least_tokens else ""
    return f"{size_name(found.tokens)}{at_least}" if found.tokens else "below at the smallest size"


def _habit(found: ReportedTest) -> str:
    p = min(found.p_more, found.p_fewer)
    which = "more" if found.p_more <= found.p_fewer else "fewer"
    return (
        f"{which} {found.name.replace('_', ' ')}: {fraction(found.quant)} beside {fraction(found.reference)}, "
        f"p = {p:.2g}, reported, not gated"
    )
