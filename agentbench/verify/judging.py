"""What became of one reply: its trigger, its checks, its outcome. Pure: a stored episode can be judged again.

A request is *passed* when its reply does everything that its line asks for:

1. ``answered``: there is text or a call, not only reasoning and not nothing (asked of every request);
2. ``expected_tool_call``: a structured call came if one was expected, and neither a structured nor a leaked one if
   none was;
3. the checks of ``check_type``; for a line without one, ``tool_calls``: every call that the reply makes is valid, and
   none was left as text.

A reply that the output limit cut off is no whole reply: it ends as ``limit:output``, and is not passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentbench.records import (
    CallClass,
    Episode,
    Evidence,
    Outcome,
    RequestLine,
    RequestScore,
    ScoredEpisode,
    TestReport,
    Trigger,
)
from agentbench.scoring import score
from agentbench.scoring.replies import Reply, read_replies
from agentbench.scoring.tool_calls import score_calls
from agentbench.verify.checks import (
    LANGUAGE,
    REPEAT,
    SCENARIO,
    SILENCE,
    TOOL_CALLS,
    ends_in_silence,
    keeps_order,
    merges_words,
    no_cyrillic,
    no_repeated_ngram,
    parameter_order,
)

ANSWERED = "answered"
EXPECTED = "expected_tool_call"


def score_request(episode: Episode) -> ScoredEpisode:
    """Score one stored request: its outcome too is judged again, unless no reply came."""
    scored = score(episode)
    if episode.request is None:
        return scored
    judged = judge_request(episode, episode.request)
    if not judged.answered:
        return scored.model_copy(update={"request": judged})
    outcome = outcome_of(judged)
    reward = float(outcome is Outcome.SOLVED)
    return scored.model_copy(update={"request": judged, "outcome": outcome, "reward": reward})


def settled(episode: Episode) -> Episode:
    """Return an episode whose reply has come with its outcome and, as evidence, its checks."""
    if episode.request is None:
        return episode
    judged = judge_request(episode, episode.request)
    if not judged.answered:
        return episode
    outcome = outcome_of(judged)
    failed = [name for name, holds in judged.checks.items() if not holds]
    evidence = Evidence(
        reward=float(outcome is Outcome.SOLVED),
        rewards={name: float(holds) for name, holds in judged.checks.items()},
        report=TestReport(tests=len(judged.checks), passed=len(judged.checks) - len(failed), failed=failed),
    )
    return episode.model_copy(update={"outcome": outcome, "evidence": evidence})


def outcome_of(judged: RequestScore) -> Outcome:
    """Return the outcome of a reply that has come."""
    if judged.finish_reason == "length":
        return Outcome.LIMIT_OUTPUT
    return Outcome.SOLVED if all(judged.checks.values()) else Outcome.UNSOLVED


def judge_request(episode: Episode, request: RequestLine) -> RequestScore:
    """Return what became of a request: whether it was answered, and how."""
    replies = read_replies(episode.trajectory)
    if not replies:
        return RequestScore(line=request.line, expected_tool_call=request.expected_tool_call, answered=False)
    reply, tools = replies[0], _tools(episode)
    calls = score_calls(replies[:1], tools).calls
    trigger = _trigger(reply, leaked=bool(calls[CallClass.LEAKED_MARKUP]))
    faults = [kind for kind in calls if kind not in (CallClass.VALID, CallClass.LEAKED_MARKUP)]
    merged = any(merges_words(call, tools) for call in reply.calls)
    return RequestScore(
        line=request.line,
        expected_tool_call=request.expected_tool_call,
        answered=True,
        first_attempt=episode.attempt == 1 and _attempts(episode) == 1,
        trigger=trigger,
        finish_reason=reply.finish_reason,
        structured_calls=len(reply.calls),
        calls_valid=not faults if reply.calls else None,
        words_merged=merged,
        only_reasoning=bool(reply.reasoning) and not reply.content and not reply.calls,
        checks=_checks(request, reply, trigger, tools, sound=not faults and not merged),
    )


def _trigger(reply: Reply, *, leaked: bool) -> Trigger:
    text = bool(reply.content.strip())
    if reply.calls:
        return Trigger.STRUCTURED_CALL
    if leaked:
        return Trigger.LEAKED_MARKUP
    if reply.finish_reason == "length":
        return Trigger.LENGTH_CUT
    if not text:
        return Trigger.REASONING_ONLY if reply.reasoning.strip() else Trigger.EMPTY
    return Trigger.PLAIN_STOP if reply.finish_reason == "stop" else Trigger.OTHER


def _checks(
    request: RequestLine, reply: Reply, trigger: Trigger, tools: Sequence[Mapping[str, Any]], *, sound: bool
) -> dict[str, bool]:
    found = {ANSWERED: trigger not in (Trigger.REASONING_ONLY, Trigger.EMPTY)}
    called = trigger is Trigger.STRUCTURED_CALL
    if request.expected_tool_call is not None:
        found[EXPECTED] = called if request.expected_tool_call else not called and trigger is not Trigger.LEAKED_MARKUP
    for kind in request.check_types or [TOOL_CALLS]:
        holds = _check(kind, reply, trigger, tools, sound=sound)
        if holds is not None:
            found[kind] = holds
    return found


def _check(
    kind: str, reply: Reply, trigger: Trigger, tools: Sequence[Mapping[str, Any]], *, sound: bool
) -> bool | None:
    """Return whether a check holds, or None where it does not apply: what reads text applies to replies with text."""
    if kind == TOOL_CALLS:
        return sound and trigger is not Trigger.LEAKED_MARKUP
    if not reply.content:
        return None
    if kind == LANGUAGE:
        return no_cyrillic(reply.content)
    if kind == REPEAT:
        return no_repeated_ngram(reply.content)
    if kind == SILENCE:
        return ends_in_silence(reply.content)
    order = parameter_order(tools) if kind == SCENARIO else []
    return keeps_order(reply.content, order) if order else None


def _tools(episode: Episode) -> list[dict[str, Any]]:
    return (episode.trajectory.agent.tool_definitions if episode.trajectory else None) or []


def _attempts(episode: Episode) -> int:
    steps = episode.trajectory.steps if episode.trajectory else []
    return int((steps[-1].extra or {}).get("attempts", 1)) if steps else 1
