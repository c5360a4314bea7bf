"""Two runs beside each other, on one screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentbench.records import PairMetric, PairVerdict, RunComparison
from agentbench.report.wording import METRIC_NAMES, fraction, points

_COLOURS = {
    PairVerdict.A_BETTER: "cyan",
    PairVerdict.B_BETTER: "magenta",
    PairVerdict.EQUIVALENT: "green",
    PairVerdict.UNDECIDED: "yellow",
}
_MOST_CELLS = 8
PAIR_HEADINGS = ("metric", "A", "B", "reference", "A against B", "bounds", "margin", "verdict")


def print_pair(console: Console, found: RunComparison) -> None:
    """Print what ``compare A B`` found: verdict, warnings, differences with bounds, cells that only one solves."""
    head = Text.assemble((f"{found.family}: ", "bold"), (found.overall.value, f"bold {_COLOURS[found.overall]}"))
    head.append(f" | reference {found.reference_id}" if found.reference_id else " | no reference")
    console.print(head)
    for name, run in (("A", found.a), ("B", found.b)):
        console.print(Text(f"  {name}: {run.quant} {run.run_id}{' (subset)' if run.subset else ''}"), soft_wrap=True)
    console.print(Text(found.reason))
    for warning in found.warnings:
        console.print(Text(f"warning: {warning.text}", style="yellow"))
    table = Table(
        *PAIR_HEADINGS,
        caption="differences and bounds in points; positive is better for A",
        caption_justify="left",
    )
    for metric in found.metrics:
        table.add_row(*pair_row(metric))
    console.print(table)
    for name, cells in (("A", found.a_only), ("B", found.b_only)):
        if cells:
            more = f" and {len(cells) - _MOST_CELLS} more" if len(cells) > _MOST_CELLS else ""
            console.print(Text(f"only {name} solves {', '.join(cells[:_MOST_CELLS])}{more}"))


def pair_row(metric: PairMetric) -> list[str]:
    """Return a metric of both runs under ``PAIR_HEADINGS``."""
    bounds = "-" if metric.lower is None else f"[{points(metric.lower)}, {points(metric.upper)}]"
    return [
        METRIC_NAMES[metric.metric],
        fraction(metric.a),
        fraction(metric.b),
        fraction(metric.reference),
        points(metric.difference),
        bounds,
        points(metric.margin),
        metric.verdict.value,
    ]
