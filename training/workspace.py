"""A workspace without a container, for conversations in which nothing is executed.

Files are read, written and listed by the functions that do so inside a container, so that results and errors are
worded the same. Tools that run commands are refused.
"""

from __future__ import annotations

import contextlib
import posixpath
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

from agentbench.errors import SandboxFileError
from agentbench.records import CommandResult, FileContent, FileStat
from agentbench.sandbox.inside import files
from agentbench.sandbox.inside.users import User

UserName = Literal["agent", "root"]

WORKDIR = "/workspace"
_OURSELVES = User("ourselves", 0, 0, [], "/")
"""Takes no other rights than this process has."""


class DirectoryWorkspace:
    """A task's workspace in a temporary directory; what tools need of a sandbox."""

    def __init__(self, tree: Mapping[str, FileContent]) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="agentbench-training-")
        self._root = Path(self._directory.name)
        entries = [(path, content.mode, content.data) for path, content in tree.items()]
        files.put_tree(_OURSELVES, str(self._root), 0o755, entries)

    def __enter__(self) -> DirectoryWorkspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._directory.cleanup()

    def run(self, command: str | Sequence[str], **_: object) -> CommandResult:
        """Refuse: nothing is executed here."""
        raise NotImplementedError(f"no command can be run while training conversations are played: {command!r}")

    def read_file(self, path: str, *, max_bytes: int = 1 << 20, user: UserName = "agent") -> bytes:
        """Return a regular file's bytes."""
        with self._refusing():
            data, size = files.read(_OURSELVES, self._place(path), 0, max_bytes + 1)
        if size > max_bytes:
            raise SandboxFileError(f"{path}: too large, {size} bytes; limit {max_bytes}")
        return data

    def write_file(self, path: str, data: bytes, *, mode: int | None = None, user: UserName = "agent") -> None:
        """Write a file and its parents."""
        with self._refusing():
            files.write(_OURSELVES, self._place(path), data, mode, append=False)

    def stat(self, path: str, user: UserName = "agent") -> FileStat | None:
        """Return what is at ``path``, if anything is."""
        with self._refusing():
            entry = files.stat(_OURSELVES, self._place(path))
        return None if entry is None else FileStat(path=path, kind=entry[1], size_bytes=entry[2], mode=entry[3])

    def list_files(self, path: str, *, max_entries: int = 10_000, user: UserName = "agent") -> list[FileStat]:
        """Return the entries below a directory, sorted."""
        with self._refusing():
            entries = files.listing(_OURSELVES, self._place(path), max_entries)
        before = "" if path == "." else path.rstrip("/") + "/"
        return [
            FileStat(path=before + name, kind=kind, size_bytes=size, mode=mode) for name, kind, size, mode in entries
        ]

    def _place(self, path: str) -> str:
        """Return where a path of the workspace really is; only such paths are ever played."""
        inner = posixpath.normpath(posixpath.join(WORKDIR, path))
        if inner != WORKDIR and not inner.startswith(WORKDIR + "/"):
            raise ValueError(f"{path} lies outside the workspace")
        return str(self._root / posixpath.relpath(inner, WORKDIR))

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """Word an error as the one of a container: by the path that the file has there."""
        try:
            yield
        except OSError as error:
            shown = str(error.filename or "").replace(str(self._root), WORKDIR, 1)
            raise SandboxFileError(f"{shown}: {error.strerror}") from error
