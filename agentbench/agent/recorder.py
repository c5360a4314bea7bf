"""Writes an episode down as an ATIF trajectory while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import agentbench
from agentbench.agent.replies import RawReply
from agentbench.calls import CallJudgement
from agentbench.records import (
    AtifAgent,
    AtifFinalMetrics,
    AtifMetrics,
    AtifObservation,
    AtifObservationResult,
    AtifStep,
    AtifToolCall,
    CopySlot,
    EpisodeEnd,
    RawCall,
    ReplyFacts,
    Trajectory,
    Usage,
    canonical_json,
    digest,
)
from agentbench.taskset import steps_of


@dataclass(frozen=True, slots=True)
class DoneCall:
    """One call of a reply after it was dealt with."""

    raw: RawCall
    judgement: CallJudgement
    sent_id: str
    """The id under which it stands in the conversation."""
    shown: str
    """The result as the model sees it."""
    digest: str
    """Of the full result."""
    slots: list[CopySlot]


class Recorder:
    """Collects steps; texts are shared with the conversation's messages, never copied."""

    def __init__(self, *, case_id: str, model: str, tools: list[dict[str, Any]], reasoning_field: str | None) -> None:
        self._case_id = case_id
        self._agent = AtifAgent(
            name="agentbench", version=agentbench.__version__, model_name=model, tool_definitions=tools
        )
        self._reasoning_field = reasoning_field
        self._steps: list[AtifStep] = []

    def add_context(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Take the first request's messages. All but the system message and the last are scripted history."""
        *scripted, instruction = steps_of(messages, self._reasoning_field)
        self._steps = [*scripted, instruction.model_copy(update={"is_copied_context": None})]

    def add_user(self, text: str) -> None:
        """Take a user turn: a follow-up, or what the model is told about an unusable reply."""
        self._steps.append(AtifStep(step_id=self._next_id, timestamp=_now(), source="user", message=text))

    def add_reply(self, reply: RawReply, calls: Sequence[DoneCall]) -> None:
        """Take one reply with its calls and their results."""
        facts = ReplyFacts(
            finish_reason=reply.finish_reason,
            raw_calls=reply.calls,
            copy_slots=[slot for call in calls for slot in call.slots],
            result_digests=[call.digest for call in calls],
            request_id=reply.request_id,
            duration_s=round(reply.duration_s, 4),
            attempts=reply.attempts,
        )
        results = [AtifObservationResult(source_call_id=call.sent_id, content=call.shown) for call in calls]
        self._steps.append(
            AtifStep(
                step_id=self._next_id,
                timestamp=_now(),
                source="agent",
                message=reply.content or "",
                reasoning_content=reply.reasoning,
                tool_calls=[_atif_call(call) for call in calls] or None,
                observation=AtifObservation(results=results) if results else None,
                metrics=AtifMetrics(
                    prompt_tokens=reply.prompt_tokens,
                    completion_tokens=reply.completion_tokens,
                    cached_tokens=reply.cached_tokens,
                ),
                extra=facts.model_dump(mode="json"),
            )
        )

    def trajectory(self, end: EpisodeEnd, usage: Usage) -> Trajectory:
        """Return everything so far."""
        return Trajectory(
            session_id=self._case_id,
            agent=self._agent,
            steps=self._steps,
            final_metrics=AtifFinalMetrics(
                total_prompt_tokens=usage.prompt_tokens,
                total_completion_tokens=usage.completion_tokens,
                total_cached_tokens=usage.cached_tokens,
                total_steps=len(self._steps),
            ),
            extra={"end": end.value},
        )

    @property
    def _next_id(self) -> int:
        return len(self._steps) + 1


def _atif_call(call: DoneCall) -> AtifToolCall:
    arguments = call.judgement.arguments or {}
    exact = call.raw.arguments == canonical_json(arguments) if call.judgement.arguments is not None else False
    return AtifToolCall(
        tool_call_id=call.sent_id,
        function_name=call.raw.name or "",
        arguments=arguments,
        extra=None if exact else {"raw_arguments": call.raw.arguments},
    )


def result_digest(text: str) -> str:
    """Return the digest of a full result."""
    return digest(text.encode("utf-8", "surrogatepass"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
