"""Where a detail was told and where its value was written: depth and *distance at use*, in tokens.

The distance runs from the telling to the request whose reply wrote the value. A detail told in the first request has
its telling's place stored with the context; one told later (a file that is read, a command's output, a follow-up) is
told at the end of the first request that holds its value. The writing is, in this order of preference:

1. ``value_written``: the first reply that writes the value found into the detail's file (or runs a command that names
   both), else the first one that writes the value anywhere;
2. ``file_written``: the last reply that writes the detail's file;
3. ``first_request``: not known, so the distance ends where the first request does.

A reply without token counts is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agentbench.probing import whole_word
from agentbench.records import ContextInfo, Detail, ToldIn
from agentbench.scoring.replies import Reply
from agentbench.scoring.writing import Writings

End = Literal["value_written", "file_written", "first_request"]
_TOLD_LATER = (ToldIn.FILE, ToldIn.TOOL_OUTPUT, ToldIn.FOLLOW_UP)


@dataclass(frozen=True)
class Telling:
    """Where a detail was told, as far as it is known."""

    depth: float | None = None
    distance_tokens: int | None = None
    distance_to: End | None = None


class Tellings:
    """Answers for all details of one episode; what the replies wrote is looked up once."""

    def __init__(self, context: ContextInfo | None, replies: Sequence[Reply]) -> None:
        self._context = context if context is not None and context.prompt_tokens > 0 else None
        self._replies = [reply for reply in replies if reply.prompt_tokens]
        self._writings = Writings(self._replies)

    def of(self, detail: Detail, found: str | None) -> Telling:
        """Return depth and distance of one detail; the latest telling in the first request counts."""
        context = self._context
        offsets = [told.offset_tokens for told in context.told if told.detail_id == detail.id] if context else []
        depth = None
        if context is not None and offsets:
            told_at = min(max(*offsets, 0), context.prompt_tokens) if len(offsets) > 1 else max(offsets[0], 0)
            told_at = min(told_at, context.prompt_tokens)
            depth = round(told_at / context.prompt_tokens, 6)
        else:
            later = self._told_later(detail)
            if later is None:
                return Telling()
            told_at = later
        written_at, end = self._written(detail, found)
        if written_at is None and context is not None and offsets:
            written_at, end = context.prompt_tokens, "first_request"
        if written_at is None or written_at < told_at:
            return Telling(depth)
        return Telling(depth, written_at - told_at, end)

    def _told_later(self, detail: Detail) -> int | None:
        if detail.told_in not in _TOLD_LATER or not detail.value:
            return None
        value = re.compile(whole_word(detail.value))
        for reply in self._replies:
            if any(value.search(text) for text in reply.before):
                return reply.prompt_tokens
        return None

    def _written(self, detail: Detail, found: str | None) -> tuple[int | None, End | None]:
        if found and (written := self._writings.of_value(detail, found)) is not None:
            return written.reply.prompt_tokens, "value_written"
        if (written := self._writings.last_to_file(detail)) is not None:
            return written.reply.prompt_tokens, "file_written"
        return None, None
