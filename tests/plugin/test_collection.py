"""A task is a leaf: nothing inside it is collected, imported or run on the host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Run, write_task

SIM = ("--quant-model=sim", "--quant-context=4k", "--quant-variants=2", "--quant-trials=2")


@pytest.fixture
def hostile(project: Path) -> Path:
    """A task whose own Python files leave a mark when they run; returns where the mark would be."""
    mark = project / "ran-on-the-host"
    bomb = f"from pathlib import Path\nPath({str(mark)!r}).write_text('x')\ndef test_it(): pass\n"
    task = write_task(project / "tasks" / "evil" / "test_me")
    for name in (
        "conftest.py",
        "test_x.py",
        "tests/conftest.py",
        "tests/test_x.py",
        "environment/workspace/conftest.py",
    ):
        (task / name).write_text(bomb)
    return mark


@pytest.mark.parametrize(
    "argument",
    [
        "tasks/",
        "tasks/evil",
        "tasks/evil/test_me",
        "tasks/evil/test_me/task.toml",
        "tasks/evil/test_me/task.toml::noop",
        "tasks/evil/test_me/tests/test_x.py",
        ".",
    ],
)
def test_nothing_of_a_task_runs_on_the_host(run: Run, hostile: Path, argument: str) -> None:
    run("--collect-only", "-q", argument)
    assert not hostile.exists()


def test_starting_inside_a_task_is_refused(run: Run, hostile: Path, project: Path) -> None:
    done = run(cwd=project / "tasks" / "evil" / "test_me")
    assert done.returncode == 4
    assert "inside a task directory" in done.stdout + done.stderr
    assert not hostile.exists()


def test_without_quant_each_task_is_proved(run: Run) -> None:
    done = run("--collect-only", "-q", "tasks/")
    assert "tasks/config/port/task.toml::oracle" in done.stdout
    assert "tasks/config/port/task.toml::noop" in done.stdout


def test_case_ids_and_order(run: Run) -> None:
    done = run("--quant=stale15,clean", *SIM, "--collect-only", "-q", "tasks/")
    ids = [line for line in done.stdout.splitlines() if "::" in line]
    task = "tasks/config/port/task.toml"
    expected = [f"{task}::{quant}[v{v}-4k-t{t}]" for quant in ("clean", "stale15") for v in (0, 1) for t in (0, 1)]
    metrics = ("pass_rate", "call_validity", "detail_errors", "copy_errors", "overall")
    expected += [f"verdict::{quant}::{metric}" for quant in ("clean", "stale15") for metric in metrics]
    assert ids == expected


def test_node_id_on_the_command_line(run: Run) -> None:
    node = "tasks/config/port/task.toml::clean[v1-4k-t0]"
    done = run("--quant=clean", *SIM, "--collect-only", "-q", node)
    ids = [line for line in done.stdout.splitlines() if "::" in line]
    assert ids[0] == node
    assert all(line.startswith("verdict::") for line in ids[1:])


def test_deselection_by_keyword(run: Run) -> None:
    done = run("--quant=clean", *SIM, "--collect-only", "-q", "-k", "v0-4k", "tasks/")
    cases = [line for line in done.stdout.splitlines() if "task.toml::" in line]
    assert [line.split("::")[1] for line in cases] == ["clean[v0-4k-t0]", "clean[v0-4k-t1]"]


def test_foreign_task_outside_the_tasks_directory_is_left_alone_unless_named(run: Run, project: Path) -> None:
    foreign = project / "vendor" / "other"
    write_task(
        foreign, **{"task.toml": 'version = "1.0"\n[task]\nname = "x/y"\n', "environment/Dockerfile": "FROM x\n"}
    )
    assert "vendor" not in run("--collect-only", "-q", ".").stdout
    assert "vendor/other/task.toml::oracle" in run("--collect-only", "-q", "vendor/other").stdout


def test_a_project_without_tasks_does_not_notice_the_plugin(tmp_path: Path, run: Run) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "pytest.ini").write_text("[pytest]\n")
    (plain / "test_plain.py").write_text("import sys\ndef test_it():\n    assert 'docker' not in sys.modules\n")
    assert run(cwd=plain).returncode == 0
