"""Cells and cases: the units of pairing and of running."""

from __future__ import annotations

from agentbench.records.base import Record
from agentbench.records.vocabulary import ContextPlanKind


def size_name(tokens: int) -> str:
    """Return ``32k`` for 32768 (1k is 1,024 tokens), else the plain number."""
    return f"{tokens // 1024}k" if tokens % 1024 == 0 else str(tokens)


class Cell(Record):
    """(task, variant, context size): the unit of pairing."""

    task_id: str
    cluster: str
    variant: int
    context_tokens: int
    context_plan: ContextPlanKind = ContextPlanKind.HISTORY
    """What fills the context. One (task, variant) has the same at every size, so it is no part of the id."""

    @property
    def id(self) -> str:
        """``config/rate-limits[v3]@32k``."""
        return f"{self.task_id}[v{self.variant}]@{size_name(self.context_tokens)}"


class Case(Record):
    """(cell, trial): one pytest item and one episode."""

    cell: Cell
    trial: int

    @property
    def id(self) -> str:
        """``config/rate-limits[v3]@32k#2``: in headers, files and messages."""
        return f"{self.cell.id}#{self.trial}"

    @property
    def item_id(self) -> str:
        """``v3-32k-t2``: the bracket of the pytest node id."""
        return f"v{self.cell.variant}-{size_name(self.cell.context_tokens)}-t{self.trial}"
