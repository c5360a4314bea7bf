"""Reads what a server answered. A reply is never mended: what is malformed stays malformed in ``RawReply``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from agentbench.errors import ModelRequestError
from agentbench.records import RawCall

_MESSAGE_CHARS = 600


@dataclass(frozen=True, slots=True)
class RawReply:
    """One reply, as the server gave it."""

    raw: dict[str, Any]
    """The whole ``chat.completion`` object."""
    content: str | None
    reasoning: str | None
    """From ``reasoning_content`` or ``reasoning``."""
    calls: list[RawCall]
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    request_id: str | None
    duration_s: float
    """Of the attempt that succeeded."""
    attempts: int = 1


def server_message(response: httpx.Response) -> str:
    """Return the server's own words."""
    try:
        value = response.json()
    except ValueError:
        return response.text[:_MESSAGE_CHARS] or "(no text)"
    if isinstance(value, dict):
        error = value.get("error", value)
        value = error.get("message", error) if isinstance(error, dict) else error
    return str(value)[:_MESSAGE_CHARS]


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return a response's JSON object; ModelRequestError if it is none."""
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise ModelRequestError(f"{response.url} answered with something that is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ModelRequestError(f"{response.url} answered with JSON that is no object")
    return value


def parse_reply(raw: dict[str, Any], duration_s: float, attempts: int = 1) -> RawReply:
    """Read a chat completion; ModelRequestError if it is none."""
    choices = raw.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise ModelRequestError(f"the server's answer is no chat completion: {str(raw)[:_MESSAGE_CHARS]}")
    usage = raw.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return RawReply(
        raw=raw,
        content=_clean(_joined(message.get("content"))),
        reasoning=_clean(message.get("reasoning_content") or message.get("reasoning")),
        calls=[_raw_call(call) for call in message.get("tool_calls") or []],
        finish_reason=choice.get("finish_reason"),
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=usage.get("completion_tokens"),
        cached_tokens=details.get("cached_tokens"),
        request_id=raw.get("id"),
        duration_s=duration_s,
        attempts=attempts,
    )


def _raw_call(call: Any) -> RawCall:
    if not isinstance(call, dict):
        return RawCall(arguments=str(call))
    function = call.get("function")
    if not isinstance(function, dict):
        return RawCall(id=_clean(call.get("id")), arguments=json.dumps(function))
    name, arguments, call_id = function.get("name"), function.get("arguments"), call.get("id")
    if arguments is not None and not isinstance(arguments, str):
        # some servers hand the object over instead of its text
        arguments = json.dumps(arguments, ensure_ascii=False)
    return RawCall(
        id=None if call_id is None else _clean(str(call_id)),
        name=None if name is None else _clean(str(name)),
        arguments=_escaped(arguments),
    )


def _joined(content: Any) -> Any:
    """Return a content in parts as one text."""
    if not isinstance(content, list):
        return content
    return "".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in content)


def _clean(text: Any) -> str | None:
    """Return a text with half surrogate pairs as U+FFFD: they can be neither stored nor sent."""
    if text is None or (isinstance(text, str) and text.isascii()):
        return text
    return str(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(text: str | None) -> str | None:
    """Return arguments with half surrogate pairs as escapes, which mean the same inside JSON strings."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
