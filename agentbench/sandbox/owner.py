"""Who owns a container: labels that say which process of which boot started it, and whether that process lives."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LABEL = "agentbench"
"""Present on everything we make on an engine."""
RUN = "agentbench.run"
CASE = "agentbench.case"
OWNER = "agentbench.owner"
EXPIRES = "agentbench.expires"
"""Unix time in seconds."""
KEEP = "agentbench.keep"


@dataclass(frozen=True)
class Owner:
    """A process: the machine's boot, the pid namespace, the pid and its start time in clock ticks after boot.

    A pid alone says nothing: it is reused, and several hosts or containers may share one engine.
    """

    boot_id: str
    pid_namespace: str
    pid: int
    started_ticks: int

    def label(self) -> str:
        """Return the label's text."""
        return f"{self.boot_id}:{self.pid_namespace}:{self.pid}:{self.started_ticks}"

    def is_of_this_host(self) -> bool:
        """Whether it was started under this boot and pid namespace, so that its life can be judged from here."""
        here = current_owner()
        return (self.boot_id, self.pid_namespace) == (here.boot_id, here.pid_namespace)

    def alive(self) -> bool:
        """Whether that very process still runs; asks only about this host's."""
        return _started_ticks(self.pid) == self.started_ticks


def parse_owner(label: str) -> Owner | None:
    """Return the owner a label names, None if it is not one of our labels."""
    parts = label.split(":")
    if len(parts) != 4 or not parts[2].isdigit() or not parts[3].isdigit():
        return None
    return Owner(parts[0], parts[1], int(parts[2]), int(parts[3]))


def current_owner() -> Owner:
    """Return this process."""
    return _owner_of(os.getpid())


@cache
def _owner_of(pid: int) -> Owner:
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    return Owner(boot_id, namespace, pid, _started_ticks(pid) or 0)


def _started_ticks(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Field 22; the second field, the name in parentheses, may hold spaces and parentheses itself.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def labels(run_id: str, case_id: str, expires_s: float, *, keep: bool) -> dict[str, str]:
    """Return the labels of a new container or volume of this process."""
    found = {
        LABEL: "sandbox",
        RUN: run_id,
        CASE: case_id,
        OWNER: current_owner().label(),
        EXPIRES: str(int(time.time() + expires_s)),
    }
    return {**found, KEEP: "1"} if keep else found


def is_left_over(found: dict[str, str], now_s: float) -> bool:
    """Whether a labelled thing may be removed.

    Its owner on this host is dead, or its owner cannot be judged from here and its time is over. What was kept for a
    look stays until its time is over. A live owner's things are never left over.
    """
    owner = parse_owner(found.get(OWNER, ""))
    expires = found.get(EXPIRES, "")
    expired = expires.isdigit() and now_s > int(expires)
    if owner is not None and owner.is_of_this_host():
        if owner.alive() and KEEP not in found:
            return False
        return expired or KEEP not in found
    return expired
