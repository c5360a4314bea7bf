"""Tasks that take tables and files from a base."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.errors import TaskError
from agentbench.taskset import check_task, discover, load_task, render
from tests.taskset.task_files import NATIVE, TOML, write

HEAD, _, TABLES = TOML.partition("[metadata.agentbench]")
BASE = {
    "common/base.toml": 'cluster = "gateway-spec"\n'
    + TABLES.replace("metadata.agentbench.", "").replace('sandbox = "python"\n', ""),
    **{
        f"common/{name}": text
        for name, text in NATIVE.items()
        if name.startswith(("tests/", "solution/", "environment/workspace"))
    },
    "common/instruction.md": str(NATIVE["instruction.md"]),
}
OWN = f"""{HEAD}[metadata.agentbench]
base = "../common"
sandbox = "python"
[metadata.agentbench.constants]
language = "Python"
"""


def two(root: Path, **own: str) -> Path:
    write(root / "spec", BASE)
    files = {"task.toml": OWN, "instruction.md": "Write it in {{ language }}, window {{ window }}.\n", **own}
    return write(root / "spec" / "python", {name.replace("__", "/"): text for name, text in files.items()})


def test_tables_and_files_come_from_the_base(tasks_root: Path) -> None:
    path = two(tasks_root, environment__workspace__LICENSE="Own licence.\n")
    task = load_task(path, root=tasks_root)
    assert (task.id, task.cluster, task.tests) == ("spec/python", "gateway-spec", 2)
    assert task.bases == [str(tasks_root / "spec" / "common")]
    rendered = render(task, 0, 0)
    assert rendered.instruction.endswith(f"\nWrite it in Python, window {rendered.values['window']}.\n")
    assert rendered.workspace["LICENSE"].data == b"Own licence.\n"
    assert "language" not in rendered.values
    assert check_task(task, seeds=[0]) == []


def test_a_base_is_no_task_and_its_change_changes_the_digest(tasks_root: Path) -> None:
    path = two(tasks_root)
    assert discover([tasks_root], root=tasks_root) == [path]
    before = load_task(path, root=tasks_root).digest
    solution = tasks_root / "spec" / "common" / "solution" / "solve.sh"
    solution.write_text(solution.read_text() + "# changed\n")
    assert load_task(path, root=tasks_root).digest != before


@pytest.mark.parametrize(
    ("base", "found"), [('"../nowhere"', "'../nowhere'"), ("3", "3"), ('["../common", "."]', "'.'")]
)
def test_a_base_that_is_none_is_named(base: str, found: str, tasks_root: Path) -> None:
    path = two(tasks_root, **{"task.toml": OWN.replace('"../common"', base)})
    with pytest.raises(
        TaskError, match=rf"task\.toml: metadata\.agentbench\.base: found {found}, expected a directory"
    ):
        load_task(path, root=tasks_root)


def test_a_constant_and_a_variable_of_one_name_are_refused(tasks_root: Path) -> None:
    path = two(tasks_root, **{"task.toml": OWN.replace("language =", "port =")})
    with pytest.raises(TaskError, match=r"constants\.port: is a variable too"):
        load_task(path, root=tasks_root)
