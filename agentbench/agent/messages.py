"""A conversation that is encoded once: every message becomes a JSON fragment when it is added.

A 128k-token context is half a megabyte; encoding it anew for every turn would cost more than the turn's tools.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def encode(value: Any) -> bytes:
    """Return compact JSON in UTF-8; half a surrogate pair becomes U+FFFD."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


class Conversation:
    """Messages in order; ``body`` joins their fragments into a request."""

    def __init__(self, messages: Iterable[Mapping[str, Any]] = ()) -> None:
        self._parts = [encode(message) for message in messages]

    def append(self, message: Mapping[str, Any]) -> int:
        """Add a message and return its size in characters of JSON."""
        part = encode(message)
        self._parts.append(part)
        return len(part)

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def fragment(self) -> bytes:
        """All messages as one JSON array."""
        return b"[" + b",".join(self._parts) + b"]"


def array(values: Conversation | Sequence[Mapping[str, Any]]) -> bytes:
    """Return messages or tools as a JSON array."""
    return values.fragment if isinstance(values, Conversation) else encode(list(values))


def request_body(fields: Mapping[str, Any], **arrays: bytes) -> bytes:
    """Return a JSON object of plain fields and of ready arrays."""
    parts = [encode(name) + b":" + value for name, value in arrays.items()]
    rest = encode(fields)[1:-1]
    return b"{" + b",".join([*parts, rest] if rest else parts) + b"}"
