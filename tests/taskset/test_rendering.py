from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agentbench.errors import TaskError
from agentbench.probing import read_value, states
from agentbench.records import RenderedTask
from agentbench.taskset import load_task, render, write_harbor
from tests.taskset.task_files import TOML, WriteTask


@pytest.fixture
def rendered(native_task: WriteTask, tasks_root: Path) -> RenderedTask:
    return render(load_task(native_task(), root=tasks_root), 3, 7)


def test_templates_suffix_and_bits(rendered: RenderedTask) -> None:
    values = rendered.values
    assert rendered.instruction.endswith(f"is {values['window']} ms.\n")
    assert rendered.follow_ups == [f"Also set the owner to {values['owner']} in config/app.toml."]
    assert sorted(rendered.workspace) == ["LICENSE", "app/limits.py", "config/app.toml", "run.sh"]
    assert sorted(rendered.tests) == ["checks.py", "test.sh"]
    assert sorted(rendered.solution) == ["files/app/limits.py", "files/config/app.toml", "solve.sh"]
    assert rendered.solution["files/app/limits.py"].data == f"WINDOW = {values['window']}\n".encode()
    assert rendered.workspace["LICENSE"].data == b"free {{ not_a_template }}\n"  # no .j2: byte by byte
    assert (rendered.workspace["run.sh"].mode, rendered.workspace["LICENSE"].mode) == (0o755, 0o644)


def test_details_and_facts(rendered: RenderedTask) -> None:
    values = rendered.values
    port = rendered.details[0]
    assert (port.value, port.stale) == (values["port"], values["port_v1"])
    assert [detail.recoverable for detail in rendered.details] == [False, False, False, False, None]
    assert values["port"] in rendered.facts[0].text
    assert values["port_v1"] in rendered.facts[1].text


def test_overrides_change_the_solution_only(native_task: WriteTask, tasks_root: Path) -> None:
    task = load_task(native_task(), root=tasks_root)
    sound, wrong = render(task, 1, 0), render(task, 1, 0, overrides={"port": "1"})
    check = task.details[0].check
    assert read_value(check, wrong.solution["files/config/app.toml"].data) == "1"
    assert read_value(check, sound.solution["files/config/app.toml"].data) == sound.values["port"]
    for part in ("values", "instruction", "workspace", "tests", "details", "facts", "follow_ups"):
        assert getattr(sound, part) == getattr(wrong, part)
    with pytest.raises(TaskError, match="no variable 'prot' to override; did you mean 'port'"):
        render(task, 1, 0, overrides={"prot": "1"})


def test_checks_may_hold_variables(native_task: WriteTask, tasks_root: Path) -> None:
    toml = (
        'check = { file = "app/limits.py", python = "WINDOW" }',
        'check = { file = "app/limits.py", regex = "{{ window }}" }',
    )
    task = load_task(native_task(toml=toml), root=tasks_root)
    rendered = render(task, 0, 0)
    assert rendered.details[2].check.regex == rendered.values["window"]


def test_a_value_in_the_workspace_is_recoverable(native_task: WriteTask, tasks_root: Path) -> None:
    toml = ('value = "{{ window }}"\ntold_in = "instruction"', 'value = "{{ window }}"\ntold_in = "file"')
    task = load_task(
        native_task(toml=toml, **{"environment__workspace__docs_DOT_md_DOT_j2": "Window: {{ window }} ms\n"}),
        root=tasks_root,
    )
    assert render(task, 0, 0).details[2].recoverable is True


def test_chance_collisions_are_drawn_again(native_task: WriteTask, tasks_root: Path) -> None:
    """With 90 of 100 ports in the workspace most first draws collide; none of the rendered ones does."""
    toml = TOML.replace("low = 1024, high = 65535", "low = 100, high = 199")
    listed = {str(port) for port in range(100, 190)}
    files = {"task_DOT_toml": toml, "environment__workspace__ports_DOT_txt": "\n".join(sorted(listed))}
    task = load_task(native_task(**files), root=tasks_root)
    ports = {render(task, variant, 0).values["port"] for variant in range(20)}
    assert len(ports & listed) <= 4  # a few exhaust their attempts, which `tasks check` then reports


def test_plain_tasks_are_read_as_they_are(foreign_task: WriteTask, tasks_root: Path) -> None:
    rendered = render(load_task(foreign_task(files={"tests/x.j2": "{{ x }}"}), root=tasks_root), 5, 1)
    assert rendered.instruction == "Write {{ this }} to /app/out.txt.\n"
    assert rendered.tests["x.j2"].data == b"{{ x }}"
    assert (rendered.workspace, rendered.values, rendered.details) == ({}, {}, [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!-- BENCHMARK DATA. canary GUID 1 -->\n\nDo it.\n", "Do it.\n"),
        ("# terminal-bench-canary GUID 1\n<!-- Canary 2 -->\nDo it.\n", "Do it.\n"),
        ("# The canary of the mine\n", ""),
        ("Do it.\n# canary\n", "Do it.\n# canary\n"),
    ],
)
def test_the_marks_of_a_data_set_are_not_shown(
    text: str, shown: str, foreign_task: WriteTask, tasks_root: Path
) -> None:
    task = load_task(foreign_task(files={"instruction.md": text}), root=tasks_root)
    assert render(task, 0, 0).instruction == shown


def test_a_written_task_is_a_plain_harbor_task(rendered: RenderedTask, tmp_path: Path) -> None:
    target = tmp_path / "out" / "gateway"
    write_harbor(rendered, target)
    toml = tomllib.loads((target / "task.toml").read_text())
    assert "agentbench" not in toml["metadata"]
    assert toml["environment"]["network_mode"] == "no-network"
    dockerfile = (target / "environment" / "Dockerfile").read_text()
    assert "FROM agentbench/" not in dockerfile
    assert dockerfile.endswith("WORKDIR /workspace\nCOPY workspace/ /workspace/\n")
    assert (target / "tests" / "agentbench_verify.py").is_file()
    assert (target / "solution" / "solve.sh").stat().st_mode & 0o100
    assert not list(target.rglob("*.j2"))
    assert "{{" not in (target / "instruction.md").read_text()
    again = load_task(target, root=tmp_path / "out")
    assert (again.native, [step.name for step in again.steps]) == (False, ["turn-1", "turn-2"])
    reread = render(again, 0, 0)
    # what a history would have told stands in the instruction, or nobody could solve it
    assert states(reread.instruction, rendered.values["port"])
    assert reread.follow_ups == rendered.follow_ups
    assert reread.solution == rendered.solution
    with pytest.raises(TaskError, match="is not empty"):
        write_harbor(rendered, target)


def test_writing_a_plain_task_copies_it(foreign_task: WriteTask, tasks_root: Path, tmp_path: Path) -> None:
    path = foreign_task()
    task = load_task(path, root=tasks_root)
    write_harbor(render(task, 0, 0), tmp_path / "copy")
    assert load_task(tmp_path / "copy", root=tmp_path).digest == task.digest
