"""Contrasts: one detail of one cell, wrong in a run and right in its reference, with the calls that wrote it."""

from __future__ import annotations

from agentbench.records.base import Record
from agentbench.records.vocabulary import DetailClass


class WritingCall(Record):
    """The call that wrote a detail's value."""

    case_id: str
    step_id: int
    """Of the trajectory."""
    call_index: int
    """Among the calls of that reply."""
    tool: str
    file: str | None = None
    """The workspace path that the call is about; none for commands."""
    line: str
    """The line of the argument that holds the value, at most 200 characters around it."""
    value: str


class Contrast(Record):
    """One detail of one cell in both arms: the quant wrote it wrongly, the reference rightly."""

    cell_id: str
    detail_id: str
    detail_class: DetailClass
    told_in: str
    depth: float | None = None
    """Share of the first request before the telling."""
    distance_tokens: int | None = None
    """Tokens between the telling and the quant's writing."""
    reference_right: int
    """Trials of the reference in this cell in which it is right."""
    reference_trials: int
    """Those that were graded."""
    quant: WritingCall
    reference: WritingCall
