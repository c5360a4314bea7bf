"""The simulated model: from a request to a reply, with no HTTP in it."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentbench.errors import TaskError
from agentbench.records import Case, Cell, RenderedTask, TaskSpec
from agentbench.sim.counting import RequestCounter
from agentbench.sim.draws import Draws
from agentbench.sim.ledger import Ledger
from agentbench.sim.malform import example
from agentbench.sim.reply import Call, Reply
from agentbench.sim.script import plan_replies
from agentbench.taskset import is_task_dir, load_task, render

_CASE = re.compile(r"(?P<task>.+)\[v(?P<variant>\d+)\]@(?P<size>\d+)(?P<k>k?)#(?P<trial>\d+)")
_PLANS_KEPT = 256


class BadRequestError(Exception):
    """The request cannot be played; the message says why. Answered with 400."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with its place in the case, ready for HTTP."""

    case_id: str | None
    index: int
    reply: Reply
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    rendered: RenderedTask
    replies: list[Reply]


class SimulatedModel:
    """Plays cases. Thread-safe."""

    def __init__(
        self,
        tasks: Path,
        *,
        name: str,
        rates: Mapping[str, float],
        seed: int,
        context_window: int,
        ledger: Ledger,
        arm: str = "",
        elsewhere: Iterable[TaskSpec] = (),
    ) -> None:
        """Take the tasks root, tasks of other places, the run's seed (variants are rendered with it) and fault rates.

        ``arm`` names the draws where no salt is set: two quants must not fail in the same places by the same luck.
        """
        self.name, self.rates, self.context_window, self.arm = name, dict(rates), context_window, arm
        self.counter = RequestCounter()
        self.ledger = ledger
        self._tasks, self._seed = tasks, seed
        self._specs = {task.id: task for task in elsewhere}
        self._plans: OrderedDict[tuple[str, str], _Plan] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, request: Mapping[str, Any], case_id: str | None) -> Answer:
        """Return the reply to a chat completion request; BadRequestError if it cannot be played."""
        messages, tools = request.get("messages"), request.get("tools") or []
        if not isinstance(messages, list) or not messages:
            raise BadRequestError("'messages' must be a list with at least one message")
        if case_id is None:
            return self._finish(None, 0, _stray_reply(tools), messages, tools)
        plan, index = self._plan(case_id, messages, tools)
        reply = plan.replies[min(index, len(plan.replies) - 1)]
        return self._finish(case_id, index, reply, messages, tools)

    def _finish(
        self,
        case_id: str | None,
        index: int,
        reply: Reply,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]],
    ) -> Answer:
        frame, each = self.counter.parts(messages, tools)
        prompt = frame + sum(each)
        if prompt >= self.context_window:
            raise BadRequestError(f"the model's context length is only {self.context_window} tokens; got {prompt}")
        text = "".join(
            [reply.content or "", reply.reasoning or "", *(call.name + call.arguments for call in reply.calls)]
        )
        cached = 0
        if index:
            last = max(place for place, message in enumerate(messages) if message.get("role") == "assistant")
            cached = frame + sum(each[:last])
        completion = self.counter.count_text(text) + 1
        body = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "model": self.name,
            "choices": [{"index": 0, "message": _message(reply), "finish_reason": reply.finish_reason}],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": {"cached_tokens": cached},
            },
        }
        return Answer(case_id, index, reply, body)

    def draws(self, case_id: str) -> Draws:
        """Return the draws of a case: the same whenever it is played by this arm with this seed."""
        return Draws(self._seed, self.rates.get("salt", self.arm), case_id)

    def _plan(
        self, case_id: str, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
    ) -> tuple[_Plan, int]:
        """Return a case's plan, and how many of its replies a request already holds."""
        key = (case_id, ",".join(tool["function"]["name"] for tool in tools))
        with self._lock:
            found = self._plans.get(key)
            if found is not None:
                self._plans.move_to_end(key)
        if found is not None:
            return found, _replies_behind(messages, _own_turn(messages, found.rendered.instruction, case_id))
        case = parse_case(case_id)
        task = self._task(case.cell.task_id)
        rendered = render(task, case.cell.variant, self._seed)
        own_turn = _own_turn(messages, rendered.instruction, case_id)
        replies = plan_replies(
            task,
            rendered,
            case,
            tools=tools,
            settings=self.rates,
            draws=self.draws(case_id),
            seed=self._seed,
            context_tokens=self.counter.count(messages[: own_turn + 1], tools),
        )
        with self._lock:
            plan = self._plans[key] = _Plan(rendered, replies)
            while len(self._plans) > _PLANS_KEPT:
                self._plans.popitem(last=False)
        return plan, _replies_behind(messages, own_turn)

    def _task(self, task_id: str) -> TaskSpec:
        known = self._specs.get(task_id)
        if known is None:
            path = self._tasks / task_id
            if not is_task_dir(path):
                raise BadRequestError(f"no task '{task_id}' below {self._tasks}; is --tasks the run's tasks root?")
            try:
                known = self._specs[task_id] = load_task(path, root=self._tasks)
            except TaskError as error:
                raise BadRequestError(str(error)) from error
        return known


def parse_case(case_id: str) -> Case:
    """Read ``config/rate-limits[v3]@32k#2``; BadRequestError if it is none."""
    found = _CASE.fullmatch(case_id)
    if found is None:
        raise BadRequestError(f"'{case_id}' is no case id, as in config/rate-limits[v3]@32k#2")
    size = int(found["size"]) * (1024 if found["k"] else 1)
    cell = Cell(task_id=found["task"], cluster=found["task"], variant=int(found["variant"]), context_tokens=size)
    return Case(cell=cell, trial=int(found["trial"]))


def _own_turn(messages: Sequence[Mapping[str, Any]], instruction: str, case_id: str) -> int:
    """Return the place of the episode's instruction: what stands before it is scripted history."""
    wanted = instruction.strip()
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message.get("role") == "user" and wanted in str(message.get("content") or ""):
            return place
    raise BadRequestError(f"the request does not hold the instruction of {case_id}; is --seed the run's seed?")


def _replies_behind(messages: Sequence[Mapping[str, Any]], place: int) -> int:
    return sum(message.get("role") == "assistant" for message in messages[place:])


def _stray_reply(tools: Sequence[Mapping[str, Any]]) -> Reply:
    """Return the reply to a request that belongs to no case, such as a preflight."""
    if not tools:
        return Reply("Ready.", [], "stop")
    function = tools[0]["function"]
    arguments = json.dumps(example(function.get("parameters") or {}) or {})
    return Reply("Calling.", [Call("call-preflight", function["name"], arguments)], valid_calls=1)


def _message(reply: Reply) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": reply.content,
        "reasoning_content": reply.reasoning,
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.calls
        ],
    }
