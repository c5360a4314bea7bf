"""The first screen after a run: verdict, warnings, differences with bounds, worst cells, files."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from agentbench.records import Scorecard, Verdict
from agentbench.report.requests import request_table
from agentbench.report.wording import (
    CONTRAST_HEADINGS,
    CONTRAST_TITLE,
    METRIC_HEADINGS,
    beside_lines,
    contrast_rows,
    kernel_lines,
    metric_rows,
    percent,
    wrong_detail_line,
)

_COLOURS = {Verdict.NON_INFERIOR: "green", Verdict.DEGRADED: "red", Verdict.INCONCLUSIVE: "yellow"}
_WORST = 8


def print_summary(console: Console, card: Scorecard, files: Sequence[str]) -> None:
    """Print a run's result."""
    for part in summary_parts(card):
        console.print(part)
    for path in files:
        console.print(Text(f"wrote {path}", style="dim"), soft_wrap=True)


def summary_parts(card: Scorecard) -> list[RenderableType]:
    """Return the parts of the first screen, the verdict first."""
    overall = card.comparison.overall
    reference = f"reference {card.reference_id}" if card.reference_id else "no reference"
    subset = " (subset)" if card.subset else ""
    head = Text.assemble(
        (f"{card.family} {card.quant}{subset}: ", "bold"),
        (overall.value, f"bold {_COLOURS[overall]}"),
        f" | {reference}",
    )
    parts: list[RenderableType] = [head, Text(card.comparison.reason)]
    parts += [Text(f"warning: {warning.text}", style="yellow") for warning in card.comparison.warnings]
    if kernels := kernel_lines(card):
        parts.append(Text("; ".join(kernels), style="dim"))
    parts.append(_table(METRIC_HEADINGS, metric_rows(card), "loss and bounds in points; positive is worse"))
    if len(card.by_context) > 1:
        parts.append(_by_context(card))
    if (verifiers := request_table(card)) is not None:
        parts.append(verifiers)
    if card.contrasts:
        parts.append(_table(CONTRAST_HEADINGS, contrast_rows(card), title=CONTRAST_TITLE))
    parts.append(Group(*_worst(card)))
    return parts


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], caption: str | None = None, title: str | None = None
) -> Table:
    table = Table(*headings, title=title, caption=caption, title_justify="left", caption_justify="left")
    for row in rows:
        table.add_row(*map(Text, row))  # what a model wrote is no markup
    return table


def _by_context(card: Scorecard) -> Table:
    names = list(next(iter(card.by_context.values())))
    rows = [[size, *(percent(rates[name].value) for name in names)] for size, rates in card.by_context.items()]
    return _table(["context", *names], rows)


def _worst(card: Scorecard) -> list[Text]:
    lines = []
    comparison = card.comparison
    lines += [Text(line) for line in beside_lines(card)]
    lines += [Text(f"  lost {cell}", style="red") for cell in comparison.lost[:_WORST]]
    for wrong in card.details_wrong[:_WORST]:
        lines.append(Text(f"  {wrong_detail_line(wrong)}"))
    if len(card.details_wrong) > _WORST:
        lines.append(Text(f"  ... and {len(card.details_wrong) - _WORST} more wrong details in the scorecard"))
    outcomes = ", ".join(f"{count} {name}" for name, count in card.outcomes.items() if count)
    lines.append(Text(f"outcomes: {outcomes}"))
    return lines
