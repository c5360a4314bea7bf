"""What the model wrote, piece by piece: content, reasoning, and the texts in its calls' arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentbench.scoring.replies import MAX_DEPTH, Reply

PATH_KEYS = ("path", "file", "file_path", "filename", "filepath")
"""Arguments that name the file a call is about."""

_NOT_WRITTEN = ("old", "old_str", "old_string", "old_text", "pattern", "selector", "query", "globs", *PATH_KEYS)
"""Arguments that point at something rather than put it somewhere."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text or number in a call's arguments."""

    call_index: int
    json_path: str
    """``$.edits[0].new``."""
    key: str
    """The name of the property that holds it (for list items, of the list)."""
    value: str | int | float


def written_texts(reply: Reply) -> Iterator[tuple[str, str]]:
    """Yield what the model wrote, by channel: content, reasoning, and each call's arguments with their escapes read."""
    if reply.content:
        yield "content", reply.content
    if reply.reasoning:
        yield "reasoning", reply.reasoning
    for call in reply.calls:
        if call.arguments:
            yield "arguments", _decoded(call.arguments)


def leaves(reply: Reply) -> Iterator[Leaf]:
    """Yield the texts and numbers in a reply's arguments, as far as those are JSON."""
    for index, value in enumerate(reply.parsed):
        yield from _walk(index, "$", "", value, 0)


def file_of(arguments: Any) -> str | None:
    """Return the file that a call is about."""
    if not isinstance(arguments, dict):
        return None
    path = next((arguments[key] for key in PATH_KEYS if isinstance(arguments.get(key), str)), None)
    return None if path is None else plain_path(path)


def puts_somewhere(leaf: Leaf) -> bool:
    """Return whether an argument is text that a call writes or runs."""
    return leaf.key not in _NOT_WRITTEN


def plain_path(path: str) -> str:
    """Return a workspace path in its shortest spelling, without touching what leaves the workspace."""
    return path.removeprefix("/workspace/").removeprefix("./")


def _walk(index: int, path: str, key: str, value: Any, depth: int) -> Iterator[Leaf]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(index, f"{path}.{name}", name, inner, depth + 1)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _walk(index, f"{path}[{at}]", key, inner, depth + 1)
    elif isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield Leaf(index, path, key, value)


def _decoded(arguments: str) -> str:
    if "\\u" not in arguments:
        return arguments
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments
