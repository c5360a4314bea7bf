"""The files of a task directory: what counts, what it weighs in the digest, what is a template."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentbench.errors import TaskError
from agentbench.taskset.templates import SUFFIX

_IGNORED_DIRS = {"__pycache__", ".pytest_cache", ".git", ".hypothesis"}
_IGNORED_FILES = {".DS_Store"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file below a directory."""

    relative: str
    path: Path
    mode: int
    is_link: bool

    @property
    def is_template(self) -> bool:
        """Whether its name says that its text is rendered."""
        return self.relative.endswith(SUFFIX)

    @property
    def target(self) -> str:
        """Its path in the rendered tree."""
        return self.relative.removesuffix(SUFFIX)


def walk(directory: Path) -> Iterator[SourceFile]:
    """Yield all files below a directory in sorted order, links as themselves; caches of tools do not count."""
    # Strings, not Path objects: a project of a hundred tasks is walked five times over while it is collected.
    top = len(str(directory)) + 1
    for parent, dirs, names in os.walk(directory):
        dirs[:] = sorted(name for name in dirs if name not in _IGNORED_DIRS)
        links = [name for name in dirs if os.path.islink(f"{parent}/{name}")]  # noqa: PTH114
        for name in sorted([*names, *links]):
            if name not in _IGNORED_FILES:
                path = f"{parent}/{name}"
                mode = os.lstat(path).st_mode
                yield SourceFile(path[top:], Path(path), 0o755 if mode & 0o100 else 0o644, stat.S_ISLNK(mode))


def walk_layers(directories: Sequence[Path]) -> Iterator[SourceFile]:
    """Yield the files of several directories laid over one another, the last one uppermost, sorted by target.

    Two sources of one target *within* a directory are both yielded: they are the author's mistake.
    """
    found: dict[str, list[SourceFile]] = {}
    for directory in directories:
        layer: dict[str, list[SourceFile]] = {}
        for file in walk(directory):
            layer.setdefault(file.target, []).append(file)
        found |= layer
    for target in sorted(found):
        yield from found[target]


def tree_digest(directory: Path) -> str:
    """Return the SHA-256 over path, executable bit and content of every file; links count by their target."""
    total = hashlib.sha256()
    for file in walk(directory):
        content = str(file.path.readlink()).encode() if file.is_link else _read(file.path)
        kind = "link" if file.is_link else f"{file.mode:o}"
        total.update(f"{file.relative}\0{kind}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror}") from error
