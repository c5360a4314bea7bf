"""A single request and its reply as a trajectory of one agent step: what scoring reads.

Unlike an agent's own context, a request set may hold anything: content in parts, arguments that are no JSON, results of
calls that nobody made. Everything is kept as text; nothing raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import agentbench
from agentbench.agent import RawReply
from agentbench.calls import parse_arguments
from agentbench.records import (
    AtifAgent,
    AtifFinalMetrics,
    AtifMetrics,
    AtifObservation,
    AtifObservationResult,
    AtifStep,
    AtifToolCall,
    RawCall,
    ReplyFacts,
    Trajectory,
)


def trajectory_of(case_id: str, model: str, body: Mapping[str, Any], reply: RawReply | None) -> Trajectory:
    """Return the whole exchange; without a reply, only what was asked."""
    steps: list[AtifStep] = []
    for message in body["messages"]:
        _add(steps, message)
    if reply is not None:
        steps.append(_reply_step(len(steps) + 1, reply))
    metrics = None
    if reply is not None:
        metrics = AtifFinalMetrics(
            total_prompt_tokens=reply.prompt_tokens,
            total_completion_tokens=reply.completion_tokens,
            total_cached_tokens=reply.cached_tokens,
            total_steps=len(steps),
        )
    agent = AtifAgent(
        name="agentbench verify",
        version=agentbench.__version__,
        model_name=model,
        tool_definitions=list(body.get("tools") or []),
    )
    return Trajectory(session_id=case_id, agent=agent, steps=steps, final_metrics=metrics)


def _add(steps: list[AtifStep], message: Mapping[str, Any]) -> None:
    """Add one message of the request; a tool's result joins the step that made the call."""
    role, text = message["role"], text_of(message.get("content"))
    if role == "tool" and steps and steps[-1].source == "agent":
        call_id = message.get("tool_call_id")
        result = AtifObservationResult(source_call_id=None if call_id is None else str(call_id), content=text)
        before = steps[-1].observation.results if steps[-1].observation else []
        steps[-1] = steps[-1].model_copy(update={"observation": AtifObservation(results=[*before, result])})
        return
    calls = [_asked_call(call) for call in message.get("tool_calls") or [] if isinstance(call, dict)]
    reasoning = message.get("reasoning_content")
    steps.append(
        AtifStep(
            step_id=len(steps) + 1,
            source="agent" if role == "assistant" else "user" if role in ("user", "tool") else "system",
            message=text,
            reasoning_content=text_of(reasoning) or None if role == "assistant" else None,
            tool_calls=calls or None if role == "assistant" else None,
            is_copied_context=True,
        )
    )


def text_of(content: Any) -> str:
    """Return a content as text: its text parts joined, everything else as JSON."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "\n".join(
            str(part["text"]) if isinstance(part, dict) and isinstance(part.get("text"), str) else _json(part)
            for part in content
        )
    return _json(content)


def _asked_call(call: Mapping[str, Any]) -> AtifToolCall:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    written = function.get("arguments")
    text = written if isinstance(written, str) else _json(written)
    try:
        value, _ = parse_arguments(text)
    except (ValueError, RecursionError):
        value = None
    whole = isinstance(value, dict)
    return AtifToolCall(
        tool_call_id=str(call.get("id") or ""),
        function_name=str(function.get("name") or ""),
        arguments=value if whole else {},
        extra=None if whole else {"raw_arguments": text},
    )


def _reply_step(step_id: int, reply: RawReply) -> AtifStep:
    facts = ReplyFacts(
        finish_reason=reply.finish_reason,
        raw_calls=reply.calls,
        request_id=reply.request_id,
        duration_s=round(reply.duration_s, 4),
        attempts=reply.attempts,
    )
    return AtifStep(
        step_id=step_id,
        source="agent",
        message=reply.content or "",
        reasoning_content=reply.reasoning,
        tool_calls=[_made_call(call) for call in reply.calls] or None,
        metrics=AtifMetrics(
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            cached_tokens=reply.cached_tokens,
        ),
        extra=facts.model_dump(mode="json"),
    )


def _made_call(raw: RawCall) -> AtifToolCall:
    return _asked_call({"id": raw.id, "function": {"name": raw.name, "arguments": raw.arguments or ""}})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
