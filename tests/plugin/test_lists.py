"""Task lists: what they name is collected as if it stood on the command line, and nothing of it runs on the host."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.plugin.conftest import Run
from tests.taskset.task_files import FOREIGN, write

STEPPED = {
    **{name: text for name, text in FOREIGN.items() if name != "instruction.md"},
    "task.toml": '[[steps]]\nname = "a"\n',
    "steps/a/instruction.md": "x",
}


@pytest.fixture
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three foreign tasks outside of the project, whose Python files leave a mark when they run."""
    root = tmp_path_factory.mktemp("data")
    mark = f"from pathlib import Path\nPath({str(root / 'ran-on-the-host')!r}).write_text('x')\ndef test_it(): pass\n"
    places = ("conftest.py", "test_x.py", "tests/conftest.py", "tests/test_x.py", "steps/a/tests/conftest.py")
    bombs = dict.fromkeys(places, mark)
    for name, files in (("hello", FOREIGN), ("test_world", FOREIGN), ("stepped", STEPPED)):
        write(root / name, {**files, **bombs})
    (root / "all.txt").write_text("*\n")
    (root / "one.txt").write_text("hello\n")
    return root


def proofs(output: str) -> list[str]:
    """The tasks of the collected proofs, by their directories' names."""
    lines = [line for line in output.splitlines() if line.endswith("::oracle")]
    return [line.split("/")[-2] for line in lines]


def test_a_list_alone_is_all_that_runs(run: Run, data_set: Path) -> None:
    done = run("--collect-only", "-q", f"--quant-task-list={data_set / 'all.txt'}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert proofs(done.stdout) == ["hello", "stepped", "test_world"]
    assert f"{data_set}/hello/task.toml::noop" in done.stdout
    assert not (data_set / "ran-on-the-host").exists()


def test_a_list_stands_beside_given_paths(run: Run, data_set: Path) -> None:
    done = run("--collect-only", "-q", "tasks/", f"--quant-task-list={data_set / 'one.txt'}")
    assert proofs(done.stdout) == ["port", "hello"]


def test_a_list_starts_at_rootdir(run: Run, data_set: Path, project: Path) -> None:
    relative = os.path.relpath(data_set / "one.txt", project)
    done = run("--collect-only", "-q", f"--quant-task-list={relative}", cwd=project / "tasks")
    assert proofs(done.stdout) == ["hello"]


def test_lists_of_the_ini_file_give_way_to_given_paths(run: Run, data_set: Path, project: Path) -> None:
    (project / "pytest.ini").write_text(f"[pytest]\nquant_task_list = {data_set / 'one.txt'}\n")
    assert proofs(run("--collect-only", "-q").stdout) == ["port", "hello"]
    assert proofs(run("--collect-only", "-q", "tasks/").stdout) == ["port"]


def test_a_listed_task_inside_the_project_is_collected_once(run: Run, project: Path) -> None:
    write(project / "vendor" / "hello", FOREIGN)
    (project / "vendor" / "list.txt").write_text("hello\n")
    (project / "pytest.ini").write_text("[pytest]\nquant_task_list = vendor/list.txt\n")
    assert proofs(run("--collect-only", "-q").stdout) == ["port", "hello"]
    done = run("--collect-only", "-q", ".", "--quant-task-list=vendor/list.txt", "vendor/hello")
    assert proofs(done.stdout) == ["port", "hello"]


def test_cases_of_a_listed_task(run: Run, data_set: Path) -> None:
    done = run(
        "--quant=clean", "--quant-model=sim", "--collect-only", "-q", f"--quant-task-list={data_set / 'one.txt'}"
    )
    assert "hello/task.toml::clean[v0-0k-t0]" in done.stdout


@pytest.mark.parametrize("option", ["--quant-task-list=bad.txt", "-oquant_task_list=bad.txt"])
def test_a_missing_directory_is_one_usage_error(run: Run, project: Path, option: str) -> None:
    (project / "bad.txt").write_text("tasks/config/port\ntasks/config/prot\n")
    done = run(option)
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    assert f"{project}/bad.txt:2: 'tasks/config/prot' does not exist" in output
    assert "Traceback" not in output


def test_two_tasks_with_one_id_are_refused(run: Run, data_set: Path) -> None:
    write(data_set / "other" / "hello", FOREIGN)
    (data_set / "two.txt").write_text("hello\nother/hello\n")
    done = run("--collect-only", f"--quant-task-list={data_set / 'two.txt'}")
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    assert "has the id 'hello'" in output


def test_a_worker_of_xdist_collects_the_same(run: Run, data_set: Path) -> None:
    done = run("-n1", "-p", "xdist", f"--quant-task-list={data_set / 'one.txt'}", "-k", "no_such_name", timeout_s=120)
    assert done.returncode == 5, done.stdout + done.stderr
