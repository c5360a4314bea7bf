"""Single requests (``agentbench verify``): what a line of a request set asks for, and what became of one reply."""

from __future__ import annotations

from typing import Any

from agentbench.records.base import Record
from agentbench.records.vocabulary import Trigger


class RequestLine(Record):
    """One line of a request set, without its messages and tools: those stand in the trajectory."""

    line: int
    """From 1, blank lines counted."""
    digest: str
    """Of the request as it is sent: the line's own fields, and the family's for those that it leaves out."""
    asked_digest: str
    """Of messages, tools and whatever else is no sampling: by it result files of other tools are joined."""
    check_types: list[str] = []
    expected_tool_call: bool | None = None
    parameters: dict[str, Any] = {}
    """What was sent beside messages and tools: sampling, limits, tool choice."""


class RequestScore(Record):
    """One reply to one request, judged."""

    line: int
    expected_tool_call: bool | None = None
    answered: bool
    """Whether a reply came at all."""
    first_attempt: bool = True
    """Whether it came at the first attempt."""
    trigger: Trigger | None = None
    finish_reason: str | None = None
    structured_calls: int = 0
    calls_valid: bool | None = None
    """Whether all structured calls of the reply are valid by their schemas; null for a reply without any."""
    words_merged: bool = False
    """Whether a ``command`` declared as an array of words holds several words in one element."""
    only_reasoning: bool = False
    checks: dict[str, bool] = {}
    """Every check that applies to this reply, and whether it holds."""
