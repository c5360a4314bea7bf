"""Fixtures that write a small task and let a test spoil one of its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.taskset.task_files import FOREIGN, NATIVE, TOML, WriteTask, write


@pytest.fixture
def tasks_root(tmp_path: Path) -> Path:
    root = tmp_path / "tasks"
    root.mkdir()
    return root


@pytest.fixture
def native_task(tasks_root: Path) -> WriteTask:
    """Write the native task, some files replaced (None removes), some of the TOML's text replaced."""

    def make(name: str = "config/gateway", toml: tuple[str, str] | None = None, **files: str | bytes | None) -> Path:
        replaced = {key.replace("__", "/").replace("_DOT_", "."): value for key, value in files.items()}
        content: dict[str, str | bytes | None] = {**NATIVE, **replaced}
        if toml is not None:
            assert toml[0] in TOML
            content["task.toml"] = TOML.replace(*toml)
        return write(tasks_root / name, content)

    return make


@pytest.fixture
def foreign_task(tasks_root: Path) -> WriteTask:
    def make(name: str = "plain", files: Mapping[str, str | bytes | None] | None = None) -> Path:
        return write(tasks_root / name, {**FOREIGN, **(files or {})})

    return make
