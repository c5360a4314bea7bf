"""The kernel's accounts of this container: kills for memory, and processes against their limit."""

from __future__ import annotations

import os

_OOM_FILES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
_PIDS_DIRS = ("/sys/fs/cgroup", "/sys/fs/cgroup/pids")
_ROOM = 8
"""A shell with fewer processes than this left under the limit cannot do its work."""


def _open_first(paths: tuple[str, ...]) -> int:
    for path in paths:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
    return -1


class Accounts:
    """Open once, read often. Where the kernel shows no such account the answers are 0 and False."""

    def __init__(self) -> None:
        self._oom = _open_first(_OOM_FILES)
        self._pids = _open_first(tuple(directory + "/pids.current" for directory in _PIDS_DIRS))
        limit = _open_first(tuple(directory + "/pids.max" for directory in _PIDS_DIRS))
        text = os.pread(limit, 64, 0).strip() if limit >= 0 else b""
        self._limit = int(text) if text.isdigit() else 0
        if limit >= 0:
            os.close(limit)

    def oom_kills(self) -> int:
        """Return how many processes of this container the kernel has killed for memory."""
        if self._oom < 0:
            return 0
        for line in os.pread(self._oom, 4096, 0).splitlines():
            if line.startswith(b"oom_kill "):
                return int(line[9:])
        return 0

    def processes(self) -> int:
        """Return how many processes and threads there are; ended ones that nobody has reaped count."""
        return int(os.pread(self._pids, 64, 0)) if self._pids >= 0 else 0

    def processes_used_up(self) -> bool:
        """Whether the process limit leaves too little room for another command."""
        return bool(self._limit) and self.processes() > self._limit - _ROOM
