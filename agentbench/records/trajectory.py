"""Trajectories in harbor's Agent Trajectory Interchange Format, ATIF v1.8.

Field names follow ATIF (harbor ``models/trajectories``, which forbids unknown fields). What ATIF cannot hold (the raw
text of malformed arguments, tool-result facts) is kept under ``extra`` in the models below it.
"""

from __future__ import annotations

from typing import Any, Literal

from agentbench.records.base import Record
from agentbench.records.vocabulary import CopySlotKind


class AtifAgent(Record):
    """Who acted."""

    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[dict[str, Any]] | None = None
    extra: dict[str, Any] | None = None


class AtifToolCall(Record):
    """One parsed or attempted call. ``arguments`` is empty when the raw text is no JSON object; see ``extra``."""

    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: dict[str, Any] | None = None
    """``raw_arguments``: the text as the server gave it, when it is not exactly the canonical JSON of ``arguments``."""


class AtifObservationResult(Record):
    """What one tool call returned, as the model saw it."""

    source_call_id: str | None = None
    content: str | None = None


class AtifObservation(Record):
    """The results of one step's calls."""

    results: list[AtifObservationResult]


class AtifMetrics(Record):
    """Token counts of one request, from the server's usage."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    extra: dict[str, Any] | None = None


class AtifStep(Record):
    """One message: system, user, or one model reply with its calls and their results."""

    step_id: int
    timestamp: str | None = None
    source: Literal["system", "user", "agent"]
    message: str
    model_name: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[AtifToolCall] | None = None
    observation: AtifObservation | None = None
    metrics: AtifMetrics | None = None
    is_copied_context: bool | None = None
    """True for scripted history, which the model did not write."""
    extra: dict[str, Any] | None = None
    """On agent steps: a ``ReplyFacts`` as JSON."""


class AtifFinalMetrics(Record):
    """Totals over the episode's own requests."""

    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_steps: int | None = None
    extra: dict[str, Any] | None = None


class Trajectory(Record):
    """The whole message sequence of an episode."""

    schema_version: Literal["ATIF-v1.8"] = "ATIF-v1.8"
    session_id: str | None = None
    trajectory_id: str | None = None
    agent: AtifAgent
    steps: list[AtifStep]
    notes: str | None = None
    final_metrics: AtifFinalMetrics | None = None
    extra: dict[str, Any] | None = None


class CopySlot(Record):
    """One must-copy opportunity, with the truth that the sandbox knew when the call ran."""

    call_index: int
    """Which call of the reply, from 0."""
    kind: CopySlotKind
    json_path: str
    """Where in the arguments, ``$.edits[0].old``."""
    written: str
    exists: bool
    """The written text is in the file, the path exists, the selector names a test."""
    nearest: str | None = None
    """The most similar existing passage or name, if any was close (similarity at least 0.6)."""
    similarity: float | None = None
    """rapidfuzz ``ratio`` / 100 against ``nearest``."""


class ReplyFacts(Record):
    """What the agent knew about one reply, kept in ``AtifStep.extra`` so that scoring never needs the sandbox."""

    finish_reason: str | None = None
    raw_calls: list[RawCall] = []
    """As the server gave them, in order; the ATIF ``tool_calls`` are these, parsed as far as they parse."""
    copy_slots: list[CopySlot] = []
    result_digests: list[str] = []
    """Digest of each call's full result, before shortening: for loops."""
    request_id: str | None = None
    duration_s: float | None = None
    attempts: int = 1
    """HTTP attempts until the reply came."""


class RawCall(Record):
    """A structured call exactly as received: nothing parsed, nothing mended."""

    id: str | None = None
    name: str | None = None
    arguments: str | None = None


ReplyFacts.model_rebuild()
