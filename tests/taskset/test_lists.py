from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentbench.errors import UsageError
from agentbench.taskset import read_task_list
from tests.taskset.task_files import FOREIGN, write


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """A data set with two tasks, one of them with steps, and a file of rows."""
    write(tmp_path / "set" / "one", FOREIGN)
    write(tmp_path / "set" / "two", {"task.toml": '[[steps]]\nname = "a"\n', "steps/a/instruction.md": "x"})
    (tmp_path / "set" / "README.md").write_text("")
    (tmp_path / "rows.jsonl").write_text("{}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("set/one\n", ["set/one"]),
        ("# all\n\nset/two  # the second\nset/one\nset/one/\n", ["set/two", "set/one"]),
        ("set/*\n", ["set/one", "set/two"]),
        ("**/one", ["set/one"]),
        ("./set/../set/one\n", ["set/one"]),
        ("rows.jsonl\nrows.jsonl::acme__demo-1\n", ["rows.jsonl", "rows.jsonl::acme__demo-1"]),
        ("*.jsonl", ["rows.jsonl"]),
    ],
)
def test_what_a_list_names(text: str, names: list[str], tasks: Path) -> None:
    file = tasks / "list.txt"
    file.write_text(text)
    assert read_task_list(file) == [f"{tasks}/{name}" for name in names]


def test_a_list_may_lie_elsewhere_and_name_absolute_paths(tasks: Path, tmp_path: Path) -> None:
    file = tmp_path / "lists" / "mine.txt"
    file.parent.mkdir()
    file.write_text(f"../set/two\n{tasks}/set/one\n")
    assert read_task_list(file) == [f"{tasks}/set/two", f"{tasks}/set/one"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("set/one\nset/thre\n", r"list\.txt:2: 'set/thre' does not exist \(.*/set/thre\)"),
        ("set\n", r"list\.txt:1: 'set' is no task directory .*; for the tasks below it, write set/\*"),
        ("set/README.md\n", r"list\.txt:1: 'set/README\.md' is no task directory"),
        ("other/*\n", r"list\.txt:1: 'other/\*' matches no task directory"),
        ("set/one::x\n", r"list\.txt:1: 'set/one::x': only rows"),
        ("a\nb\n", r"list\.txt:1: 'a' .*\n.*list\.txt:2: 'b' "),
        ("# nothing\n", r"list\.txt: the task list names no task"),
    ],
)
def test_a_fault_names_file_and_line(text: str, message: str, tasks: Path) -> None:
    file = tasks / "list.txt"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_task_list(file)
    assert re.search(message, str(caught.value)), caught.value


def test_an_unreadable_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.txt: the task list cannot be read: No such file"):
        read_task_list(tmp_path / "none.txt")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="binary: is not UTF-8 text"):
        read_task_list(tmp_path / "binary")
