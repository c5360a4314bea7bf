"""Numbers in sentences."""

from __future__ import annotations


def percent(share: float) -> str:
    """Return ``95 %`` or ``3.2 %``."""
    return f"{round(100 * share, 1):g} %"


def points(fraction: float, *, signed: bool = False) -> str:
    """Return ``0.5 points``; with a sign where a direction is meant, ``+1.2 points``."""
    value = round(100 * fraction, 2)
    text = f"{value:+g}" if signed and value else f"{value:g}"
    return f"{text} point{'' if abs(value) == 1 else 's'}"


def count(number: int, noun: str) -> str:
    """Return ``1 cell`` or ``39 cells``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def ended_early(where: str) -> str:
    """Return what a run did whose size was not fixed, and what to do: ``ended at look 2 of 6, so that ...``."""
    return (
        f"ended at {where}, so that its size depended on its results and no test for a fixed size holds: "
        "run both with the same --quant-trials N"
    )


def p_text(p: float) -> str:
    """Return ``p = 0.012`` or ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def listed(names: list[str], most: int = 5) -> str:
    """Return at most so many names, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
