"""A stored trajectory as a list of the model's own replies, each with the text that came before it.

Whatever a trajectory lacks (it may be foreign, or of an older version) is made up from what it has; nothing raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from agentbench.records import AtifStep, CopySlot, RawCall, ReplyFacts, Trajectory, canonical_json

RAW_CHARS = 500
"""Most of a raw text that a finding keeps."""
MAX_DEPTH = 50
"""Deeper values inside arguments are left out."""


@dataclass(frozen=True)
class Reply:
    """One reply of the model, as received."""

    step_id: int
    content: str
    reasoning: str
    calls: list[RawCall]
    finish_reason: str | None
    copy_slots: list[CopySlot]
    results: list[str]
    """One per call: the digest of its full result, or else the text shown."""
    prompt_tokens: int | None
    completion_tokens: int
    before: list[str] = field(default_factory=list)
    """Texts that joined the context since the reply before (since the start, for the first): none by the model."""
    parsed: list[Any] = field(default_factory=list)
    """One per call: its arguments as JSON, None where they are none."""


def read_replies(trajectory: Trajectory | None) -> list[Reply]:
    """Return the replies in order. Scripted history is context, not reply."""
    if trajectory is None:
        return []
    found: list[Reply] = []
    tools = trajectory.agent.tool_definitions
    pending: list[str] = ["\n".join(strings_of(tools))] if tools else []
    for step in trajectory.steps:
        if step.source == "agent" and not step.is_copied_context:
            found.append(_reply(step, pending))
            pending = list(_observed(step))
        else:
            pending += [step.message, step.reasoning_content or ""]
            pending += ["\n".join(strings_of(call.arguments)) for call in step.tool_calls or []]
            pending += _observed(step)
    return found


def clip(text: str) -> str:
    """Return the start of a raw text in a form that any JSON file can hold: halves of surrogate pairs are escaped."""
    return text[:RAW_CHARS].encode("utf-8", "backslashreplace").decode()[:RAW_CHARS]


def strings_of(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a JSON value, names of properties included, as they read without their escapes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None or depth > MAX_DEPTH:
        return
    elif isinstance(value, int | float):
        yield repr(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from strings_of(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner, depth + 1)


def canonical_text(value: object) -> str:
    """Return canonical JSON, or Python's own form of what has none."""
    try:
        return canonical_json(value)
    except (ValueError, TypeError, RecursionError):
        return repr(type(value))


def _reply(step: AtifStep, before: Sequence[str]) -> Reply:
    facts = _facts(step)
    digests = facts.result_digests
    shown = list(_observed(step))
    results = digests if len(digests) == len(facts.raw_calls) else shown
    return Reply(
        step_id=step.step_id,
        content=step.message,
        reasoning=step.reasoning_content or "",
        calls=facts.raw_calls,
        finish_reason=facts.finish_reason,
        copy_slots=facts.copy_slots,
        results=results,
        prompt_tokens=step.metrics.prompt_tokens if step.metrics else None,
        completion_tokens=(step.metrics.completion_tokens or 0) if step.metrics else 0,
        before=[text for text in before if text],
        parsed=[_parsed(call.arguments) for call in facts.raw_calls],
    )


def _parsed(arguments: str | None) -> Any:
    try:
        return json.loads(arguments or "")
    except (ValueError, RecursionError):
        return None


def _facts(step: AtifStep) -> ReplyFacts:
    """Return what the agent noted, else what can be told from the parsed calls."""
    if step.extra is None:
        return _facts_of_calls(step)
    try:
        return ReplyFacts.model_validate(step.extra)
    except ValidationError:
        return _facts_of_calls(step)


def _facts_of_calls(step: AtifStep) -> ReplyFacts:
    """Return the facts of a step that another harness wrote; its finish reason is taken to be the right one."""
    calls = []
    for call in step.tool_calls or []:
        raw = (call.extra or {}).get("raw_arguments")
        text = raw if isinstance(raw, str) else canonical_text(call.arguments)
        calls.append(RawCall(id=call.tool_call_id, name=call.function_name, arguments=text))
    return ReplyFacts(finish_reason="tool_calls" if calls else "stop", raw_calls=calls)


def _observed(step: AtifStep) -> Iterator[str]:
    for result in step.observation.results if step.observation else []:
        yield result.content or ""
