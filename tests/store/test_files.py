"""Reading and writing end in a result or in one sentence with the path and the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.errors import StoreError
from agentbench.store import read_json, write_atomically


def _directory(path: Path) -> Path:
    path.mkdir()
    return path


def _below_a_file(path: Path) -> Path:
    path.write_text("{}")
    return path / "x.json"


def _truncated(path: Path) -> Path:
    path.write_text('{"a": ')
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path, "no such file"),
        (_directory, "Is a directory"),
        (_below_a_file, "Not a directory"),
        (_truncated, "not valid JSON"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, make: Callable[[Path], Path], reason: str) -> None:
    path = make(tmp_path / "f.json")
    with pytest.raises(StoreError, match=reason) as caught:
        read_json(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("make", "reason"),
    [(_directory, "Is a directory"), (_below_a_file, "Not a directory|File exists")],
)
def test_what_cannot_be_written(tmp_path: Path, make: Callable[[Path], Path], reason: str) -> None:
    path = make(tmp_path / "f.json")
    with pytest.raises(StoreError, match=f"cannot be written .*{reason}") as caught:
        write_atomically(path, "{}")
    assert str(path) in str(caught.value)
    assert not [left for left in tmp_path.iterdir() if left.name.startswith(".")], "no half of a file stays"
