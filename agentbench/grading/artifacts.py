"""Carries a foreign task's artifacts into the fresh container of its separate verifier.

Only plain files go over, by way of the two sandboxes' own file operations: a link that an agent planted could name a
file of the verifier's container, and a fifo or a device would block whoever opens it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING

from agentbench.errors import SandboxFileError
from agentbench.records import CarryReport, FileStat

if TYPE_CHECKING:
    from agentbench.sandbox import Sandbox

HARBOR_ARTIFACTS = "/logs/artifacts"
"""Carried over in any case, as harbor does."""

MAX_BYTES = 256 << 20
"""Of all artifacts together."""

MAX_FILES = 10_000


def carry_artifacts(paths: Iterable[str], source: Sandbox, target: Sandbox) -> CarryReport:
    """Copy files and directories, by the paths they have in ``source``, and report what was dropped.

    A declared artifact that is not there is reported and no error: whether that fails the task is its tests' business.
    """
    carrier = _Carrier(source, target)
    for path in dict.fromkeys([HARBOR_ARTIFACTS, *paths]):
        carrier.carry(posixpath.normpath(posixpath.join(source.spec.workdir, path)))
    if HARBOR_ARTIFACTS + ": missing" in carrier.dropped:
        carrier.dropped.remove(HARBOR_ARTIFACTS + ": missing")
    return CarryReport(files=carrier.files, bytes=carrier.bytes, dropped=carrier.dropped)


class _Carrier:
    def __init__(self, source: Sandbox, target: Sandbox) -> None:
        self.source, self.target = source, target
        self.files = 0
        self.bytes = 0
        self.dropped: list[str] = []

    def carry(self, path: str) -> None:
        top = self.source.stat(path, user="root")
        if top is None:
            self.dropped.append(f"{path}: missing")
        elif top.kind == "dir":
            self.target.run(["mkdir", "-p", "--", path], timeout_s=10, cwd="/", user="root")
            for entry in self.source.list_files(path, max_entries=MAX_FILES, user="root"):
                self._carry_entry(entry)
        else:
            self._carry_entry(top)

    def _carry_entry(self, entry: FileStat) -> None:
        if entry.kind == "dir":
            return
        if entry.kind != "file":
            self.dropped.append(f"{entry.path}: a {entry.kind}, not a plain file")
            return
        if self.bytes + entry.size_bytes > MAX_BYTES:
            self.dropped.append(f"{entry.path}: {entry.size_bytes} bytes; all artifacts may have {MAX_BYTES}")
            return
        try:
            data = self.source.read_file(entry.path, max_bytes=MAX_BYTES - self.bytes, user="root")
            self.target.write_file(entry.path, data, mode=entry.mode & 0o777, user="root")
        except SandboxFileError as error:
            self.dropped.append(str(error))
            return
        self.files += 1
        self.bytes += len(data)
