"""Messages of the OpenAI chat format as ATIF steps, and back: what was said before an agent's first own turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import agentbench
from agentbench.records import (
    AtifAgent,
    AtifObservation,
    AtifObservationResult,
    AtifStep,
    AtifToolCall,
    Trajectory,
)

NO_OUTPUT = "[no output recorded]"
"""Stands for the result of a call that has none: chat formats want an answer to every call."""


def steps_of(messages: Iterable[Mapping[str, Any]], reasoning_field: str | None = None) -> list[AtifStep]:
    """Return messages as steps, a tool's result with the step that called it; all but system ones copied context."""
    steps: list[AtifStep] = []
    for message in messages:
        role = message["role"]
        if role == "tool":
            result = AtifObservationResult(source_call_id=message.get("tool_call_id"), content=message["content"])
            before = steps[-1].observation.results if steps[-1].observation else []
            steps[-1] = steps[-1].model_copy(update={"observation": AtifObservation(results=[*before, result])})
            continue
        steps.append(
            AtifStep(
                step_id=len(steps) + 1,
                source="agent" if role == "assistant" else role,
                message=message.get("content") or "",
                reasoning_content=message.get(reasoning_field) if reasoning_field else None,
                tool_calls=[_call(call) for call in message.get("tool_calls") or []] or None,
                is_copied_context=None if role == "system" else True,
            )
        )
    return steps


def _call(call: Mapping[str, Any]) -> AtifToolCall:
    function = call["function"]
    text = function["arguments"]
    arguments = json.loads(text) if isinstance(text, str) else text
    exact = not isinstance(text, str) or text == json.dumps(arguments)
    return AtifToolCall(
        tool_call_id=call["id"],
        function_name=function["name"],
        arguments=arguments if isinstance(arguments, dict) else {},
        extra=None if exact else {"raw_arguments": text},
    )


def messages_of(steps: Iterable[AtifStep], reasoning_field: str | None = None) -> list[dict[str, Any]]:
    """Return steps as messages.

    Names and arguments of calls are kept as they are, whatever tools there were. A result that names no call belongs to
    its step's last call; where the step made none, it is what the user said next (how agents without tool calls are
    told what happened).
    """
    return [message for step in steps for message in _messages(step, reasoning_field)]


def _messages(step: AtifStep, reasoning_field: str | None) -> Iterator[dict[str, Any]]:
    if step.source != "agent":
        yield {"role": step.source, "content": step.message}
        return
    turn: dict[str, Any] = {"role": "assistant", "content": step.message}
    if reasoning_field is not None and step.reasoning_content:
        turn[reasoning_field] = step.reasoning_content
    calls = step.tool_calls or []
    if calls:
        turn["tool_calls"] = [
            {
                "id": call.tool_call_id,
                "type": "function",
                "function": {"name": call.function_name, "arguments": _arguments(call)},
            }
            for call in calls
        ]
    yield turn
    results = step.observation.results if step.observation else []
    for index, call in enumerate(calls):
        last = index == len(calls) - 1
        said = [one.content or "" for one in results if _answers(one, call, last=last)]
        yield {"role": "tool", "tool_call_id": call.tool_call_id, "content": "\n".join(said) if said else NO_OUTPUT}
    if not calls:
        yield from ({"role": "user", "content": result.content or ""} for result in results)


def _answers(result: AtifObservationResult, call: AtifToolCall, *, last: bool) -> bool:
    return result.source_call_id == call.tool_call_id or (last and result.source_call_id is None)


def _arguments(call: AtifToolCall) -> str:
    """Return the arguments as text: as the server gave them, if that is known and says the same."""
    raw = (call.extra or {}).get("raw_arguments")
    if isinstance(raw, str):
        try:
            if json.loads(raw) == call.arguments:
                return raw
        except ValueError:
            pass  # what no chat template could render: its parsed form stands for it
    return json.dumps(call.arguments)


def write_trajectory(file: Path, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> None:
    """Write messages as an ATIF document that harbor's agents and this package read as prior context.

    System messages are left out: each agent has its own.
    """
    agent = AtifAgent(name="agentbench", version=agentbench.__version__, tool_definitions=[dict(one) for one in tools])
    steps = steps_of(message for message in messages if message["role"] != "system")
    file.write_text(
        json.dumps(Trajectory(agent=agent, steps=steps).model_dump(mode="json", exclude_none=True), indent=1) + "\n",
        encoding="utf-8",
    )
