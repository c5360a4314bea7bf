"""``agentbench tasks check`` in sandboxes: what it proves, what it catches, and what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentbench.grading import HOSTILE_AGENTS
from agentbench.records import TaskSpec
from agentbench.runner import Proving, proofs, provings
from agentbench.taskset import load_task
from tests.command import Run

TASK = Path("tasks/mine/good")
CHECKS = TASK / "tests/checks.py.j2"


@pytest.fixture
def task(run: Run) -> TaskSpec:
    run("tasks", "new", "mine/good")
    return load_task(TASK.resolve(), root=Path("tasks").resolve())


def test_what_there_is_to_prove(task: TaskSpec) -> None:
    quick, full = list(provings(task, full=False)), list(provings(task, full=True))
    assert [one.which for one in quick] == ["oracle", "noop", *HOSTILE_AGENTS]
    assert [(one.seed, one.gradings) for one in full if one.which == "oracle"] == [(0, 10), (1, 2), (2, 2)]
    assert {one.which for one in full} == {one.which for one in quick}
    assert len({one.name for one in full}) == len(full)
    foreign = task.model_copy(update={"native": False})
    assert [one.which for one in provings(foreign, full=True)] == ["oracle", "noop"]


@pytest.mark.docker
def test_check_proves_with_docker_and_keeps_what_holds(run: Run, task: TaskSpec) -> None:
    said = run("tasks", "check", "tasks", "--proofs", "proofs.jsonl")
    assert said.code == 0, said.err
    assert "[1/1] mine/good: ok (6 proofs in" in said.out
    kept = [json.loads(line)["proof"] for line in Path("proofs.jsonl").read_text().splitlines()]
    assert kept == [f"{task.id} {which}" for which in ("oracle", "noop", *HOSTILE_AGENTS)]
    again = run("tasks", "check", "tasks", "--proofs", "proofs.jsonl")
    assert "ok (0 proofs in 0.0 s, 6 kept from before)" in again.out
    Path("proofs.jsonl").write_text(Path("proofs.jsonl").read_text()[:-20])
    cut = run("tasks", "check", "tasks", "--proofs", "proofs.jsonl")
    assert "ok (1 proofs in" in cut.out, "a line that was cut off is due again"


def test_a_file_of_other_things_is_refused(run: Run, task: TaskSpec) -> None:
    Path("proofs.jsonl").write_text('{"a": 1}\n{"b": 2}\n')
    said = run("tasks", "check", "tasks", "--proofs", "proofs.jsonl")
    assert said.code == 4
    assert "proofs.jsonl: line 1 is no proof" in said.err


GULLIBLE = {
    "rewards": ("a test of the workspace decides", 'assert run("sh tests/all.sh").exit_code == 0'),
    "printer": ("any word of success will do", 'assert "PASS" in run(["./start.sh"]).stdout'),
    "deleter": ("only what is gone is asked for", 'assert not (workspace / "old.json").is_file()'),
    "planter": ("an exit code alone decides", 'assert run(["python3", "work.py"]).exit_code == 0'),
}
FILES = {
    "tests/all.sh": "grep -q port_is_set service.json\n",
    "start.sh": "#!/bin/sh\necho FAILED\n",
    "old.json": "{}\n",
    "work.py": "raise SystemExit(1)\n",
}


@pytest.mark.docker
@pytest.mark.parametrize("agent", GULLIBLE)
def test_a_gullible_check_is_found_by_its_hostile_agent(agent: str, run: Run, task: TaskSpec) -> None:
    title, line = GULLIBLE[agent]
    CHECKS.write_text(
        'import sys\n\nsys.path.insert(0, "/tests")\nfrom agentbench_verify import check, main, run, workspace\n\n\n'
        f'@check("{title}")\ndef _():\n    {line}\n\n\nmain()\n'
    )
    toml = TASK / "task.toml"
    toml.write_text(toml.read_text().replace("tests = 2", "tests = 1"))
    for name, text in FILES.items():
        path = TASK / "environment/workspace" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    gullible = load_task(TASK.resolve(), root=Path("tasks").resolve())
    proving = Proving(gullible, agent)
    waiting = proofs.ProofRun([proving])
    try:
        problem = waiting.wait(proving).problem
    finally:
        waiting.close()
    assert problem == f"mine/good: {agent}: a hostile agent is rewarded with 1.0"


UNSTABLE = """
@check("now and then")
def _():
    import time
    assert time.time_ns() // 1000 % 2, "unlucky"


main()
"""
QUEUE_BY_COMMAND = """check = { command = "cat service.json | tr -d '[:space:]' | sed 's/.*queue...//; s/.,.*//'" }"""


@pytest.mark.docker
def test_unstable_grading_and_planted_values_are_looked_at(run: Run, task: TaskSpec) -> None:
    toml, checks = TASK / "task.toml", CHECKS.read_text()
    text = toml.read_text().replace('check = { file = "service.json", json = "queue" }', QUEUE_BY_COMMAND)
    toml.write_text(text.replace("tests = 2", "tests = 3"))
    CHECKS.write_text(checks.removesuffix("main()\n") + UNSTABLE.lstrip())
    unstable = load_task(TASK.resolve(), root=Path("tasks").resolve())
    wanted = [Proving(unstable, "oracle", 0, 12), Proving(unstable, "mutation", detail_id="queue")]
    waiting = proofs.ProofRun(wanted)
    try:
        stable, mutation = (waiting.wait(one).problem for one in wanted)
    finally:
        waiting.close()
    assert stable is not None
    assert stable.startswith("mine/good: oracle, 12 times: 2 different results"), stable
    assert mutation is None


@pytest.mark.docker
def test_a_proof_starts_only_what_comes_next(task: TaskSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [task.model_copy(update={"id": f"mine/t{number}"}) for number in range(50)]
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    waiting = proofs.ProofRun([Proving(one, which) for one in many for which in ("oracle", "noop")])
    try:
        proof = waiting.wait(Proving(many[7], "noop"))
    finally:
        waiting.close()
    assert proof.problem is None
    assert proof.evidence is not None


def test_window_of_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    order = [f"t{number} {which}" for number in range(50) for which in ("oracle", "noop")]
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    started = proofs.ahead(order, order[10])
    assert started == order[10 : 10 + len(started)]
    assert 1 < len(started) < 100
    assert proofs.ahead(order, order[-1]) == order[-1:]
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    assert proofs.ahead(order, order[10]) == [order[10]]
