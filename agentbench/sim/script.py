"""Plans all replies of a case in advance: the right calls, and the faults between and in them.

A plan depends on the task, the case's id, the fault rates and the seed alone. The server therefore needs no memory: the
number of replies that a request already holds says which one comes next.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from agentbench.records import CallClass, Case, RenderedTask, TaskSpec
from agentbench.sim.details import PlantedDetail, choose
from agentbench.sim.draws import Draws
from agentbench.sim.faults import CALL_FAULTS
from agentbench.sim.malform import spoil
from agentbench.sim.solution import Step, play
from agentbench.taskset import render

LANGUAGE, GIVE_UP, UNSOLVED = "language", "give_up", "unsolved"
_HAZARD_TOKENS = 131_072
_PROSE = (
    "I have looked at the task and I think that nothing more needs to be done.",
    "The work is complete as far as I can see.",
    "There is nothing left to do for me here.",
)
_FOREIGN = ("先看一下这个文件", "然后运行测试", "посмотрю", "проверяю")
"""Each is one run of one script."""


@dataclass(frozen=True, slots=True)
class Call:
    """One structured call as it is sent."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as it is sent, and what was planted in it."""

    content: str | None
    calls: list[Call] = field(default_factory=list)
    finish_reason: str = "tool_calls"
    reasoning: str | None = None
    planted: list[str] = field(default_factory=list)
    """Classes of the tool-call table, ``language``, ``give_up``, ``unsolved``; ``valid`` once for each right call."""
    details: list[PlantedDetail] = field(default_factory=list)


def plan_replies(
    task: TaskSpec,
    rendered: RenderedTask,
    case: Case,
    *,
    tools: Sequence[Mapping[str, Any]],
    rates: Mapping[str, float],
    seed: int,
) -> list[Reply]:
    """Return every reply of a case in order; the last one submits, or is prose."""
    draws = Draws(seed, rates.get("salt", 0), case.id)
    planted = choose(rendered, rates, draws)
    solution = rendered
    if planted:
        overrides = {detail.variable: detail.replacement for detail in planted}
        solution = render(task, case.cell.variant, seed, overrides)
    stages = play(solution, [tool["function"]["name"] for tool in tools])
    solved = _is_solved(case, rates, draws)
    writer = _Writer(case, tools, rates, draws)
    last_files = [step.file for step in stages[-1] if step.file]
    given_up = draws.hit(rates.get("give_up", 0.0), "give_up")
    quits_at = draws.stream("give_up").randrange(sum(map(len, stages))) if given_up else None
    number = 0
    for stage in stages:
        for step in stage:
            if number == quits_at:
                writer.give_up()
                return writer.replies
            number += 1
            if not solved and _is_left_out(step, last_files):
                continue
            writer.write(step, _details_of(step, stages[-1], planted))
    if not solved:
        writer.mark(UNSOLVED)
    return writer.replies


def _is_solved(case: Case, rates: Mapping[str, float], draws: Draws) -> bool:
    """Draw whether the episode is solved: by its task's own difficulty, and by the hazard of long contexts."""
    mean = rates.get("solve_rate", 1.0)
    if mean < 1:
        difficulty = _task_difficulty(case.cell.task_id, mean) if mean > 0 else 0.0
        if not draws.hit(difficulty, "solved"):
            return False
    hazard = rates.get("long_context_hazard", 0.0) * case.cell.context_tokens / _HAZARD_TOKENS
    return not draws.hit(hazard, "hazard")


def _is_left_out(step: Step, files: Sequence[str | None]) -> bool:
    """Return whether an unsolved episode lacks this call: the last file's change, or a foreign solution's command."""
    return step.file == files[-1] if files and step.file is not None else not files and step.tool == "bash"


def _task_difficulty(task_id: str, mean: float) -> float:
    """Return the task's own chance, the same in every arm: that is what makes pairing worth while."""
    digest = int.from_bytes(blake2b(task_id.encode(), digest_size=8).digest())
    return random.Random(digest).betavariate(mean, 1 - mean)


def _details_of(step: Step, stage: Sequence[Step], planted: Sequence[PlantedDetail]) -> list[PlantedDetail]:
    """Return the wrong details that are planted once this call is sent."""
    return [detail for detail in planted if _home(detail, stage) is step]


def _home(detail: PlantedDetail, stage: Sequence[Step]) -> Step:
    """Return the call that writes a wrong detail: its file's change, else (read by a command) the last change.

    What is left as it was may need no change at all; it is certain when the work is handed in.
    """
    changes = [step for step in stage if step.file is not None]
    own = [step for step in changes if step.file == detail.file]
    if own:
        return own[-1]
    return stage[-1] if detail.detail_class == "omitted" or not changes else changes[-1]


class _Writer:
    """Writes replies one behind the other."""

    def __init__(
        self, case: Case, tools: Sequence[Mapping[str, Any]], rates: Mapping[str, float], draws: Draws
    ) -> None:
        self.replies: list[Reply] = []
        self._tools, self._rates, self._draws = tools, rates, draws
        self._names = [tool["function"]["name"] for tool in tools]
        self._tag = blake2b(case.id.encode(), digest_size=4).hexdigest()
        self._step = 0

    def write(self, step: Step, details: list[PlantedDetail]) -> None:
        """Add the faulty replies before a right call, and the right call."""
        self._step += 1
        for fault in self._faults_before(step)[:2]:  # a third reply without a usable call would end the episode
            self._add_fault(fault, step)
        if self._hit("duplicate_id") and "list_files" in self._names:
            self._add_duplicate(step, details)
            return
        finish = "stop" if self._hit("finish_reason") else "tool_calls"
        times = 3 if step.is_look and self._hit("loop") else 1
        for time in range(times):
            planted = [CallClass.VALID.value]
            planted += [CallClass.FINISH_REASON.value] if finish == "stop" else []
            planted += [CallClass.LOOP.value] if time == 2 else []
            self._add(step.says, [self._call(step.tool, step.arguments)], finish, planted, details=details)

    def give_up(self) -> None:
        """Add three replies of prose."""
        for index, text in enumerate(_PROSE):
            self._add(text, [], "stop", [GIVE_UP] if index == 0 else [])

    def mark(self, what: str) -> None:
        """Say of the last reply that something holds for the episode."""
        self.replies[-1].planted.append(what)

    def _faults_before(self, step: Step) -> list[str]:
        found = []
        total = self._rates.get("malformed", 0.0)
        if self._draws.hit(_before(total), "malformed", self._step):
            able = [fault for fault in CALL_FAULTS if self._spoil(fault, step) is not None]
            found.append(self._draws.stream("malformed class", self._step).choice(able))
        for fault in (*CALL_FAULTS, "reasoning_only", "empty"):
            if fault not in found and self._draws.hit(_before(self._rates.get(fault, 0.0)), fault, self._step):
                found.append(fault)
        return found

    def _add_fault(self, fault: str, step: Step) -> None:
        if fault == "reasoning_only":
            self._add(None, [], "stop", [CallClass.REASONING_ONLY.value], reasoning=f"{step.says} With {step.tool}.")
            return
        if fault == "empty":
            self._add(None, [], "stop", [CallClass.EMPTY.value])
            return
        spoilt = self._spoil(fault, step)
        if spoilt is None:
            return
        calls = [] if spoilt.name is None else [self._raw_call(spoilt.name, spoilt.arguments or "")]
        self._add(spoilt.content or step.says, calls, spoilt.finish_reason, [CALL_FAULTS[fault].value])

    def _spoil(self, fault: str, step: Step) -> Any:
        return spoil(fault, step, self._tools, self._draws.stream("spoil", fault, self._step))

    def _add_duplicate(self, step: Step, details: list[PlantedDetail]) -> None:
        look = self._call("list_files", {"depth": 1})
        right = self._call(step.tool, step.arguments)
        # submit comes last: nothing behind it is executed
        calls = [look, Call(look.id, right.name, right.arguments)]
        self._add(step.says, calls, "tool_calls", ["valid", "valid", CallClass.DUPLICATE_ID.value], details=details)

    def _add(
        self,
        content: str | None,
        calls: list[Call],
        finish: str,
        planted: list[str],
        *,
        details: list[PlantedDetail] | None = None,
        reasoning: str | None = None,
    ) -> None:
        speaks = content is not None and CallClass.LEAKED_MARKUP.value not in planted
        if speaks and self._draws.hit(self._rates.get("language", 0.0), "language", len(self.replies)):
            foreign = self._draws.stream("language", len(self.replies)).choice(_FOREIGN)
            content = f"{content} {foreign}"
            planted = [*planted, LANGUAGE]
        self.replies.append(Reply(content, calls, finish, reasoning, list(planted), details or []))

    def _hit(self, fault: str) -> bool:
        return self._draws.hit(self._rates.get(fault, 0.0), fault, self._step)

    def _call(self, name: str, arguments: Mapping[str, Any]) -> Call:
        return self._raw_call(name, json.dumps(arguments, ensure_ascii=False))

    def _raw_call(self, name: str, arguments: str) -> Call:
        return Call(f"call-{self._tag}-{len(self.replies)}", name, arguments)


def _before(share: float) -> float:
    """Return the chance before each right call that makes a share of all calls faulty."""
    return min(1.0, share / (1 - share)) if share < 1 else 1.0
