"""The agent loop: one episode against a server and a sandbox, in the calling thread.

How an episode ends:

1. ``submit`` with no follow-up left: submitted. With one left, it is the next user turn.
2. Three replies in a row without any usable call: gave up; or ``limit:output``, if all three were cut off by the
   output limit. Until then an unusable reply is answered with what was wrong, and the episode goes on.
3. A limit, checked before every request and never read from an error text.

What cannot be rendered by a chat template is never sent back: arguments that are no JSON object become ``{}``, call
ids are made unique, and the model is shown what it wrote. The trajectory keeps the raw text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentbench.agent.answers import AFTER_SUBMIT, nudge, refusal, shorten
from agentbench.agent.budget import Budget
from agentbench.agent.client import ChatClient, DeadlineError
from agentbench.agent.definition import SandboxFace, ToolContext, ToolResult
from agentbench.agent.messages import Conversation, encode
from agentbench.agent.recorder import DoneCall, Recorder, result_digest
from agentbench.agent.replies import RawReply
from agentbench.agent.tools import TOOLS, tool_schemas
from agentbench.calls import CallJudgement, ReplyJudgement, judge_reply, schemas_of
from agentbench.errors import CancelledError, SandboxError, SandboxFileError
from agentbench.records import Case, CopySlot, EpisodeEnd, ModelFamily, RawCall, Trajectory, Usage

UNUSABLE_IN_A_ROW = 3
"""Replies without a usable call that end an episode."""


@dataclass(frozen=True, slots=True)
class TurnNote:
    """What the progress display learns of each turn."""

    case_id: str
    turn: int
    """From 1."""
    calls: list[str]
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    model_s: float
    tools_s: float


@dataclass(frozen=True, slots=True)
class AgentRun:
    """How an episode went."""

    end: EpisodeEnd
    trajectory: Trajectory
    usage: Usage


def run_agent(
    *,
    messages: Sequence[Mapping[str, Any]],
    follow_ups: Sequence[str],
    sandbox: SandboxFace,
    tools: Sequence[str],
    client: ChatClient,
    family: ModelFamily,
    case: Case,
    seed: int,
    cancel: threading.Event,
    on_turn: Callable[[TurnNote], None] | None = None,
    go_on: Callable[[], bool] | None = None,
) -> AgentRun:
    """Run one episode to its end.

    Args:
        messages: The first request: system, scripted history, and the instruction as the last user turn.
        follow_ups: Further user turns, sent one by one after each submit.
        sandbox: Where the tools act.
        tools: Names of the offered tools.
        client: The server.
        family: Limits, sampling, window and reasoning field.
        case: Names the episode in headers and records.
        seed: Of this case; every turn's request seed is derived from it.
        cancel: Ends the episode with CancelledError.
        on_turn: Called after every turn, in this thread.
        go_on: Called between a submit and the follow-up that answers it, off the clock; False ends the episode there.

    Raises:
        CancelledError: ``cancel`` was set.
        ServerDiedError, ModelRequestError: From the client.
        SandboxError: The sandbox is gone.

    """
    loop = _Loop(
        messages=messages,
        follow_ups=list(follow_ups),
        sandbox=sandbox,
        tools=tools,
        client=client,
        family=family,
        case=case,
        seed=seed,
        cancel=cancel,
        on_turn=on_turn,
        go_on=go_on,
    )
    try:
        end = loop.run()
    except SandboxError as error:
        if cancel.is_set():
            raise CancelledError(f"{case.id}: cancelled") from error
        raise
    return AgentRun(end, loop.recorder.trajectory(end, loop.budget.usage), loop.budget.usage)


class _Loop:
    def __init__(
        self,
        *,
        messages: Sequence[Mapping[str, Any]],
        follow_ups: list[str],
        sandbox: SandboxFace,
        tools: Sequence[str],
        client: ChatClient,
        family: ModelFamily,
        case: Case,
        seed: int,
        cancel: threading.Event,
        on_turn: Callable[[TurnNote], None] | None,
        go_on: Callable[[], bool] | None,
    ) -> None:
        schemas = tool_schemas(tools)
        self.follow_ups, self.client, self.family, self.case = follow_ups, client, family, case
        self.seed, self.cancel, self.on_turn, self.go_on = seed, cancel, on_turn, go_on
        self.tools_json = encode(schemas)
        self.schemas = schemas_of(schemas)
        self.context = ToolContext(sandbox, family.limits, cancel)
        self.conversation = Conversation(messages)
        self.recorder = Recorder(
            case_id=case.id, model=client.model, tools=schemas, reasoning_field=family.reasoning_field
        )
        self.recorder.add_context(messages)
        first_chars = len(self.conversation.fragment) + len(self.tools_json)
        self.budget = Budget(family.limits, family.context_window, first_chars, self._count)
        self.unusable: list[str | None] = []
        """Finish reasons of the replies without a usable call since the last usable one."""

    def run(self) -> EpisodeEnd:
        while True:
            if self.cancel.is_set():
                raise CancelledError(f"{self.case.id}: cancelled")
            limit = self.budget.spent()
            if limit is not None:
                return limit
            try:
                reply = self._ask()
            except DeadlineError:
                return EpisodeEnd.LIMIT_WALL
            end = self._take(reply)
            if end is not None:
                return end

    def _ask(self) -> RawReply:
        family = self.family
        return self.client.complete(
            self.conversation,
            self.tools_json,
            sampling=family.sampling,
            max_tokens=family.limits.max_output_tokens,
            seed=(self.seed + self.budget.usage.requests) & 0x7FFFFFFF,
            case_id=self.case.id,
            extra_body=family.extra_body,
            cancel=self.cancel,
            deadline=self.budget.deadline,
        )

    def _count(self) -> int | None:
        ids = self.client.tokenize(
            self.conversation, self.tools_json, extra_body=self.family.extra_body, cancel=self.cancel
        )
        return None if ids is None else len(ids)

    def _take(self, reply: RawReply) -> EpisodeEnd | None:
        """Execute a reply, write it down and answer it; return the end if this was it."""
        judged = judge_reply(
            content=reply.content,
            reasoning=reply.reasoning,
            raw_calls=reply.calls,
            finish_reason=reply.finish_reason,
            schemas=self.schemas,
        )
        sent_ids = _unique_ids(reply.calls, self.budget.usage.requests)
        chars = self.conversation.append(self._assistant_message(reply, judged, sent_ids))
        self.budget.add_reply(reply, chars)
        started = time.monotonic()
        calls, submitted = self._execute(reply.calls, judged.calls, sent_ids)
        tools_s = time.monotonic() - started
        self.budget.add_tools(tools_s)
        self.recorder.add_reply(reply, calls)
        for call in calls:
            self._send({"role": "tool", "tool_call_id": call.sent_id, "content": call.shown})
        self._note(reply, tools_s)
        return self._next_user_turn(reply, judged, submitted=submitted)

    def _execute(
        self, raw_calls: Sequence[RawCall], judgements: Sequence[CallJudgement], sent_ids: Sequence[str]
    ) -> tuple[list[DoneCall], bool]:
        """Run the calls in order; whatever comes after a submit is not executed."""
        done: list[DoneCall] = []
        submitted = False
        for index, (raw, judgement, sent_id) in enumerate(zip(raw_calls, judgements, sent_ids, strict=True)):
            if submitted:
                result = ToolResult(AFTER_SUBMIT)
            elif judgement.valid:
                result = self._run_tool(raw, judgement)
            else:
                result = ToolResult(refusal(raw, judgement))
            submitted = submitted or result.submitted
            shown = shorten(result.text, self.family.limits.tool_output_chars)
            slots = [
                CopySlot(
                    call_index=index,
                    kind=slot.kind,
                    json_path=slot.json_path,
                    written=slot.written,
                    exists=slot.exists,
                    nearest=slot.nearest,
                    similarity=None if slot.similarity is None else round(slot.similarity, 4),
                )
                for slot in result.slots
            ]
            done.append(DoneCall(raw, judgement, sent_id, shown, result_digest(result.text), slots))
        return done, submitted

    def _run_tool(self, raw: RawCall, judgement: CallJudgement) -> ToolResult:
        if self.cancel.is_set():
            raise CancelledError(f"{self.case.id}: cancelled")
        assert raw.name is not None
        assert judgement.arguments is not None
        try:
            return TOOLS[raw.name].run(self.context, judgement.arguments)
        except SandboxFileError as error:
            return ToolResult(f"Error: {error}")

    def _next_user_turn(self, reply: RawReply, judged: ReplyJudgement, *, submitted: bool) -> EpisodeEnd | None:
        usable = any(call.valid for call in judged.calls)
        said_done = "submit" not in self.schemas and not judged.calls and not judged.leaked and bool(reply.content)
        if submitted or (said_done and reply.finish_reason == "stop"):
            self.unusable = []
            if not self.follow_ups or not self._goes_on():
                return EpisodeEnd.SUBMITTED
            self._say(self.follow_ups.pop(0))
            return None
        if usable:
            self.unusable = []
            return None
        self.unusable.append(reply.finish_reason)
        if len(self.unusable) >= UNUSABLE_IN_A_ROW:
            cut = all(reason == "length" for reason in self.unusable)
            return EpisodeEnd.LIMIT_OUTPUT if cut else EpisodeEnd.GAVE_UP
        if not judged.calls:
            self._say(nudge(judged, finish_reason=reply.finish_reason))
        return None

    def _goes_on(self) -> bool:
        if self.go_on is None:
            return True
        started = time.monotonic()
        goes_on = self.go_on()
        self.budget.pause(time.monotonic() - started)
        return goes_on

    def _assistant_message(self, reply: RawReply, judged: ReplyJudgement, sent_ids: Sequence[str]) -> dict[str, Any]:
        """Return the reply in a form that any chat template renders."""
        message: dict[str, Any] = {"role": "assistant", "content": reply.content or ""}
        if self.family.reasoning_field and reply.reasoning:
            message[self.family.reasoning_field] = reply.reasoning
        if reply.calls:
            message["tool_calls"] = [
                {
                    "id": sent_id,
                    "type": "function",
                    "function": {
                        "name": raw.name or "unknown",
                        "arguments": raw.arguments if judgement.arguments is not None else "{}",
                    },
                }
                for raw, judgement, sent_id in zip(reply.calls, judged.calls, sent_ids, strict=True)
            ]
        return message

    def _say(self, text: str) -> None:
        self.recorder.add_user(text)
        self._send({"role": "user", "content": text})

    def _send(self, message: dict[str, Any]) -> None:
        self.budget.add_message(self.conversation.append(message))

    def _note(self, reply: RawReply, tools_s: float) -> None:
        if self.on_turn is None:
            return
        self.on_turn(
            TurnNote(
                case_id=self.case.id,
                turn=self.budget.usage.requests,
                calls=[call.name or "?" for call in reply.calls],
                prompt_tokens=reply.prompt_tokens or 0,
                completion_tokens=reply.completion_tokens or 0,
                cached_tokens=reply.cached_tokens or 0,
                model_s=reply.duration_s,
                tools_s=tools_s,
            )
        )


def _unique_ids(calls: Sequence[RawCall], turn: int) -> list[str]:
    """Return an id for each call: its own, or a made one where it has none or shares it."""
    ids: list[str] = []
    for index, call in enumerate(calls):
        own = call.id
        ids.append(own if own and own not in ids else f"call_{turn}_{index}")
    return ids
