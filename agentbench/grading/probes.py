"""Reads what the agent left in its workspace, before any hidden test runs: one probe per detail, and what changed."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING

from agentbench.errors import SandboxFileError
from agentbench.records import Detail, FileContent, Probe, RenderedTask

if TYPE_CHECKING:
    from agentbench.sandbox import Sandbox

PROBE_LIMIT_BYTES = 1 << 20
"""More of a file, or of a command's output, is not kept."""

PROBE_TIMEOUT_S = 30.0
"""For a detail's command."""

MAX_CHANGED_FILES = 2_000


def probe_details(rendered: RenderedTask, sandbox: Sandbox) -> list[Probe]:
    """Read each detail's place with the agent's rights; a place that cannot be read is a probe with its reason."""
    return [_probe(detail, rendered, sandbox) for detail in rendered.details]


def _probe(detail: Detail, rendered: RenderedTask, sandbox: Sandbox) -> Probe:
    if detail.check.command is not None:
        return _probe_command(detail.id, detail.check.command, sandbox)
    if detail.check.file is None:
        raise ValueError(f"detail {detail.id}: its check names neither a file nor a command")
    return _probe_file(detail.id, detail.check.file, rendered, sandbox)


def _probe_file(detail_id: str, path: str, rendered: RenderedTask, sandbox: Sandbox) -> Probe:
    before = rendered.workspace.get(_below(path, sandbox.spec.workdir))
    initial = before.data[:PROBE_LIMIT_BYTES] if before else None
    try:
        content = sandbox.read_file(path, max_bytes=PROBE_LIMIT_BYTES, user="agent")
    except SandboxFileError as error:
        # A directory, a fifo or an unreadable file does exist, which is what an ``absent`` constraint asks.
        exists = _exists(path, sandbox)
        return Probe(detail_id=detail_id, exists=exists, initial=initial, error=str(error))
    return Probe(detail_id=detail_id, exists=True, content=content, initial=initial)


def _exists(path: str, sandbox: Sandbox) -> bool:
    try:
        return sandbox.stat(path, user="agent") is not None
    except SandboxFileError:
        return False


def _probe_command(detail_id: str, command: str, sandbox: Sandbox) -> Probe:
    result = sandbox.run(command, timeout_s=PROBE_TIMEOUT_S, output_limit_bytes=PROBE_LIMIT_BYTES, user="agent")
    content = result.stdout.encode()
    if result.exit_code == 0:
        return Probe(detail_id=detail_id, exists=True, content=content, exit_code=0)
    reason = "timed out" if result.timed_out else f"exit code {result.exit_code}: {result.stderr.strip()[-500:]}"
    return Probe(detail_id=detail_id, exists=False, content=content, exit_code=result.exit_code, error=reason)


def _below(path: str, workdir: str) -> str:
    """Return a check's path as a key of the rendered workspace."""
    return posixpath.relpath(posixpath.join(workdir, path), workdir)


def changed_files(rendered: RenderedTask, sandbox: Sandbox) -> list[str]:
    """Return the workspace paths that were added, removed or changed in bytes or executability, sorted.

    An agent may leave more files than are listed: then the added ones are those of the listing. Nothing for a foreign
    task, whose first state is in its image.
    """
    if not rendered.task.native:
        return []
    workdir, initial = sandbox.spec.workdir, rendered.workspace
    listed = {_below(entry.path, workdir) for entry in sandbox.list_files(".", user="agent") if entry.kind != "dir"}
    changed = listed - initial.keys()
    changed |= {path for path, before in initial.items() if not _is_same(path, before, sandbox)}
    return sorted(changed)[:MAX_CHANGED_FILES]


def _is_same(path: str, before: FileContent, sandbox: Sandbox) -> bool:
    try:
        now = sandbox.stat(path, user="agent")
        if now is None or now.kind != "file" or now.size_bytes != len(before.data):
            return False
        if (now.mode ^ before.mode) & stat.S_IXUSR:
            return False
        return sandbox.read_file(path, max_bytes=len(before.data) + 1, user="agent") == before.data
    except SandboxFileError:
        return False
