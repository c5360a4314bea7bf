"""Nothing inside a task may run on the host.

pytest imports the ``conftest.py`` of every path on its command line, and of its ``test*`` subdirectories, before any
plugin can collect. A path that names a task (or something inside one) is therefore taken out of that step; collection
still sees it, and turns the task into a leaf.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def is_task_dir(path: Path) -> bool:
    """Tell whether a directory is in harbor's task format; one ``stat`` call where it is not."""
    return (path / "task.toml").is_file() and ((path / "instruction.md").is_file() or (path / "steps").is_dir())


def enclosing_task(path: Path) -> Path | None:
    """Return the task directory that is this path or holds it."""
    return next((place for place in (path, *path.parents) if is_task_dir(place)), None)


def would_import_from_a_task(path: Path) -> bool:
    """Tell whether pytest, given this path, would import a task's conftest.py before any plugin can collect."""
    return enclosing_task(path) is not None or any(map(is_task_dir, path.glob("test*") if path.is_dir() else ()))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Keep the conftests of tasks from being imported as initial conftests."""
    here = early_config.invocation_params.dir
    if would_import_from_a_task(here):
        raise pytest.UsageError(
            f"{here}: pytest was started inside a task directory, or beside a task named test*, where "
            f"the task's own conftest.py would run on this machine; start it from a directory above"
        )
    for path in early_config.getini("testpaths"):
        if would_import_from_a_task(early_config.rootpath / path):
            raise pytest.UsageError(
                f"testpaths: {path} holds a task named test*, whose own conftest.py would run on this machine; name a "
                f"directory above it"
            )
    known = early_config.known_args_namespace
    known.file_or_dir = [arg for arg in known.file_or_dir if not would_import_from_a_task(here / _path(arg))]


def _path(argument: object) -> str:
    return str(argument).split("::")[0]
