"""The command server: JSON lines in on standard input, JSON lines out on standard output, one request at a time.

Contract: every request gets exactly one reply with its ``id``: the result, ``{"file": ...}`` for a refused file
operation, or ``{"fault": ...}`` for a failure of the server itself. At the end of input every process of the container
is killed and the server exits, which ends the container: nothing outlives the runner that holds the other end.
"""

from __future__ import annotations

import binascii
import gc
import json
import os
import select
import signal
import sys
import time

from agentbench.sandbox.inside import carry, files
from agentbench.sandbox.inside.accounts import Accounts
from agentbench.sandbox.inside.processes import HostGone, Leftovers, Reaper, Stream, Watch
from agentbench.sandbox.inside.spawn import NULL, Spawner
from agentbench.sandbox.inside.users import User, look_up

TYPE_CHECKING = False  # the real one would import typing: a tenth of the start-up time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Message = dict[str, Any]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Server:
    """Holds the channel, the users and what earlier commands left."""

    def __init__(self, greeting: Message) -> None:
        self._in, self._out = _claim_channel()
        self._pending = bytearray()
        self._reaper = Reaper()
        self._leftovers = Leftovers()
        self._accounts = Accounts()
        self._users = {"agent": _agent(greeting), "root": look_up("0")}
        self._shell = next((s for s in ("/bin/bash", "/usr/bin/bash") if os.access(s, os.X_OK)), "/bin/sh")
        base = dict(os.environ)
        base.setdefault("PATH", PATH)
        environments = {name: dict(base, **user.environment()) for name, user in self._users.items()}
        self._spawner = Spawner(self._users, environments, self._reaper, self._accounts)
        self._ops: dict[str, Callable[[Message], Message]] = {
            "run": self._run,
            "read": self._read,
            "write": self._write,
            "stat": self._stat,
            "list": self._list,
            "tree": self._tree,
            "end": self._end,
            "seal": self._seal,
            "carry": self._carry,
        }

    def serve(self) -> None:
        """Answer requests until the host goes."""
        agent = self._users["agent"]
        self._send(
            {"id": 0, "python": sys.version.split()[0], "shell": self._shell, "uid": agent.uid, "home": agent.home}
        )
        while True:
            line = self._next_line()
            if line is None:
                return
            self._send(self._answer(json.loads(line)))

    def shut_down(self) -> None:
        """Leave no process behind."""
        self._leftovers.close()
        self._spawner.end_all()

    def _answer(self, request: Message) -> Message:
        try:
            reply = self._ops[request["op"]](request)
        except HostGone:
            raise
        except OSError as error:
            shown = os.fsencode(error.filename).decode("utf-8", "backslashreplace") if error.filename else ""
            reply = {"file": error.strerror or str(error), "path": shown}
        except Exception as error:  # noqa: BLE001 - reported to the host, which raises it there
            reply = {"fault": f"{type(error).__name__}: {error}"}
        reply["id"] = request["id"]
        return reply

    def _next_line(self) -> bytes | None:
        while True:
            end = self._pending.find(b"\n")
            if end >= 0:
                line = bytes(self._pending[:end])
                del self._pending[: end + 1]
                return line
            data = self._read_channel()
            while data and b"\n" not in data:  # long lines are searched once, not again with every part
                self._pending += data
                data = self._read_channel()
            if not data:
                return None
            self._pending += data

    def _read_channel(self) -> bytes:
        while self._leftovers.budgets:
            poll = select.poll()
            for fd in (self._in, self._reaper.fd, *self._leftovers.budgets):
                poll.register(fd, select.POLLIN)
            ready = [fd for fd, _ in poll.poll()]
            for fd in ready:
                if fd in self._leftovers.budgets:
                    self._leftovers.drop(fd)
            if self._reaper.fd in ready:
                self._reaper.drain()
            if self._in in ready:
                break
        return os.read(self._in, 1 << 20)

    def _send(self, message: Message) -> None:
        view = memoryview(json.dumps(message).encode() + b"\n")
        while view:
            view = view[os.write(self._out, view) :]

    def _user(self, request: Message) -> User:
        return self._users[request["user"]]

    def _run(self, request: Message) -> Message:
        began = time.monotonic()
        argv = request.get("argv") or [self._shell, "-c", request["shell"]]
        data = binascii.a2b_base64(request["stdin"]) if request.get("stdin") else b""
        oom_before = self._accounts.oom_kills()
        try:
            started, note = self._spawner.start(
                argv, request["user"], request["cwd"], request.get("env"), has_input=bool(data)
            )
        except OSError as error:
            raise RuntimeError(f"no process could be started: {error}") from error
        streams = [Stream(started.out, request["limit"]), Stream(started.err, request["limit"])]
        watch = Watch(started.pid, streams, self._reaper, self._leftovers, self._in)
        if data:
            watch.feed(started.stdin, data)
        watch.until(began + request["timeout_s"])
        timed_out = watch.status is None
        if timed_out:
            self._spawner.end_all()
        self._finish_streams(streams, timed_out)
        return {
            "exit": None if timed_out else _shell_code(watch.status or 0),
            "out": streams[0].text(),
            "err": note.decode() + streams[1].text(),
            "timed_out": timed_out,
            "oom": self._accounts.oom_kills() > oom_before,
            "truncated": streams[0].truncated or streams[1].truncated,
            "s": time.monotonic() - began,
        }

    def _finish_streams(self, streams: list[Stream], ended: bool) -> None:
        for stream in streams:
            if not stream.open:
                continue
            rounds = 64  # a pipe holds 64 KiB; a background process may refill it without end
            while rounds and stream.read():
                rounds -= 1
            if stream.open and ended:
                os.close(stream.fd)
            elif stream.open:
                self._leftovers.add(stream.fd)

    def _read(self, request: Message) -> Message:
        data, size = files.read(self._user(request), request["path"], request["offset"], request["length"])
        return {"data": binascii.b2a_base64(data, newline=False).decode(), "size": size}

    def _write(self, request: Message) -> Message:
        data = binascii.a2b_base64(request["data"])
        files.write(self._user(request), request["path"], data, request["mode"], request["append"])
        return {}

    def _stat(self, request: Message) -> Message:
        return {"entry": files.stat(self._user(request), request["path"])}

    def _list(self, request: Message) -> Message:
        return {"entries": files.listing(self._user(request), request["path"], request["max"])}

    def _tree(self, request: Message) -> Message:
        entries = [(path, mode, binascii.a2b_base64(data)) for path, mode, data in request["files"]]
        files.put_tree(self._user(request), request["root"], request["dir_mode"], entries)
        return {}

    def _end(self, _request: Message) -> Message:
        self._spawner.end_all()
        return {}

    def _seal(self, request: Message) -> Message:
        self._spawner.end_all()
        return {"changed": carry.seal(self._users["agent"], request["root"])}

    def _carry(self, request: Message) -> Message:
        carrier = carry.Carrier(self._users["agent"], request["limit"])
        carrier.copy(request["source"], request["target"])
        return {"files": carrier.files, "bytes": carrier.bytes, "dropped": carrier.dropped}


def _claim_channel() -> tuple[int, int]:
    """Move the channel off the standard descriptors, which commands get replaced, and out of every child's reach."""
    channel = (os.dup(0), os.dup(1))  # dup sets close-on-exec
    os.dup2(NULL, 0)
    os.dup2(NULL, 1)
    return channel


def _shell_code(status: int) -> int:
    """Return the exit code as a shell shows it: 128 plus the signal's number for a signal."""
    return status if status >= 0 else 128 - status


def _agent(greeting: Message) -> User:
    user = look_up(greeting["user"])
    user.home = greeting.get("home") or user.home
    return user


def main(greeting: Message) -> None:
    """Serve until the end of input, then end everything."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's handler would let a process in here end process 1
    os.chdir("/")
    os.umask(0o022)
    if os.getgroups():
        os.setgroups([])
    server = Server(greeting)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, pages that a forked child shares
    try:
        server.serve()
    except (HostGone, BrokenPipeError):
        pass
    finally:
        server.shut_down()
