"""Scorecards as Markdown, for job summaries and pull requests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentbench.records import Scorecard
from agentbench.report.requests import HEADINGS, request_rows
from agentbench.report.wording import (
    CONTRAST_HEADINGS,
    CONTRAST_TITLE,
    METRIC_HEADINGS,
    beside_lines,
    contrast_rows,
    kernel_lines,
    metric_rows,
    percent,
)

_MOST_DETAILS = 50
_MOST_CHARS = 120
_MOST_OF_A_CALL = 400


def markdown_summary(cards: Sequence[Scorecard]) -> str:
    """Return one section per scorecard, worst news first in each."""
    return "\n".join(_section(card) for card in cards)


def _section(card: Scorecard) -> str:
    lines = [f"## {card.family} / {card.quant}: {card.comparison.overall.value}", "", card.comparison.reason, ""]
    lines += [f"- **Warning:** {warning.text}" for warning in card.comparison.warnings]
    lines += ["", *_rows(METRIC_HEADINGS, metric_rows(card)), "", "Loss and bounds in points; positive is worse.", ""]
    if card.by_context:
        names = list(next(iter(card.by_context.values())))
        rows = [[size, *(percent(rates[name].value) for name in names)] for size, rates in card.by_context.items()]
        lines += [*_rows(["context", *names], rows), ""]
    if verifiers := request_rows(card):
        lines += [*_rows(HEADINGS, verifiers), ""]
    lines += [f"- {line}" for line in [*beside_lines(card), *kernel_lines(card)]]
    if card.contrasts:
        lines += ["", f"{CONTRAST_TITLE.capitalize()}:", "", *contrast_table(card)]
    if card.comparison.lost:
        lines += ["", f"<details><summary>{len(card.comparison.lost)} cells lost</summary>", ""]
        lines += [f"- `{cell}`" for cell in card.comparison.lost]
        lines += ["", "</details>"]
    if card.details_wrong:
        wrong = [[_code(w["case"]), w["detail"], w["class"], _code(w["expected"]), _code(w["found"])]
                 for w in card.details_wrong[:_MOST_DETAILS]]  # fmt: skip
        lines += ["", "<details><summary>Wrong details</summary>", ""]
        lines += _rows(["case", "detail", "class", "expected", "found"], wrong)
        if len(card.details_wrong) > _MOST_DETAILS:
            lines += ["", f"... and {len(card.details_wrong) - _MOST_DETAILS} more in the scorecard"]
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def contrast_table(card: Scorecard) -> list[str]:
    """Return the lines of the table of a scorecard's contrasts."""
    rows = [[_code(cell, _MOST_OF_A_CALL) for cell in row] for row in contrast_rows(card)]
    return _rows(CONTRAST_HEADINGS, rows)


def _code(value: str | None, most: int = _MOST_CHARS) -> str:
    """Return a value as a code span that its own backticks cannot end, ``-`` for none."""
    if value is None:
        return "-"
    short = value if len(value) <= most else f"{value[:most]}..."
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", short)), default=0))
    pad = " " if "`" in short or not short.strip() else ""
    return f"{fence}{pad}{short}{pad}{fence}"


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [line(headings), "|" + " --- |" * len(headings), *(line(row) for row in rows)]
