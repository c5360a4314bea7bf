"""Plays a variant of a task the way it should be done: look, edit precisely, slip now and then and recover, submit.

The calls are those of the task's solution (``agentbench.sim``'s), with what an agent would have to look up first. They
go through the real agent loop and the real tools, so every result and error stands as in an episode.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agentbench.agent import ChatClient, Conversation, RawReply, run_agent
from agentbench.errors import AgentbenchError
from agentbench.records import Case, EpisodeEnd, ModelFamily, RawCall, RenderedTask
from agentbench.sim import Step, play
from training.workspace import DirectoryWorkspace

MOST_EDITS = 2
"""Of one call: small steps are surer."""

SLIPS = 0.12
"""Share of episodes in which one edit first names a passage that is not there."""

SECOND_LOOKS = 0.08
"""Share of episodes in which what was edited last is read again before it is handed in."""

_CONTEXT_LINES = 3
"""Shown around a value that is looked up in a long file."""


class UnplayableError(AgentbenchError):
    """The variant cannot be played with the family's tools and limits."""


@dataclass(frozen=True)
class Played:
    """A conversation, and which of its messages are worth imitating."""

    messages: list[dict[str, Any]]
    good: frozenset[int]
    """Places of the right replies. The scripted history's are not among them, and a slip is not."""


@dataclass(frozen=True)
class Reply:
    """One reply to give."""

    tool: str
    arguments: Mapping[str, Any]
    good: bool = True


def replies_of(rendered: RenderedTask, family: ModelFamily, known: str, draws: random.Random) -> list[Reply]:
    """Return the replies of a whole episode.

    Args:
        rendered: The variant.
        family: Whose tools and limits hold.
        known: The text of the first request, in which what it tells need not be looked up.
        draws: Decide where a slip, or a second look, is played.

    Raises:
        UnplayableError: Something needs a tool that the family has not.

    """
    stages = play(rendered, family.tools)
    if sum(map(len, play(rendered, [*family.tools, "bash"]))) != sum(map(len, stages)):
        raise UnplayableError(f"{rendered.task.id}: its solution runs a command")
    look = _Look(rendered, family, known + "\n".join(rendered.follow_ups))
    replies: list[Reply] = []
    for stage in stages:
        for step in stage:
            replies += look.before(step)
            replies += _split(step)
    return _with_second_look(_with_slip(replies, draws), draws)


def converse(
    messages: Sequence[Mapping[str, Any]], rendered: RenderedTask, case: Case, family: ModelFamily, replies: list[Reply]
) -> Played:
    """Hold the conversation that the replies make.

    Args:
        messages: The first request.
        rendered: The variant.
        case: Whose it is.
        family: Whose tools and limits hold.
        replies: One a turn, to the end.

    Raises:
        UnplayableError: A right reply met with an error, or the episode ended early.

    """
    script = _Script(replies)
    with DirectoryWorkspace(rendered.workspace) as workspace:
        run = run_agent(
            messages=messages,
            follow_ups=rendered.follow_ups,
            sandbox=workspace,
            tools=family.tools,
            client=cast(ChatClient, script),
            family=family,
            case=case,
            seed=0,
            cancel=threading.Event(),
        )
    held = script.held
    if run.end is not EpisodeEnd.SUBMITTED or script.left:
        raise UnplayableError(f"{case.id}: ended by {run.end.value} with {len(script.left)} replies left")
    places = [at for at, message in enumerate(held) if at >= len(messages) and message["role"] == "assistant"]
    for place, reply in zip(places, replies, strict=True):
        answer = str(held[place + 1]["content"]) if place + 1 < len(held) else ""
        if answer.startswith("Error") is reply.good:
            raise UnplayableError(f"{case.id}: {reply.tool} {dict(reply.arguments)} was answered: {answer}")
    return Played(held, frozenset(place for place, reply in zip(places, replies, strict=True) if reply.good))


class _Script:
    """Stands where a model's client would."""

    model = "played"

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.left = list(replies)
        self._conversation = Conversation()

    @property
    def held(self) -> list[dict[str, Any]]:
        """All messages of the conversation."""
        messages: list[dict[str, Any]] = json.loads(self._conversation.fragment)
        return messages

    def complete(self, conversation: Conversation, *_: object, **__: object) -> RawReply:
        """Give the next reply; the last one again if there is none."""
        self._conversation = conversation
        reply = self.left.pop(0) if self.left else Reply("submit", {})
        arguments = json.dumps(reply.arguments, ensure_ascii=False)
        return RawReply(
            raw={},
            content=None,
            reasoning=None,
            calls=[RawCall(id=None, name=reply.tool, arguments=arguments)],
            finish_reason="tool_calls",
            prompt_tokens=None,
            completion_tokens=None,
            cached_tokens=None,
            request_id=None,
            duration_s=0.0,
        )

    def tokenize(self, *_: object, **__: object) -> None:
        """Count nothing."""


class _Look:
    """What has been seen, and what must still be."""

    def __init__(self, rendered: RenderedTask, family: ModelFamily, known: str) -> None:
        self._texts = {path: content.data.decode(errors="replace") for path, content in rendered.workspace.items()}
        self._values = {str(value) for value in rendered.values.values() if len(str(value)) > 1}
        self._limit = family.limits.tool_output_chars
        self._seen = known

    def before(self, step: Step) -> list[Reply]:
        """Return the looks that a step needs."""
        if step.tool == "read_file":
            self._show(self._texts.get(step.arguments["path"], ""))
            return []
        written = json.dumps(step.arguments, ensure_ascii=False)
        missing = sorted(value for value in self._values if value in written and value not in self._seen)
        looks = []
        for value in missing:
            if value in self._seen:
                continue
            place = next((path for path, text in sorted(self._texts.items()) if value in text), None)
            if place is not None:
                looks.append(self._look_up(place, value))
        return looks

    def _show(self, text: str) -> bool:
        """Count a text as seen, if a tool shows it whole; return whether it does."""
        if len(text) > self._limit:
            return False
        self._seen += text
        return True

    def _look_up(self, path: str, value: str) -> Reply:
        text = self._texts[path]
        if self._show(text):
            return Reply("read_file", {"path": path})
        lines = text.splitlines()
        at = next(number for number, line in enumerate(lines, start=1) if value in line)
        first = max(1, at - _CONTEXT_LINES)
        self._seen += "\n".join(lines[first - 1 : at + _CONTEXT_LINES])
        return Reply("read_file", {"path": path, "offset": first, "limit": 2 * _CONTEXT_LINES + 1})


def _split(step: Step) -> list[Reply]:
    """Return a step as replies of a few edits each."""
    if step.tool == "submit":
        return [Reply("submit", {})]
    if step.tool != "edit_file":
        return [Reply(step.tool, step.arguments)]
    edits = step.arguments["edits"]
    parts = [edits[at : at + MOST_EDITS] for at in range(0, len(edits), MOST_EDITS)]
    return [Reply("edit_file", {"path": step.arguments["path"], "edits": part}) for part in parts]


def _with_slip(replies: list[Reply], draws: random.Random) -> list[Reply]:
    """Put a wrong edit before a right one, in some episodes: what follows shows how to recover."""
    places = [at for at, reply in enumerate(replies) if reply.tool == "edit_file"]
    if not places or draws.random() >= SLIPS:
        return replies
    place = draws.choice(places)
    right = replies[place]
    edits = [dict(edit) for edit in right.arguments["edits"]]
    slip = draws.choice(edits)
    slip["old"] = _misread(slip["old"], draws)
    wrong = Reply(right.tool, {**right.arguments, "edits": edits}, good=False)
    return [*replies[:place], wrong, *replies[place:]]


def _misread(text: str, draws: random.Random) -> str:
    """Return the text with one letter or digit, the last of some word, written twice."""
    ends = [at for at, one in enumerate(text) if one.isalnum() and not text[at + 1 : at + 2].isalnum()]
    if not ends:
        return text + "?"
    at = draws.choice(ends)
    return text[: at + 1] + text[at] + text[at + 1 :]


def _with_second_look(replies: list[Reply], draws: random.Random) -> list[Reply]:
    edits = [at for at, reply in enumerate(replies) if reply.tool == "edit_file" and reply.good]
    if not edits or draws.random() >= SECOND_LOOKS:
        return replies
    look = Reply("read_file", {"path": replies[edits[-1]].arguments["path"]})
    return [*replies[: edits[-1] + 1], look, *replies[edits[-1] + 1 :]]
