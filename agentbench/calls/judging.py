"""What one tool call, or one reply, is: the single implementation of the tool-call classes.

Pure: the agent loop uses it to decide what may be executed, scoring to decide what is counted, the simulated model's
tests to check that what was planted is what is found.

Classes are tried in the order of ``CallClass``; the first hit wins. What is deliberately *not* an error: a call whose
arguments are complete although the reply ended at the output limit; an id that an earlier reply used too (some servers
number calls anew in every reply); markup that is only spoken of (``agentbench.calls.markup``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentbench.calls.markup import LeakedCall, find_leaked_markup
from agentbench.calls.parsing import parse_arguments
from agentbench.calls.schemas import ToolSchemas, first_violation, shorten, show, type_name
from agentbench.errors import did_you_mean
from agentbench.records import CallClass, RawCall

_FINISH_WITH_CALLS = ("tool_calls", "length")
_FINISH_WITHOUT_CALLS = ("stop", "length")


@dataclass(frozen=True, slots=True)
class CallJudgement:
    """What one call is. ``arguments`` is the parsed object when it is one, valid or not."""

    call_class: CallClass
    json_path: str | None
    """Where in the arguments, for schema classes: ``$.edits[0].old``."""
    explanation: str
    """One sentence; empty for a valid call."""
    arguments: dict[str, Any] | None

    @property
    def valid(self) -> bool:
        """Whether the call may be executed."""
        return self.call_class is CallClass.VALID


@dataclass(frozen=True, slots=True)
class LeakJudgement(CallJudgement):
    """A call that was left as text."""

    tool: str | None
    """The name it gives, if one can be read."""
    text: str
    """From the markup's first character on; at most 500 characters."""


@dataclass(frozen=True, slots=True)
class ReplyJudgement:
    """What one reply is: its structured calls in order, a leaked one, and reply-level classes."""

    calls: list[CallJudgement]
    leaked: LeakJudgement | None
    """At most one per reply: where a leaked call ends cannot be told reliably."""
    protocol: list[CallClass] = field(default_factory=list)
    """``protocol:*`` classes, each at most once."""
    explanations: list[str] = field(default_factory=list)
    """One sentence per entry of ``protocol``."""


def classify_call(
    raw: RawCall, schemas: ToolSchemas | Sequence[Mapping[str, Any]], *, truncated: bool
) -> CallJudgement:
    """Return the class of one structured call (never ``protocol:*`` or ``repeat:*``), the place and one sentence.

    Args:
        raw: The call exactly as the server gave it.
        schemas: The offered tools; pass a ``ToolSchemas`` where many calls are judged.
        truncated: The reply ended at the output limit and this is its last call.

    """
    if not isinstance(schemas, ToolSchemas):
        schemas = ToolSchemas(schemas)
    text = raw.arguments if raw.arguments is not None else ""
    try:
        value, twice = parse_arguments(text)
    except (ValueError, RecursionError) as error:
        if truncated:
            return CallJudgement(CallClass.TRUNCATED, None, _cut_text(text), None)
        return CallJudgement(CallClass.BAD_JSON, None, _bad_json_text(text, error), None)
    if not isinstance(value, dict):
        kind = type_name(value)
        return CallJudgement(CallClass.NOT_OBJECT, None, f"the arguments must be a JSON object, not {kind}", None)
    if raw.name is None or raw.name not in schemas:
        hint = did_you_mean(raw.name or "", schemas.names)
        return CallJudgement(CallClass.UNKNOWN_NAME, None, f"there is no tool named {show(raw.name)}{hint}", value)
    judgement = _judge_schema(schemas, raw.name, value)
    if truncated and judgement.call_class is CallClass.MISSING_REQUIRED:
        return CallJudgement(CallClass.TRUNCATED, judgement.json_path, _cut_text(text), value)
    if judgement.valid and twice:
        explanation = f"the argument {show(twice)} is given more than once"
        return CallJudgement(CallClass.SCHEMA_OTHER, f"$.{twice}", explanation, value)
    return judgement


def judge_reply(
    *,
    content: str | None,
    reasoning: str | None,
    raw_calls: Sequence[RawCall],
    finish_reason: str | None,
    schemas: ToolSchemas,
) -> ReplyJudgement:
    """Judge one whole reply.

    Content is always searched for leaked markup; reasoning only when the reply has no structured call (a model that
    drafts its call while thinking and then makes it has leaked nothing).
    """
    cut = finish_reason == "length"
    calls = [
        classify_call(raw, schemas, truncated=cut and index == len(raw_calls) - 1)
        for index, raw in enumerate(raw_calls)
    ]
    leak, channel = _find_leak(content, reasoning, schemas.names, bool(raw_calls))
    leaked = None
    if leak is not None:
        tail = ", and the reply was cut off by the output limit" if cut else ""
        explanation = f"a call was left as text in the {channel} ({leak.format}): {show(leak.shown)}{tail}"
        leaked = LeakJudgement(CallClass.LEAKED_MARKUP, None, explanation, None, leak.tool, leak.text)
    protocol, explanations = _judge_protocol(content, reasoning, raw_calls, finish_reason, leaked is not None)
    return ReplyJudgement(calls, leaked, protocol, explanations)


def _find_leak(
    content: str | None, reasoning: str | None, tools: Sequence[str], beside_calls: bool
) -> tuple[LeakedCall | None, str]:
    leak = find_leaked_markup(content, tools, beside_calls=beside_calls)
    if leak is not None or beside_calls:
        return leak, "content"
    return find_leaked_markup(reasoning, tools), "reasoning"


def _judge_protocol(
    content: str | None, reasoning: str | None, raw_calls: Sequence[RawCall], finish_reason: str | None, leaked: bool
) -> tuple[list[CallClass], list[str]]:
    found: list[tuple[CallClass, str]] = []
    if not raw_calls and not leaked and not (content or "").strip():
        if (reasoning or "").strip():
            found.append((CallClass.REASONING_ONLY, "the reply holds reasoning, but no text and no call"))
        else:
            found.append((CallClass.EMPTY, "the reply is empty"))
    ids = [raw.id for raw in raw_calls if raw.id]
    if len(ids) != len(set(ids)):
        found.append((CallClass.DUPLICATE_ID, f"call ids are used twice in one reply: {', '.join(ids)}"))
    allowed = _FINISH_WITH_CALLS if raw_calls else _FINISH_WITHOUT_CALLS
    if finish_reason not in allowed:
        number = f"{len(raw_calls)} calls" if raw_calls else "no call"
        found.append((CallClass.FINISH_REASON, f"finish_reason is {show(finish_reason)} for a reply with {number}"))
    return [kind for kind, _ in found], [text for _, text in found]


def _judge_schema(schemas: ToolSchemas, name: str, value: dict[str, Any]) -> CallJudgement:
    violation = first_violation(schemas.errors(name, value))
    if violation is None:
        return CallJudgement(CallClass.VALID, None, "", value)
    kind, path, explanation = violation
    return CallJudgement(kind, path, explanation, value)


def _cut_text(text: str) -> str:
    return f"the call was cut off by the output limit after {len(text)} characters of arguments"


def _bad_json_text(text: str, error: Exception) -> str:
    if not text.strip():
        return "the arguments are empty; a call without arguments needs {}"
    if isinstance(error, json.JSONDecodeError):
        near = text[max(0, error.pos - 20) : error.pos + 20]
        return f"the arguments are no JSON: {error.msg} at character {error.pos}, near {show(near)}"
    return f"the arguments are no JSON: {shorten(str(error))}"
