"""Counts requests with taskset's ``words`` tokenizer, each message once.

That tokenizer's rendering joins messages by line breaks, and no token spans one: a request's count is the sum of its
messages' counts, which are kept by digest. A 128k-token history is thus counted once and not in every turn.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from agentbench.taskset.tokens import WordsCounter

_MOST_KEPT = 200_000


class RequestCounter:
    """Thread-safe counts of whole requests."""

    def __init__(self) -> None:
        self._words = WordsCounter()
        self._frame = self._words.count([], [])
        self._kept: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def count(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> int:
        """Return what ``WordsCounter.count`` returns."""
        frame, each = self.parts(messages, tools)
        return frame + sum(each)

    def parts(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> tuple[int, list[int]]:
        """Return the count of everything but the messages, and each message's own."""
        frame = self._frame + (self._count_one(_key(tools), [], tools) if tools else 0)
        return frame, [self._count_one(_key(message), [message], []) for message in messages]

    def count_text(self, text: str) -> int:
        """Return the tokens of a text by itself."""
        return self._words.count_text(text)

    def ids(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> list[int]:
        """Return the token ids of a request."""
        return self._words.ids(messages, tools)

    def text_ids(self, text: str) -> list[int]:
        """Return the token ids of a plain text."""
        empty = self._words.ids([{"role": "user", "content": ""}], [])
        whole = self._words.ids([{"role": "user", "content": text}], [])
        tail = len(self._words.ids([], [])) + 1  # the line break before the assistant's turn
        head = len(empty) - tail
        return whole[head : len(whole) - tail]

    def _count_one(self, key: bytes, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> int:
        known = self._kept.get(key)
        if known is None:
            known = self._words.count(messages, tools) - self._frame
            with self._lock:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = known
        return known


def _key(value: Any) -> bytes:
    return blake2b(json.dumps(value, ensure_ascii=False).encode(errors="replace"), digest_size=16).digest()
