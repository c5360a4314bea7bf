"""Runs whole cases: the simulated server over real HTTP, the real agent loop, a sandbox over a plain directory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agentbench.agent import TOOLS, AgentRun, ChatClient, run_agent, system_prompt
from agentbench.calls import ToolSchemas, judge_reply
from agentbench.records import (
    CallClass,
    Case,
    Cell,
    Engine,
    Limits,
    ModelFamily,
    QuantProfile,
    RenderedTask,
    ReplyFacts,
    Sampling,
    TaskSpec,
    Tokenizer,
)
from agentbench.sim import Ledger, SimServer, SimulatedModel
from agentbench.taskset import load_task, render
from tests.agent.local_sandbox import LocalSandbox
from tests.shipped import ROOT

SEED = 7


def family(tools: list[str] | None = None, **limits: Any) -> ModelFamily:
    return ModelFamily(
        name="sim",
        source="test",
        context_window=196_608,
        reference="clean",
        tokenizer=Tokenizer(builtin="words"),
        tools=tools or list(TOOLS),
        limits=Limits(**{"turns": 500, "total_tokens": 10**9, **limits}),
        sampling=Sampling(temperature=0),
        default_suite="sim",
        quants={"clean": QuantProfile(name="clean", engine=Engine(kind="sim"))},
    )


def make_case(task_id: str, variant: int = 0, trial: int = 0, size: int = 2048) -> Case:
    return Case(cell=Cell(task_id=task_id, cluster=task_id, variant=variant, context_tokens=size), trial=trial)


@contextmanager
def serving(
    faults: dict[str, float] | None = None, ledger: Path | None = None, arm: str = ""
) -> Iterator[tuple[str, SimulatedModel]]:
    model = SimulatedModel(
        ROOT, name="sim", rates=faults or {}, seed=SEED, context_window=196_608, ledger=Ledger(ledger), arm=arm
    )
    server = SimServer(("127.0.0.1", 0), model)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def first_request(rendered: RenderedTask, tools: list[str]) -> list[dict[str, Any]]:
    return [
        {"role": "system", "content": system_prompt(tools)},
        {"role": "user", "content": "Some earlier talk."},
        {"role": "assistant", "content": "Noted."},
        {"role": "user", "content": rendered.instruction},
    ]


def run_case(client: ChatClient, case: Case, root: Path, tools: list[str] | None = None, **limits: Any) -> AgentRun:
    """Run one case over a directory that is filled with the task's workspace."""
    chosen = family(tools, **limits)
    _, rendered = rendered_case(case)
    root.mkdir(parents=True)
    sandbox = LocalSandbox(root)
    for path, content in rendered.workspace.items():
        sandbox.write_file(path, content.data, mode=content.mode)
    return run_agent(
        messages=first_request(rendered, chosen.tools),
        follow_ups=rendered.follow_ups,
        sandbox=sandbox,
        tools=chosen.tools,
        client=client,
        family=chosen,
        case=case,
        seed=1,
        cancel=threading.Event(),
    )


def rendered_case(case: Case) -> tuple[TaskSpec, RenderedTask]:
    task = load_task(ROOT / case.cell.task_id, root=ROOT)
    return task, render(task, case.cell.variant, SEED)


def found(run: AgentRun) -> Counter[str]:
    """Return what ``agentbench.calls`` finds in a trajectory: each call's class, and the reply classes."""
    schemas = ToolSchemas(run.trajectory.agent.tool_definitions or [])
    classes: Counter[str] = Counter()
    last: tuple[str | None, str | None, str] | None = None
    same = 0
    for step in run.trajectory.steps:
        if step.source != "agent" or step.extra is None:
            continue
        facts = ReplyFacts.model_validate(step.extra)
        judged = judge_reply(
            content=step.message,
            reasoning=step.reasoning_content,
            raw_calls=facts.raw_calls,
            finish_reason=facts.finish_reason,
            schemas=schemas,
        )
        classes.update(call.call_class.value for call in judged.calls)
        classes.update(kind.value for kind in judged.protocol)
        if judged.leaked:
            classes[CallClass.LEAKED_MARKUP.value] += 1
        for raw, digest in zip(facts.raw_calls, facts.result_digests, strict=True):
            this = (raw.name, raw.arguments, digest)
            same = same + 1 if this == last else 1
            last = this
            if same >= 3:
                classes[CallClass.LOOP.value] += 1
    return classes
