"""``tasks render`` with a context: another harness, or we as one, gets the very first request of the case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentbench.agent import system_prompt, tool_schemas
from agentbench.catalog import load_family
from agentbench.records import ContextPlanKind, Trajectory
from agentbench.records.paths import data_dir
from agentbench.taskset import WordsCounter, build_context, load_task, plain_messages, plan_of, render
from tests.command import Run

CASES = ["config/gateway-limits[v3]@16k", "session/gripper-cells[v0]@16k", "config/gateway-limits[v8]@16k"]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("suite", ["nightly", "sim"])
def test_the_first_request_survives(run: Run, case: str, suite: str) -> None:
    root, family = data_dir("tasks"), load_family("sim", rootdir=Path.cwd())
    said = run("tasks", "render", case, "out", "--root", root, "--seed", 5, "--quant-suite", suite)
    assert said.code == 0, said.err
    assert "with a context of 16" in said.out
    name, variant = case.partition("[")[0], int(case.partition("[v")[2].partition("]")[0])
    native = render(load_task(root / name, root=root), variant, 5)
    plans = [ContextPlanKind.HISTORY] if suite == "sim" else list(ContextPlanKind)
    plan = plan_of(plans, variant=variant, cluster=native.task.cluster)
    prompt = system_prompt(family.tools)
    built = build_context(
        native,
        16_384,
        tools=tool_schemas(family.tools),
        system_prompt=prompt,
        counter=WordsCounter(),
        seed=5,
        plan=plan,
        reasoning_field=family.reasoning_field,
    )
    foreign = render(load_task(Path("out").absolute(), root=Path.cwd()), 0, 0)
    assert not foreign.task.native
    assert plain_messages(foreign, system_prompt=prompt, reasoning_field=family.reasoning_field) == built.messages
    assert foreign.follow_ups == native.follow_ups
    assert "in the order of reading:" not in foreign.instruction
    found = list(Path("out").rglob("trajectory.json"))
    assert [file.with_name("instruction.md").is_file() for file in found] == [True]
    trajectory = Trajectory.model_validate(json.loads(found[0].read_text()))
    assert {step.source for step in trajectory.steps} <= {"user", "agent"}


def test_the_size_may_be_an_option(run: Run) -> None:
    root = data_dir("tasks")
    assert run("tasks", "render", "config/gateway-limits[v1]", "a", "--root", root, "--context", "8k").code == 0
    assert run("tasks", "render", "config/gateway-limits[v1]@8k#2", "b", "--root", root).code == 0
    assert Path("a/trajectory.json").read_bytes() == Path("b/trajectory.json").read_bytes()
    assert run("tasks", "render", "config/gateway-limits[v1]", "c", "--root", root).code == 0
    assert not Path("c/trajectory.json").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["config/gateway-limits[v1]", "--context", "lots"], ["--context: found 'lots'", "32k"]),
        (["config/gateway-limits[v1]@many"], ["CASE: found 'many'"]),
        (["config/gateway-limits[1]"], ["found 'config/gateway-limits[1]', expected pack/task[v3] or"]),
        (["config/gateway-limits[v1]@1k"], ["config/gateway-limits[v1]", "1024 tokens", "at least"]),
        (["config/gateway-limits[v1]@8k", "--quant-model", "smi"], ["did you mean 'sim'"]),
        (["config/gateway-limits[v1]@8k", "--quant-suite", "nigthly"], ["did you mean 'nightly'"]),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, args: list[str], words: list[str]) -> None:
    said = run("tasks", "render", args[0], "out", "--root", data_dir("tasks"), *args[1:])
    assert said.code == 4
    assert all(word in said.err for word in words), said.err
    assert said.err.count("\n") == 1
    assert not Path("out").exists()
