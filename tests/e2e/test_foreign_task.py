"""Plain harbor tasks, written with none of our additions, run as they are: proved, and played by a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentbench.store import Journal
from tests.e2e.conftest import Project
from tests.taskset.task_files import write

pytestmark = [pytest.mark.docker, pytest.mark.slow]

FILES = {
    "task.toml": 'version = "1.0"\n\n[metadata]\nauthor_name = "someone"\n\n[verifier]\ntimeout_sec = 60.0\n',
    "instruction.md": "Write the word `hello` into /app/greeting.txt.\n",
    "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n",
    "tests/test.sh": (
        "#!/bin/sh\n[ \"$(cat /app/greeting.txt)\" = hello ] && echo 1 > /logs/verifier/reward.txt "
        "|| echo 0 > /logs/verifier/reward.txt\n"
    ),
    "solution/solve.sh": "#!/bin/sh\necho hello > /app/greeting.txt\n",
}  # fmt: skip


PRIOR = {
    "schema_version": "ATIF-v1.6",
    "agent": {"name": "somebody's", "version": "2"},
    "steps": [
        {"step_id": 1, "source": "system", "message": "You may call Shell."},
        {"step_id": 2, "source": "user", "message": "What greeting is wanted?"},
        {
            "step_id": 3,
            "source": "agent",
            "message": "",
            "tool_calls": [{"tool_call_id": "t1", "function_name": "Shell", "arguments": {"line": "cat wanted"}}],
            "observation": {"results": [{"source_call_id": "t1", "content": "hello"}]},
        },
    ],
}
STEPPED = {
    **{name: text for name, text in FILES.items() if name != "instruction.md"},
    "task.toml": "[[steps]]\nname = 'greet'\nmin_reward = 1\n[[steps]]\nname = 'part'\n",
    "steps/greet/instruction.md": "Write it into /app/greeting.txt.\n",
    "steps/greet/trajectory.json": json.dumps(PRIOR),
    "steps/part/instruction.md": "Say `bye` there.\n",
    "steps/part/solution/solve.sh": "#!/bin/sh\necho bye > /app/greeting.txt\n",
    "steps/part/tests/test.sh": FILES["tests/test.sh"].replace("hello", "bye"),
}


@pytest.fixture
def stepped(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    write(tmp_path / "tasks" / "someones" / "two", STEPPED)
    return Project(tmp_path)


@pytest.fixture
def foreign(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    write(tmp_path / "tasks" / "someones" / "hello", FILES)
    return Project(tmp_path)


def test_it_is_proved(foreign: Project) -> None:
    done = foreign.run("tasks/")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_model_plays_it(foreign: Project) -> None:
    done = foreign.run("--quant=clean", "tasks/")
    assert done.returncode == 0, done.stdout
    assert "1 solved" in done.stdout
    assert foreign.scorecard("clean")["episodes"][0]["case"] == "someones/hello[v0]@0k#0"


def test_steps_behind_a_prior_context_are_played_one_by_one(stepped: Project) -> None:
    done = stepped.run("--quant=clean", "tasks/")
    assert done.returncode == 0, done.stdout
    assert "1 solved" in done.stdout
    episode = Journal.open(stepped.runs()[0]).episode("someones/two[v0]@0k#0")
    assert episode.evidence is not None
    assert episode.evidence.step_rewards == {"greet": 1.0, "part": 1.0}
    assert episode.trajectory is not None
    steps = episode.trajectory.steps
    assert steps[0].message.endswith("call submit.\n\nYou may call Shell.")
    assert steps[2].is_copied_context
    assert steps[2].tool_calls is not None
    assert (steps[2].tool_calls[0].function_name, steps[2].tool_calls[0].arguments) == ("Shell", {"line": "cat wanted"})
    said = [step.message for step in steps if step.source == "user"]
    assert said == ["What greeting is wanted?", "Write it into /app/greeting.txt.\n", "Say `bye` there.\n"]
    valid = stepped.scorecard("clean")["rates"]["calls.valid"]
    assert valid["numerator"] == valid["denominator"] > 0, "a prior call is nobody's fault"


def test_steps_are_proved(stepped: Project) -> None:
    done = stepped.run("tasks/")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_list_brings_tasks_of_other_places(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    data_set = tmp_path_factory.mktemp("elsewhere")
    write(data_set / "hello", FILES)
    (data_set / "list.txt").write_text("hello # the only one\n")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nquant_task_list = {data_set / 'list.txt'}\n")
    project = Project(tmp_path)
    done = project.run("--quant=clean")
    assert done.returncode == 0, done.stdout
    assert "1 solved" in done.stdout
    card = project.scorecard("clean")
    assert card["episodes"][0]["case"] == "hello[v0]@0k#0"
    assert not card["subset"], "the list is all that there is"
