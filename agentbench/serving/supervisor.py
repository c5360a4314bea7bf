"""Ends the engine, whatever becomes of the runner. A program of its own; only the standard library.

    python -I supervisor.py COMMAND [ARGUMENT ...]

1. Standard input is a pipe whose other end the runner holds. When it closes, by a clean stop or because the runner was
   killed, every process that came from the engine is ended: TERM, then KILL. A byte written before the close asks for
   a patient stop.
2. Every descendant counts, also those that left the engine's process group or lost their parents: the supervisor is
   their subreaper, and looks for them in /proc.
3. Standard output carries two JSON lines to the runner: ``{"pid": 17}`` (or ``{"error": "..."}``), and at the end
   ``{"exit": -9}`` as subprocess's return code. Standard error and the engine's output are the engine's log.
4. If the supervisor itself is killed, the kernel kills the engine's first process.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

HASTY_GRACE_S = 1.5
PATIENT_GRACE_S = 10.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    """Run ``command`` until it ends or standard input closes; return the supervisor's exit status."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    try:
        engine = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
            # One thread here, so it is safe between fork and exec.
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0),  # noqa: PLW1509
        )
    except OSError as error:
        tell({"error": f"{command[0]}: {error.strerror or error}"})
        return 127
    tell({"pid": engine.pid})
    grace_s = wait_for_end(engine, wake_read)
    end_all(engine, grace_s)
    tell({"exit": engine.returncode})
    return 0


def tell(message: dict[str, object]) -> None:
    """Write one line to the runner, if it still listens."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(message).encode() + b"\n")


def wait_for_end(engine: subprocess.Popen[bytes], wake: int) -> float:
    """Block until the engine ended, a signal asks to stop, or standard input closed; return the grace in seconds."""
    patient = False
    while engine.poll() is None:
        ready = select.select([0, wake], [], [])[0]
        if 0 in ready:
            data = os.read(0, 64)
            if not data:
                return PATIENT_GRACE_S if patient else HASTY_GRACE_S
            patient = True
        if wake in ready and any(number != signal.SIGCHLD for number in os.read(wake, 64)):
            return HASTY_GRACE_S
    return HASTY_GRACE_S


def end_all(engine: subprocess.Popen[bytes], grace_s: float) -> None:
    """End every descendant: TERM to all, KILL to those that are left after ``grace_s``."""
    send(descendants(), signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while reap(engine) and time.monotonic() < deadline:
        time.sleep(0.02)
    while left := reap(engine):
        send(left, signal.SIGKILL)
        time.sleep(0.02)


def reap(engine: subprocess.Popen[bytes]) -> list[int]:
    """Collect ended children and return the descendants that still run."""
    engine.poll()
    left = descendants()
    for pid in left:
        if engine.returncode is not None or pid != engine.pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
    return descendants()


def descendants() -> list[int]:
    """Return every living process below this one, children first."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - the standard library alone, and thousands of entries
        if entry.isdigit() and (parent := parent_of(int(entry))) is not None:
            children.setdefault(parent, []).append(int(entry))
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += below
    return found


def parent_of(pid: int) -> int | None:
    """Return the parent's id, or None if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123
            # The command name may hold spaces and brackets; what follows its last bracket does not.
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to each, also where some are gone already."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
