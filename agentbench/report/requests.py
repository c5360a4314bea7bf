"""The verifiers' own metrics of a request set, beside the reference's."""

from __future__ import annotations

from rich.table import Table

from agentbench.records import Rate, Scorecard
from agentbench.report.wording import fraction

HEADINGS = ["verifier metric", "quant", "reference"]
_FIRST = "query_success_rate"
_REFERENCE = "reference."


def request_rows(card: Scorecard) -> list[list[str]]:
    """Return one row per metric that has a denominator, in the scorecard's order; none for a run of tasks.

    Triggers that never came about are left out.
    """
    names = list(card.rates)
    if _FIRST not in names:
        return []
    own = [name for name in names[names.index(_FIRST) :] if not name.startswith(_REFERENCE)]
    rows = []
    for name in own:
        here, there = card.rates[name], card.rates.get(_REFERENCE + name)
        shown = here.denominator or (there and there.denominator)
        never = name.startswith("trigger.") and not here.numerator and not (there and there.numerator)
        if shown and not never:
            rows.append([name, _shown(here), _shown(there)])
    return rows


def request_table(card: Scorecard) -> Table | None:
    """Return the rows as a table for the terminal, or None if there are none."""
    rows = request_rows(card)
    if not rows:
        return None
    table = Table(
        *HEADINGS, caption="as MiniMax-Provider-Verifier and K2-Vendor-Verifier name them", caption_justify="left"
    )
    for row in rows:
        table.add_row(*row)
    return table


def _shown(rate: Rate | None) -> str:
    return fraction(rate) if rate is not None and rate.denominator else "-"
