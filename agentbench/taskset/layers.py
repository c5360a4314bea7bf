"""Tasks that share: a ``base.toml`` holds tables for several tasks, and its directory files for them.

A task names its bases in ``metadata.agentbench.base``. Tables are merged and lists joined, the task's own last and
winning; workspace, tests and solution are laid over one another; instructions follow one another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentbench.errors import TaskError
from agentbench.records import TaskSpec
from agentbench.taskset.files import SourceFile, tree_digest, walk_layers

BASE_FILE = "base.toml"


def base_directories(path: Path, names: Any, toml: Path) -> list[Path]:
    """Return the directories that a task's ``base`` names; TaskError where one is none."""
    listed = [names] if isinstance(names, str) else names
    found = []
    for name in listed if isinstance(listed, list) else [listed]:
        directory = (path / str(name)).resolve()
        if not isinstance(name, str) or not (directory / BASE_FILE).is_file():
            raise TaskError(
                f"{toml}: metadata.agentbench.base: found {name!r}, expected a directory with a {BASE_FILE}, relative "
                f"to the task's"
            )
        found.append(directory)
    return found


def merged(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return several tables as one: inner tables merged, lists joined, of all else the last one."""
    result: dict[str, Any] = {}
    for table in tables:
        for key, value in table.items():
            before = result.get(key)
            if isinstance(before, dict) and isinstance(value, dict):
                result[key] = {**before, **value}
            elif isinstance(before, list) and isinstance(value, list):
                result[key] = [*before, *value]
            else:
                result[key] = value
    return result


def directories(task: TaskSpec) -> list[Path]:
    """Return the directories that a task is made of, its own last."""
    return [Path(path) for path in (*task.bases, task.path)]


def task_files(task: TaskSpec, below: str) -> Iterator[SourceFile]:
    """Yield the files of one subdirectory of a task (``tests``, ``environment/workspace``), bases included."""
    return walk_layers([directory / below for directory in directories(task)])


def instruction_files(task: TaskSpec) -> list[Path]:
    """Return the files that make up the instruction, in order."""
    return [
        file
        for directory in directories(task)
        if (file := directory / "instruction.md").is_file() or directory == Path(task.path)
    ]


def layers_digest(paths: Sequence[Path]) -> str:
    """Return the digest of a task's directories; of a single one its own."""
    digests = [tree_digest(path) for path in paths]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
