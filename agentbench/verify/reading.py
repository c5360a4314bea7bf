"""Reads a request set: one chat-completions request a line, as MiniMax's and Moonshot's verifiers have it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentbench.calls import nesting, schema_fault
from agentbench.errors import UsageError
from agentbench.verify.checks import CHECK_TYPES
from agentbench.verify.preparing import asked_digest, prepared

STDIN = "-"
MAX_NESTING = 200
"""Deeper values cannot be stored with the reply."""
_NUMBERS = ("temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty")
_COUNTS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True)
class SetRequest:
    """One request of a set."""

    line: int
    """From 1; blank lines are passed over but counted."""
    body: dict[str, Any]
    """As ``prepared``."""
    asked_digest: str
    check_types: list[str]
    expected_tool_call: bool | None

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The offered tools."""
        return list(self.body.get("tools") or [])


@dataclass(frozen=True)
class RequestSet:
    """A whole file."""

    name: str
    """The file's stem, for names of files and for messages."""
    requests: list[SetRequest]

    @property
    def text(self) -> str:
        """Return what is in it, in a few words."""
        tools = sum(bool(one.tools) for one in self.requests)
        labelled = sum(one.expected_tool_call is not None for one in self.requests)
        noun = "request" if len(self.requests) == 1 else "requests"
        return f"{len(self.requests)} {noun} ({tools} with tools, {labelled} say whether a call is expected)"


class _BadLineError(ValueError):
    """What is wrong with a line: key, found, expected."""


def read_requests(place: str) -> RequestSet:
    """Read a request set from a file, or from standard input for ``-``.

    Raises:
        UsageError: the file cannot be read, is empty, or has a bad line: file, line, key, found and expected are named.

    """
    requests, bad = [], []
    name = "standard input" if place == STDIN else place
    for number, text in numbered_lines(_content(place), name):
        try:
            requests.append(_request(number, text))
        except _BadLineError as error:
            bad.append(f"{name}: line {number}: {error}")
    if bad:
        raise UsageError(bad[0] + (f" (and {len(bad) - 1} more bad lines)" if len(bad) > 1 else ""))
    if not requests:
        raise UsageError(f"{name}: found no request, expected one chat-completions request a line (JSON Lines)")
    return RequestSet("stdin" if place == STDIN else Path(place).stem, requests)


def numbered_lines(content: bytes, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1. Raises UsageError for what is no UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(f"{name}: line {line}: found bytes that are no UTF-8, expected JSON Lines in UTF-8") from None
    for number, one in enumerate(text.split("\n"), start=1):
        if one.strip():
            yield number, one


def parsed(text: str) -> Any:
    """Parse one line's JSON. Raises ValueError, for NaN and infinities too, which JSON does not have."""
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _content(place: str) -> bytes:
    if place == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise UsageError(f"--requests: {place}: cannot be read ({error.strerror})") from None


def _request(number: int, text: str) -> SetRequest:
    try:
        line = parsed(text)
    except (ValueError, RecursionError) as error:
        raise _BadLineError(f"found {_shown(text)}, expected one JSON object ({error})") from None
    if not isinstance(line, dict):
        raise _BadLineError(f"found {_kind(line)}, expected one JSON object, a chat-completions request")
    if (depth := nesting(line)) > MAX_NESTING:
        raise _BadLineError(f"found values that are nested {depth} deep, expected at most {MAX_NESTING}")
    _check_messages(line)
    _check_tools(line)
    _check_parameters(line)
    body = prepared(line)
    return SetRequest(number, body, asked_digest(body), _check_types(line), _expected(line))


def _check_messages(line: Mapping[str, Any]) -> None:
    messages = line.get("messages")
    if not isinstance(messages, list) or not messages:
        what = _kind(messages) if "messages" in line else f"no such key (keys: {', '.join(line) or 'none'})"
        raise _BadLineError(f"messages: found {what}, expected a list of at least one message")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _BadLineError(f"messages[{index}]: found {_shown(message)}, expected an object with a 'role'")


def _check_tools(line: Mapping[str, Any]) -> None:
    tools = line.get("tools")
    if tools is None:
        return
    if not isinstance(tools, list):
        raise _BadLineError(f"tools: found {_kind(tools)}, expected a list of tools")
    for index, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise _BadLineError(
                f'tools[{index}]: found {_shown(tool)}, expected {{"type": "function", "function": {{"name": ...}}}}'
            )
        if fault := schema_fault(function.get("parameters")):
            raise _BadLineError(
                f"tools[{index}] ({_shown(function['name'])}): parameters: found what is no JSON Schema, against which "
                f"no call could be checked, expected one: {fault}"
            )


def _check_parameters(line: Mapping[str, Any]) -> None:
    for key in (*_NUMBERS, *_COUNTS):
        value = line.get(key)
        if value is None:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (key in _COUNTS and (not isinstance(value, int) or value < 1)):
            expected = "a whole number of at least 1" if key in _COUNTS else "a number"
            raise _BadLineError(f"{key}: found {_shown(value)}, expected {expected}")
    if line.get("n") not in (None, 1):
        raise _BadLineError(f"n: found {_shown(line['n'])}, expected 1 (repeat requests with --loops)")


def _check_types(line: Mapping[str, Any]) -> list[str]:
    found = line.get("check_type")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _BadLineError(f"check_type: found {_shown(found)}, expected a list of names")
    for name in found:
        if name not in CHECK_TYPES:
            raise _BadLineError(f"check_type: found {_shown(name)}, expected {', '.join(CHECK_TYPES)}")
    return list(dict.fromkeys(found))


def _expected(line: Mapping[str, Any]) -> bool | None:
    found = line.get("expected_tool_call")
    if found is None or isinstance(found, bool):
        return found
    raise _BadLineError(f"expected_tool_call: found {_shown(found)}, expected true, false or null")


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    if value in ([], {}, ""):
        return "an empty one"
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= 60 else text[:57] + "...") if isinstance(value, str) else text[:60]
