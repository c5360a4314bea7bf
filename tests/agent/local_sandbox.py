"""A sandbox over a plain directory: real processes and files, no isolation. For tests of what is above a sandbox."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from agentbench.errors import SandboxFileError
from agentbench.records import CommandResult, FileStat

User = Literal["agent", "root"]


class LocalSandbox:
    def __init__(self, root: Path) -> None:
        self.root = root

    def run(
        self,
        command: str | Sequence[str],
        *,
        timeout_s: float,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        user: User = "agent",
        output_limit_bytes: int = 1_000_000,
    ) -> CommandResult:
        if isinstance(command, str):
            arguments = ["bash", "-c", command.replace("/workspace", str(self.root))]
        else:
            arguments = list(command)
        start = time.monotonic()
        try:
            done = subprocess.run(
                arguments,
                cwd=self.root,
                env={**os.environ, **(env or {})},
                input=stdin,
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return CommandResult(exit_code=None, stdout="", stderr="", timed_out=True, duration_s=timeout_s)
        return CommandResult(
            exit_code=done.returncode,
            stdout=done.stdout.decode(errors="backslashreplace")[:output_limit_bytes],
            stderr=done.stderr.decode(errors="backslashreplace"),
            truncated=len(done.stdout) > output_limit_bytes,
            duration_s=time.monotonic() - start,
        )

    def read_file(self, path: str, *, max_bytes: int = 1 << 20, user: User = "agent") -> bytes:
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            raise SandboxFileError(f"{path}: {error.strerror}") from error

    def write_file(self, path: str, data: bytes, *, mode: int | None = None, user: User = "agent") -> None:
        target = self.root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as error:
            raise SandboxFileError(f"{path}: {error.strerror}") from error
        if mode is not None:
            target.chmod(mode)

    def stat(self, path: str, user: User = "agent") -> FileStat | None:
        target = self.root / path
        if not target.exists():
            return None
        info = target.lstat()
        kind: Literal["dir", "file"] = "dir" if target.is_dir() else "file"
        return FileStat(path=path, kind=kind, size_bytes=info.st_size, mode=info.st_mode & 0o7777)

    def list_files(self, path: str, *, max_entries: int = 10_000, user: User = "agent") -> list[FileStat]:
        base = self.root / path
        if not base.is_dir():
            raise SandboxFileError(f"{path}: not a directory")
        found = [self.stat(str(entry.relative_to(self.root))) for entry in sorted(base.rglob("*"))]
        return [entry for entry in found if entry is not None]
