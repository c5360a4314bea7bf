"""Tool calls and replies by class.

Per call: valid, or its first fault. A call left as text counts as attempted too. Identical malformed attempts in a row
count once: a model that repeats the same broken call is stuck, which ``repeat:loop`` says, not ten times as wrong.
Per reply: breaches of the protocol, at most one of each class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentbench.calls import CallJudgement, ReplyJudgement, ToolSchemas, judge_reply, schemas_of
from agentbench.records import CallClass, CallFinding, RawCall
from agentbench.scoring.replies import Reply, clip


@dataclass
class CallScores:
    """Counts and findings over an episode."""

    calls: Counter[CallClass] = field(default_factory=Counter)
    reply_classes: Counter[CallClass] = field(default_factory=Counter)
    valid_replies: int = 0
    """Replies with finish reason ``tool_calls`` whose calls, one or more, are all valid."""
    findings: list[CallFinding] = field(default_factory=list)
    _previous: tuple[str, ...] | None = None
    """Identity of the last attempt, if it was malformed."""

    def attempt(self, reply: Reply, judgement: CallJudgement, *, raw: RawCall, index: int | None = None) -> None:
        """Count one attempted call, unless it repeats the malformed one before it."""
        if judgement.valid:
            self._previous = None
            self.calls[CallClass.VALID] += 1
            return
        identity = (judgement.call_class.value, raw.name or "", raw.arguments or "")
        if identity == self._previous:
            return
        self._previous = identity
        self.calls[judgement.call_class] += 1
        self.findings.append(
            CallFinding(
                step_id=reply.step_id,
                call_index=index,
                call_class=judgement.call_class,
                tool=None if raw.name is None else clip(raw.name),
                json_path=None if judgement.json_path is None else clip(judgement.json_path),
                raw=clip(raw.arguments or ""),
                explanation=clip(" ".join(judgement.explanation.split())),
                prompt_tokens=reply.prompt_tokens,
            )
        )

    def breach(self, reply: Reply, kind: CallClass, explanation: str) -> None:
        """Count one breach of the protocol."""
        self.reply_classes[kind] += 1
        raw = reply.content or reply.reasoning or " ".join(call.name or "?" for call in reply.calls)
        self.findings.append(
            CallFinding(
                step_id=reply.step_id,
                call_class=kind,
                raw=clip(raw),
                explanation=clip(explanation),
                prompt_tokens=reply.prompt_tokens,
            )
        )


def score_calls(replies: Sequence[Reply], tools: Sequence[Mapping[str, Any]]) -> CallScores:
    """Return the class of every call and reply."""
    schemas = schemas_of(tools)
    scores = CallScores()
    for reply in replies:
        judged = _judge(reply, schemas)
        all_valid = bool(judged.calls) and all(one.valid for one in judged.calls)
        scores.valid_replies += all_valid and reply.finish_reason == "tool_calls"
        for index, (raw, judgement) in enumerate(zip(reply.calls, judged.calls, strict=True)):
            scores.attempt(reply, judgement, raw=raw, index=index)
        if judged.leaked is not None:
            scores.attempt(reply, judged.leaked, raw=RawCall(name=judged.leaked.tool, arguments=judged.leaked.text))
        for kind, explanation in zip(judged.protocol, judged.explanations, strict=True):
            scores.breach(reply, kind, explanation)
    return scores


def _judge(reply: Reply, schemas: ToolSchemas) -> ReplyJudgement:
    return judge_reply(
        content=reply.content,
        reasoning=reply.reasoning,
        raw_calls=reply.calls,
        finish_reason=reply.finish_reason,
        schemas=schemas,
    )
