"""Nothing inside a task may run on the host.

pytest imports the ``conftest.py`` of every path on its command line, and of its ``test*`` subdirectories, before any
plugin can collect. A path that names a task (or something inside one) is therefore taken out of that step; collection
still sees it, and turns the task into a leaf.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def is_task_dir(path: Path) -> bool:
    """Tell whether a directory is in harbor's task format; two ``stat`` calls."""
    return (path / "task.toml").is_file() and (path / "instruction.md").is_file()


def enclosing_task(path: Path) -> Path | None:
    """Return the task directory that is this path or holds it."""
    return next((place for place in (path, *path.parents) if is_task_dir(place)), None)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Keep the conftests of tasks from being imported as initial conftests."""
    here = early_config.invocation_params.dir
    if (inside := enclosing_task(here)) is not None:
        raise pytest.UsageError(
            f"{inside}: pytest was started inside a task directory, where the task's own conftest.py would run on this "
            f"machine; start it from {inside.parent} or above"
        )
    known = early_config.known_args_namespace
    known.file_or_dir = [arg for arg in known.file_or_dir if enclosing_task(here / str(arg).split("::")[0]) is None]
