"""What goes into and comes out of a sandbox."""

from __future__ import annotations

from typing import Literal

from agentbench.records.base import Record
from agentbench.records.vocabulary import SandboxProfile


class SandboxSpec(Record):
    """Everything needed to start one container."""

    image: str
    """Image reference or id that exists on the engine."""
    profile: SandboxProfile = SandboxProfile.STRICT
    workdir: str = "/workspace"
    user: str | None = None
    """Harbor profile only; strict sandboxes always run commands as the unprivileged agent user."""
    cpus: float = 1.0
    memory_mb: int = 1024
    pids: int = 256
    workspace_mb: int = 256
    workspace_inodes: int = 65_536
    tmp_mb: int = 64
    env: dict[str, str] = {}
    network: bool = False
    case_id: str = ""
    """Goes into a label, for people who look at ``docker ps``."""
    expires_s: float = 14_400
    """Lifetime after which any later run may reap it."""


class CommandResult(Record):
    """A command that ended or was ended. A dead sandbox is not this: it raises SandboxDiedError."""

    exit_code: int | None
    """None when it timed out."""
    stdout: str
    """Invalid UTF-8 is shown as backslash escapes."""
    stderr: str
    timed_out: bool = False
    oom_killed: bool = False
    truncated: bool = False
    """Output beyond the limit was dropped while streaming."""
    duration_s: float


class FileStat(Record):
    """One directory entry; links are not followed."""

    path: str
    kind: Literal["file", "dir", "link", "other"]
    size_bytes: int
    mode: int


class CarryReport(Record):
    """What was dropped when the workspace was carried into the grading container."""

    files: int
    bytes: int
    dropped: list[str] = []
    """``path: reason`` for links that leave the workspace, devices, fifos, sockets, setuid bits, over-limit files."""
