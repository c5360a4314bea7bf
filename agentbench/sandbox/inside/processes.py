"""Watching and ending commands. Nothing that a command does may end or block the server."""

from __future__ import annotations

import os
import select
import signal
import time

GRACE_S = 0.05
"""How long output is awaited after the command itself has ended while processes it left hold its pipes."""
LEFTOVER_BYTES = 8 << 20
"""How much more of such output is read and dropped before its writers get a broken pipe."""
CHUNK = 1 << 16


class HostGone(Exception):
    """The channel's other end closed: the runner is gone, and so must be everything here."""


class Reaper:
    """Collects ended children, and wakes a poll when one ends.

    As process 1 of its container it also inherits and reaps orphans.
    """

    def __init__(self) -> None:
        self.fd, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._ended: dict[int, int] = {}
        self._awaited = 0
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self._on_child)

    def _on_child(self, _number: int, _frame: object) -> None:
        self.collect()

    def collect(self) -> None:
        """Reap every ended child; the status of the awaited one is kept."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._ended[pid] = status
            if len(self._ended) > 1024:
                self._ended = {p: s for p, s in self._ended.items() if p == self._awaited}

    def forget(self) -> None:
        """Drop the statuses of orphans, so that a reused pid cannot be taken for one of them."""
        self._ended.clear()
        self._awaited = 0

    def status(self, pid: int) -> int | None:
        """Return the exit status of a child, negative for a signal, or None while it runs."""
        self._awaited = pid
        self.collect()
        status = self._ended.get(pid)
        if status is None:
            return None
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def drain(self) -> None:
        """Empty the wake-up pipe."""
        try:
            while len(os.read(self.fd, CHUNK)) == CHUNK:
                pass
        except BlockingIOError:
            pass


class Leftovers:
    """Pipes that background processes still write to after their command ended.

    They are read and dropped within a bound, since a server started in the background would otherwise die of, or
    block on, its own log lines.
    """

    def __init__(self) -> None:
        self.budgets: dict[int, int] = {}

    def add(self, fd: int) -> None:
        """Keep reading a pipe."""
        self.budgets[fd] = LEFTOVER_BYTES

    def drop(self, fd: int) -> None:
        """Read once; close at the end of the output or of the bound."""
        try:
            size = len(os.read(fd, CHUNK))
        except BlockingIOError:
            return
        self.budgets[fd] -= size
        if size == 0 or self.budgets[fd] <= 0:
            os.close(fd)
            del self.budgets[fd]

    def close(self) -> None:
        """Close all."""
        for fd in self.budgets:
            os.close(fd)
        self.budgets.clear()


def end_all(reaper: Reaper, patience_s: float = 5.0) -> None:
    """Kill every other process of the container, and wait until they are gone.

    ``kill(-1)`` signals all of them under one kernel lock, and a fork fails in a process with a pending kill: no
    bomb outruns it, ``setsid`` escapes nothing, and no fork of our own is needed when the process limit is used up.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return
        reaper.collect()
        time.sleep(0.0005)  # the next orphans come to us once their parents are gone


class Stream:
    """One output pipe, kept up to a limit and read to its end beyond it, so that the writer never blocks."""

    def __init__(self, fd: int, limit: int) -> None:
        self.fd = fd
        self.open = True
        self.truncated = False
        self._room = limit
        self._parts: list[bytes] = []

    def read(self) -> bool:
        """Read once; return whether the pipe is still open and had something."""
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            os.close(self.fd)
            self.open = False
            return False
        if len(data) > self._room:
            self.truncated = True
            data = data[: self._room]
        if data:
            self._room -= len(data)
            self._parts.append(data)
        return True

    def text(self) -> str:
        """Return the output; invalid UTF-8 as backslash escapes, no half character where the limit cut."""
        data = b"".join(self._parts)
        if self.truncated:
            for size in (1, 2, 3):
                if len(data) >= size and data[-size] >= 0xC0:
                    whole = 2 if data[-size] < 0xE0 else 3 if data[-size] < 0xF0 else 4
                    data = data[:-size] if size < whole else data
                    break
                if len(data) < size or data[-size] < 0x80:
                    break
        return data.decode("utf-8", "backslashreplace")


class Watch:
    """One running command: feeds its input, reads its output, notices its end, its time limit and a gone host."""

    def __init__(self, pid: int, streams: list[Stream], reaper: Reaper, leftovers: Leftovers, channel: int) -> None:
        self._pid = pid
        self._streams = {stream.fd: stream for stream in streams}
        self._reaper = reaper
        self._leftovers = leftovers
        self._channel = channel
        self._poll = select.poll()
        for fd in (*self._streams, reaper.fd, *leftovers.budgets):
            self._poll.register(fd, select.POLLIN)
        self._poll.register(channel, 0)  # reports a hang-up and nothing else
        self._input = memoryview(b"")
        self._input_fd = -1
        self.status: int | None = None

    def feed(self, fd: int, data: bytes) -> None:
        """Write ``data`` to the command's standard input as it reads it, then close it."""
        self._input = memoryview(data)
        self._input_fd = fd
        self._poll.register(fd, select.POLLOUT)

    def until(self, deadline: float) -> None:
        """Return when the command ended and its output with it, or shortly after, or at the deadline."""
        while self._streams or self.status is None:
            wait_s = deadline - time.monotonic()
            if wait_s <= 0:
                break
            for fd, event in self._poll.poll(wait_s * 1000 + 1):
                self._handle(fd, event)
            if self.status is None:
                self.status = self._reaper.status(self._pid)
                if self.status is not None:
                    deadline = min(deadline, time.monotonic() + GRACE_S)
        if self._input_fd >= 0:
            self._close_input()

    def _handle(self, fd: int, event: int) -> None:
        if fd in self._streams:
            self._streams[fd].read()
            if not self._streams[fd].open:
                self._poll.unregister(fd)
                del self._streams[fd]
        elif fd == self._input_fd:
            self._write(event)
        elif fd == self._reaper.fd:
            self._reaper.drain()
        elif fd == self._channel:
            raise HostGone
        elif fd in self._leftovers.budgets:
            self._leftovers.drop(fd)
            if fd not in self._leftovers.budgets:
                self._poll.unregister(fd)

    def _write(self, event: int) -> None:
        try:
            self._input = self._input[os.write(self._input_fd, self._input[:CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._input = self._input[:0]
        if not self._input or event & select.POLLERR:
            self._close_input()

    def _close_input(self) -> None:
        self._poll.unregister(self._input_fd)
        os.close(self._input_fd)
        self._input_fd = -1
