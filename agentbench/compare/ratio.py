"""The one way a rate is made of its parts."""

from __future__ import annotations

from agentbench.records import Rate


def ratio(numerator: float, denominator: float, version: int = 1) -> Rate:
    """Return a rate; 0/0 is null. ``version`` is that of its definition."""
    value = round(numerator / denominator, 12) if denominator else None
    return Rate(numerator=numerator, denominator=denominator, value=value, definition_version=version)
