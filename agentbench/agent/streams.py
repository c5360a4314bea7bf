"""Puts a streamed chat completion together again, as the server would have given it in one piece.

What is kept: content, reasoning under either name, calls by index, finish reason, usage. What counts as broken, and is
asked for again: an error event, an event that is no JSON, and a stream that ends without a finish reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx


class BrokenStreamError(Exception):
    """The stream ended early or told of an error: nothing can be said about the reply."""


def assembled(response: httpx.Response) -> dict[str, Any]:
    """Return the whole ``chat.completion`` of a streamed answer. Raises BrokenStreamError."""
    if "text/event-stream" not in response.headers.get("Content-Type", ""):
        return _whole(response)
    head: dict[str, Any] = {"object": "chat.completion"}
    message: dict[str, Any] = {"role": "assistant", "content": None}
    calls: dict[int, dict[str, Any]] = {}
    finish: str | None = None
    for event in _events(response.text):
        head |= {key: event[key] for key in ("id", "created", "model", "provider", "usage") if event.get(key)}
        for choice in (event.get("choices") or [])[:1]:
            delta = choice.get("delta") or {}
            for key in ("content", "reasoning_content", "reasoning"):
                if delta.get(key):
                    message[key] = (message.get(key) or "") + delta[key]
            for part in delta.get("tool_calls") or []:
                _add(calls, part)
            finish = choice.get("finish_reason") or finish
    if finish is None:
        raise BrokenStreamError("it ended without a finish reason")
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return {**head, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def _whole(response: httpx.Response) -> dict[str, Any]:
    """Return what a server answered that does not stream."""
    try:
        value = response.json()
    except ValueError as error:
        raise BrokenStreamError(f"it is neither a stream nor JSON: {response.text[:200]!r}") from error
    if not isinstance(value, dict):
        raise BrokenStreamError("it is neither a stream nor a JSON object")
    return value


def _events(text: str) -> Iterator[dict[str, Any]]:
    for line in text.split("\n"):
        data = line.strip().removeprefix("data:").strip()
        if not line.startswith("data:") or data in ("", "[DONE]"):
            continue
        try:
            event = json.loads(data)
        except ValueError as error:
            raise BrokenStreamError(f"an event is no JSON: {data[:200]!r}") from error
        if not isinstance(event, dict) or "error" in event:
            raise BrokenStreamError(f"the server told of an error: {data[:400]}")
        yield event


def _add(calls: dict[int, dict[str, Any]], part: dict[str, Any]) -> None:
    """Add one fragment to the call that it belongs to."""
    call = calls.setdefault(
        part.get("index") or 0, {"id": None, "type": "function", "function": {"name": None, "arguments": ""}}
    )
    call["id"] = part.get("id") or call["id"]
    function = part.get("function") or {}
    call["function"]["name"] = function.get("name") or call["function"]["name"]
    call["function"]["arguments"] += function.get("arguments") or ""
