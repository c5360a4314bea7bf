"""A plain harbor task, written with none of our additions, runs as it is: proved, and played by a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Project

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


@pytest.fixture
def foreign(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name, text in FILES.items():
        path = tmp_path / "tasks" / "someones" / "hello" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
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
