"""Scorecards as Markdown, for job summaries and pull requests."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.records import Scorecard
from agentbench.report.wording import METRIC_HEADINGS, kernel_lines, metric_rows, percent


def markdown_summary(cards: Sequence[Scorecard]) -> str:
    """Return one section per scorecard, worst news first in each."""
    return "\n".join(_section(card) for card in cards)


def _section(card: Scorecard) -> str:
    lines = [f"## {card.family} / {card.quant}: {card.comparison.overall.value}", "", card.comparison.reason, ""]
    lines += [f"> **Warning:** {warning.text}" for warning in card.comparison.warnings]
    lines += ["", *_rows(METRIC_HEADINGS, metric_rows(card)), "", "Loss and bounds in points; positive is worse.", ""]
    if card.by_context:
        names = list(next(iter(card.by_context.values())))
        rows = [[size, *(percent(rates[name].value) for name in names)] for size, rates in card.by_context.items()]
        lines += [*_rows(["context", *names], rows), ""]
    lines += [f"- {line}" for line in kernel_lines(card)]
    if card.comparison.lost:
        lines += ["", f"<details><summary>{len(card.comparison.lost)} cells lost</summary>", ""]
        lines += [f"- `{cell}`" for cell in card.comparison.lost]
        lines += ["", "</details>"]
    if card.details_wrong:
        wrong = [[f"`{w['case']}`", w["detail"], w["class"], f"`{w['expected']}`", f"`{w['found']}`"]
                 for w in card.details_wrong[:50]]  # fmt: skip
        lines += ["", "<details><summary>Wrong details</summary>", ""]
        lines += [*_rows(["case", "detail", "class", "expected", "found"], wrong), "", "</details>"]
    return "\n".join(lines) + "\n"


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [line(headings), "|" + " --- |" * len(headings), *(line(row) for row in rows)]
