"""Writes a case's replies one behind the other: the right calls, and what goes wrong before and in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from agentbench.records import CallClass, Case, RenderedTask
from agentbench.sim.details import PlantedDetail
from agentbench.sim.draws import Draws
from agentbench.sim.faults import CALL_FAULTS, MALFORMED
from agentbench.sim.malform import SpoiltCall, spoil
from agentbench.sim.miscopy import COPY_FAULTS, corrected, miscopy
from agentbench.sim.rates import EpisodeRates
from agentbench.sim.reply import Call, Planted, Reply
from agentbench.sim.solution import Step, file_after

LANGUAGE, GIVE_UP, COPY_ERROR = "language", "give_up", "copy_error"
_PROSE = (
    "I have looked at the task and I think that nothing more needs to be done.",
    "The work is complete as far as I can see.",
    "There is nothing left to do for me here.",
)
_FOREIGN = ("先看一下这个文件", "然后运行测试", "посмотрю", "проверяю")
"""Each is one run of one script."""


class Writer:
    """The replies of one case, as far as they are written."""

    def __init__(
        self,
        case: Case,
        solution: RenderedTask,
        tools: Sequence[Mapping[str, Any]],
        rates: EpisodeRates,
        draws: Draws,
    ) -> None:
        """Take the task with the solution that is played, the offered tools and the episode's rates."""
        self.replies: list[Reply] = []
        self._solution, self._tools, self._rates, self._draws = solution, tools, rates, draws
        self._names = [tool["function"]["name"] for tool in tools]
        self._tag = blake2b(case.id.encode(), digest_size=4).hexdigest()
        self._step = 0

    def write(self, step: Step, details: list[PlantedDetail]) -> None:
        """Add the faulty replies before a right call, and the right call."""
        self._step += 1
        for fault in self._faults_before(step)[:2]:  # a third reply without a usable call would end the episode
            self._add_fault(fault, step)
        for fault in COPY_FAULTS:
            self._add_miscopy(fault, step)
        step = self._with_repair(step)
        faults = [Planted(detail.detail_class, detail.detail_class, detail.detail_id) for detail in details]
        if self._hit("duplicate_id") and "list_files" in self._names:
            self._add_duplicate(step, faults, details)
            return
        finish = "stop" if self._hit("finish_reason") else "tool_calls"
        for time in range(3 if step.is_look and self._hit("loop") else 1):
            planted = [] if time else list(faults)
            planted += [Planted("finish_reason", CallClass.FINISH_REASON.value)] if finish == "stop" else []
            planted += [Planted("loop", CallClass.LOOP.value)] if time == 2 else []
            call = self._call(step.tool, step.arguments)
            self._add(step.says, [call], finish, planted, valid=1, details=[] if time else details)

    def give_up(self) -> None:
        """Add three replies of prose."""
        for index, text in enumerate(_PROSE):
            self._add(text, [], "stop", [Planted("give_up", GIVE_UP)] if index == 0 else [])

    def _faults_before(self, step: Step) -> list[str]:
        found = []
        if self._draws.hit(self._rates.before("malformed"), "malformed", self._step):
            able = [fault for fault in CALL_FAULTS if self._spoil(fault, step) is not None]
            found.append(self._draws.stream("malformed class", self._step).choice(able))
        for fault in (*MALFORMED, "reasoning_only", "empty"):
            if fault not in found and self._draws.hit(self._rates.before(fault), fault, self._step):
                found.append(fault)
        return found

    def _add_fault(self, fault: str, step: Step) -> None:
        if fault == "reasoning_only":
            planted = [Planted(fault, CallClass.REASONING_ONLY.value)]
            self._add(None, [], "stop", planted, reasoning=f"{step.says} With {step.tool}.")
            return
        if fault == "empty":
            self._add(None, [], "stop", [Planted(fault, CallClass.EMPTY.value)])
            return
        spoilt = self._spoil(fault, step)
        if spoilt is None or self._said_last(spoilt):
            return
        calls = [] if spoilt.name is None else [self._raw_call(spoilt.name, spoilt.arguments or "")]
        planted = [Planted(fault, MALFORMED[fault].value)]
        self._add(spoilt.content or step.says, calls, spoilt.finish_reason, planted)

    def _spoil(self, fault: str, step: Step) -> SpoiltCall | None:
        return spoil(fault, step, self._tools, self._draws.stream("spoil", fault, self._step))

    def _said_last(self, spoilt: SpoiltCall) -> bool:
        """Return whether the reply before is this very call: a repeated malformed attempt counts once."""
        last = self.replies[-1].calls[-1:] if self.replies else []
        return [(call.name, call.arguments) for call in last] == [(spoilt.name, spoilt.arguments)]

    def _add_miscopy(self, fault: str, step: Step) -> None:
        if not self._hit(fault):
            return
        wrong = miscopy(fault, step, self._solution, self._draws.stream("miscopy", fault, self._step))
        if wrong is not None:
            call = self._call(wrong.tool, wrong.arguments)
            self._add(wrong.says, [call], "tool_calls", [Planted(fault, COPY_ERROR)], valid=1)

    def _with_repair(self, step: Step) -> Step:
        """Return the call to make next: the right one, or behind a wrong one its repair."""
        after = file_after(self._solution, step.file) if step.file is not None else None
        if after is None or not self._hit("corrected"):
            return step
        pair = corrected(step, self._solution, after, self._draws.stream("corrected", self._step))
        if pair is None:
            return step
        wrong, repair = pair
        call = self._call(wrong.tool, wrong.arguments)
        self._add(wrong.says, [call], "tool_calls", [Planted("corrected", "")], valid=1)
        return repair

    def _add_duplicate(self, step: Step, faults: list[Planted], details: list[PlantedDetail]) -> None:
        look = self._call("list_files", {"depth": 1})
        right = self._call(step.tool, step.arguments)
        # submit comes last: nothing behind it is executed
        calls = [look, Call(look.id, right.name, right.arguments)]
        planted = [*faults, Planted("duplicate_id", CallClass.DUPLICATE_ID.value)]
        self._add(step.says, calls, "tool_calls", planted, valid=2, details=details)

    def _add(
        self,
        content: str | None,
        calls: list[Call],
        finish: str,
        faults: list[Planted],
        *,
        valid: int = 0,
        details: list[PlantedDetail] | None = None,
        reasoning: str | None = None,
    ) -> None:
        speaks = content is not None and all(fault.scored_as != CallClass.LEAKED_MARKUP.value for fault in faults)
        index = len(self.replies)
        if speaks and self._draws.hit(self._rates.chance(LANGUAGE), LANGUAGE, index):
            foreign = self._draws.stream(LANGUAGE, index).choice(_FOREIGN)
            content = f"{content} {foreign}"
            faults = [*faults, Planted(LANGUAGE, LANGUAGE)]
        self.replies.append(Reply(content, calls, finish, reasoning, valid, list(faults), details or []))

    def _hit(self, fault: str) -> bool:
        return self._draws.hit(self._rates.chance(fault), fault, self._step)

    def _call(self, name: str, arguments: Mapping[str, Any]) -> Call:
        return self._raw_call(name, json.dumps(arguments, ensure_ascii=False))

    def _raw_call(self, name: str, arguments: str) -> Call:
        return Call(f"call-{self._tag}-{len(self.replies)}", name, arguments)
