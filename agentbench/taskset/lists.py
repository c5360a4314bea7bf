"""Task lists: text files that name task directories, and files of SWE rows, one a line."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

from agentbench.errors import UsageError
from agentbench.taskset.loading import is_task_dir

ROWS_SUFFIX = ".jsonl"


def read_task_list(file: Path) -> list[str]:
    """Return what a list names, in its order and each once, as arguments for pytest.

    A line is a task's directory, or a file of SWE rows (``rows.jsonl``, ``rows.jsonl::INSTANCE``): relative to the
    list, with ``~`` and glob patterns (``**`` too) if it likes. ``#`` begins a comment.

    Returns:
        Absolute paths, links as they are named; a row's with ``::INSTANCE``.

    Raises:
        UsageError: The file cannot be read, names nothing, or has lines that name nothing: file and line of each.

    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8 text (byte {error.start}); a task list was expected") from error
    except OSError as error:
        raise UsageError(f"{file}: the task list cannot be read: {error.strerror}") from error
    named: dict[str, None] = {}
    problems = []
    for number, line in enumerate(lines, start=1):
        entry = re.split(r"(?:^|\s)#", line)[0].strip()
        if entry:
            try:
                named |= dict.fromkeys(_named(entry, file.parent))
            except UsageError as error:
                problems.append(f"{file}:{number}: {error}")
    if problems:
        raise UsageError("\n".join(problems))
    if not named:
        raise UsageError(f"{file}: the task list names no task; one task directory a line was expected")
    return list(named)


def _named(entry: str, folder: Path) -> list[str]:
    name, colons, row = entry.partition("::")
    path = Path(os.path.abspath(folder / os.path.expanduser(name)))  # noqa: PTH100, PTH111  (links stay as named)
    if not path.exists() and glob.has_magic(name):
        found = [one for one in sorted(glob.glob(str(path), recursive=True)) if _is_listable(Path(one))]  # noqa: PTH207
        if not found:
            raise UsageError(f"'{name}' matches no task directory and no {ROWS_SUFFIX} file")
        return [one + colons + row for one in found]
    if not path.exists():
        raise UsageError(f"'{name}' does not exist ({path})")
    if not _is_listable(path):
        below = f"; for the tasks below it, write {name.rstrip('/')}/*" if path.is_dir() else ""
        raise UsageError(
            f"'{name}' is no task directory (task.toml beside instruction.md or steps/) and no {ROWS_SUFFIX} file of "
            f"SWE rows{below}"
        )
    if colons and path.is_dir():
        raise UsageError(f"'{entry}': only rows of a {ROWS_SUFFIX} file are named with '::'")
    return [str(path) + colons + row]


def _is_listable(path: Path) -> bool:
    return is_task_dir(path) or (path.suffix == ROWS_SUFFIX and path.is_file())
