"""What every sandbox can do, whatever it is made of. ``self_check`` lists the behaviours it must show.

"The command failed" is a ``CommandResult`` with an exit code; "it timed out" is one with ``timed_out``; "the sandbox
died" is a ``SandboxDiedError``. A refused file operation is a ``SandboxFileError``. The four are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from agentbench.records import CommandResult, FileContent, FileStat, SandboxSpec

UserName = Literal["agent", "root"]


class Sandbox(Protocol):
    """One isolated workspace. Calls from several threads wait for one another; ``close`` interrupts them."""

    @property
    def id(self) -> str:
        """Container id."""

    @property
    def spec(self) -> SandboxSpec:
        """The spec as carried out: a foreign image's own user and directory filled in."""

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called or the container is known to be gone."""

    def run(
        self,
        command: str | Sequence[str],
        *,
        timeout_s: float,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        user: UserName = "agent",
        output_limit_bytes: int = 1_000_000,
    ) -> CommandResult:
        """Run a command: a text through ``bash -c`` (``sh`` where there is no bash), a sequence as it is.

        A signal shows as exit code 128 plus its number, a program that cannot be started as 126 or 127. At the time
        limit every process of the container is killed, whatever session it moved to. When the command ends while
        processes it left still hold its output, the result comes after a short grace and they go on.

        Args:
            command: What to run.
            timeout_s: Time limit in seconds.
            cwd: Directory, below the workdir if relative.
            env: Added to the container's environment.
            stdin: Fed to standard input, which is then closed.
            user: Whose rights it has.
            output_limit_bytes: Kept of each of the two streams; the rest is read and dropped.

        Raises:
            SandboxDiedError: The container or its server is gone or does not answer.
        """

    def read_file(self, path: str, *, max_bytes: int = 1 << 20, user: UserName = "agent") -> bytes:
        """Return a regular file's bytes; SandboxFileError if there is none, no right, or it is larger."""

    def write_file(self, path: str, data: bytes, *, mode: int | None = None, user: UserName = "agent") -> None:
        """Write a file and its parents. With no mode a new file gets 0644 and an existing one keeps its own."""

    def stat(self, path: str, user: UserName = "agent") -> FileStat | None:
        """Return what is at ``path``, links not followed; None if nothing is."""

    def list_files(self, path: str, *, max_entries: int = 10_000, user: UserName = "agent") -> list[FileStat]:
        """Return the first entries below a directory, depth first and sorted, each path as ``path/...``."""

    def put_tree(
        self,
        root: str,
        files: Mapping[str, FileContent],
        *,
        owner: UserName,
        dir_mode: int = 0o755,
    ) -> None:
        """Write files by relative path below ``root``, owned by ``owner``, which also gets a new or root's own root."""

    def end_processes(self) -> None:
        """Kill every process that commands have left running."""

    def close(self) -> None:
        """Kill the container. Calls under way in other threads raise SandboxDiedError. May be called again."""
