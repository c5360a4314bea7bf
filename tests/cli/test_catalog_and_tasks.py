"""``--help``, ``models``, ``tasks`` and ``init``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import Run


def test_help_names_every_command_as_its_own_process() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from agentbench.cli import main; main()", "--help"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    for name in ("doctor", "init", "models", "sandboxes", "tasks", "score", "report", "compare", "reference", "clean"):
        assert f"\n  {name} " in said.stdout


def test_models(run: Run) -> None:
    said = run("models")
    assert said.code == 0
    for name in ("demo", "minimax-m2.1", "minimax-m2.5", "sim", "nvfp4", "(reference)"):
        assert name in said.out


def test_models_show_gives_each_engine_command(run: Run) -> None:
    said = run("models", "show", "minimax-m2.5")
    assert said.code == 0, said.err
    assert "serve" in said.out
    assert "minimax-m2.5" in said.out


@pytest.mark.parametrize(
    ("args", "nearest"),
    [
        (["show", "minimax-m25"], "did you mean 'minimax-m2.5'"),
        (["show", "demo", "nvpf4"], "did you mean 'nvfp4'"),
        (["prepare", "demos"], "did you mean 'demo'"),
        (["prepare", "sim", "claen"], "did you mean 'clean'"),
    ],
)
def test_an_unknown_name_gets_the_nearest(run: Run, args: list[str], nearest: str) -> None:
    said = run("models", *args)
    assert said.code == 4
    assert nearest in said.err
    assert said.err.count("\n") == 1


def test_nothing_to_prepare(run: Run) -> None:
    assert run("models", "prepare", "sim", "clean").out == "sim clean: nothing to prepare\n"


def test_a_new_task_checks_and_renders(run: Run) -> None:
    assert run("tasks", "new", "mine/ports").code == 0
    checked = run("tasks", "check", "--static", "tasks")
    assert (checked.code, checked.out) == (0, "1 tasks, 0 problems\n"), checked.err
    rendered = run("tasks", "render", "mine/ports[v2]", "out")
    assert rendered.code == 0, rendered.err
    assert Path("out/tests/agentbench_verify.py").is_file()
    assert "agentbench/" not in Path("out/environment/Dockerfile").read_text().splitlines()[0]
    assert run("tasks", "new", "mine/ports").code == 4


@pytest.mark.parametrize("name", ["../../x/y", "/tmp/x", "x", "a/b/c", "a/../b", "../a", "a/b c", ".a/b", "a/"])
def test_a_name_that_leaves_the_tasks_directory_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    said = run("tasks", "new", name)
    assert said.code == 4
    assert "expected pack/name" in said.err
    assert not list(tmp_path.iterdir())


def test_an_unknown_sandbox_gets_the_nearest(run: Run) -> None:
    assert "did you mean 'python'" in run("tasks", "new", "a/b", "--sandbox", "pyton").err


def test_check_tells_problems_and_skips_and_goes_on(run: Run) -> None:
    run("tasks", "new", "mine/good")
    for name, toml in (("broken", "x ="), ("foreign", 'version = "1.0"\n[environment]\ngpus = 1\n')):
        place = shutil.copytree("tasks/mine/good", f"tasks/mine/{name}")
        Path(place, "task.toml").write_text(toml)
    said = run("tasks", "check", "--static", "tasks")
    assert said.code == 1
    assert said.out.startswith("skipped: mine/foreign: needs ")
    assert said.out.endswith("1 tasks, 1 problems, 1 skipped\n")
    assert "tasks/mine/broken/task.toml: malformed TOML" in said.err


def test_check_of_nothing(run: Run, tmp_path: Path) -> None:
    assert "no task found" in run("tasks", "check", tmp_path).err


def test_init_lays_out_a_project(run: Run) -> None:
    assert run("init", "project").code == 0
    assert "quant_model" in Path("project/pytest.ini").read_text()
    assert list(Path("project/tasks").glob("*/*/task.toml"))
    assert not list(Path("project").rglob("__pycache__"))
    again = run("init", "project")
    assert again.code == 4
    assert "is not empty" in again.err
