"""What a benchmark found: rows of a table, each held against its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure of ours beside another of the same run."""

    what: str
    unit: str
    ours: float
    other: float | None
    """What it is compared with: a floor, or a peer."""
    ratio: float | None
    """As the target counts it; the title of the benchmark says which way."""
    target: str
    met: bool | None
    """None for figures without a target."""


@dataclass(frozen=True)
class Finding:
    """The table of one benchmark."""

    name: str
    title: str
    other: str
    """Who or what the other column is."""
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def show(console: Console, finding: Finding) -> None:
    """Print one table."""
    table = Table(title=f"{finding.name}: {finding.title}", title_justify="left")
    for column in ("", "agentbench", finding.other, "ratio", "target", "met"):
        table.add_column(column, justify="left" if column in ("", "target", "met") else "right")
    for row in finding.rows:
        met = "" if row.met is None else "[green]yes[/]" if row.met else "[red]no[/]"
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
        table.add_row(row.what, _number(row.ours, row.unit), _number(row.other, row.unit), ratio, row.target, met)
    console.print(table)
    for note in finding.notes:
        console.print(f"  {note}", highlight=False)


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.4g} {unit}"
