"""A container whose image has no usable Python: the same Sandbox through the engine's exec calls and its own tools.

Slower by a factor of twenty, and weaker in two ways that ``self_check`` shows: what a command leaves running is told
from nothing, and errors of file operations are the words of the image's own ``cat`` and ``stat``. Needs ``sh``,
``tar``, ``stat``, ``find`` and ``cat``, as GNU or BusyBox have them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from docker import DockerClient
from docker.errors import APIError
from requests.exceptions import RequestException

from agentbench.errors import SandboxDiedError, SandboxFileError
from agentbench.records import CommandResult, FileContent, FileStat, SandboxProfile, SandboxSpec
from agentbench.sandbox.attach import raw_socket
from agentbench.sandbox.contained import FILE_TIMEOUT_S, Contained, below
from agentbench.sandbox.container import AGENT, HOME
from agentbench.sandbox.docker_sandbox import check_tree_paths
from agentbench.sandbox.exec_stream import Call, Ended, Output, file_stat, tar_of
from agentbench.sandbox.protocol import UserName

IDLE_COMMAND = ["sh", "-c", 'trap w=1 CHLD; while :; do w=; read -r _ || [ "$w" ] || exit; done']
"""Process 1 of such a container: immune to its own processes' signals, reaps them, ends with its runner's channel.

An orphan's end interrupts the ``read`` of some shells, which is not the end of the input.
"""
START_ATTEMPTS = 20
"""How often a call is tried whose process the engine could not start: a fork bomb leaves it room now and then."""
_PREPARE = 'echo 1000 >/proc/self/oom_score_adj; cd "$1" || exit 126; shift; '
_WITHOUT_INPUT = _PREPARE + 'exec "$@"'
_WITH_INPUT = _PREPARE + '"$@"; code=$?; cat >/dev/null; exit $code'
"""The engine reports an exec whose input nobody reads only after many seconds, so the rest is read here."""
_NO_SUCH = 3
_STAT = f"""
[ -e "$1" ] || [ -L "$1" ] || {{ ls -d "$1" 2>&1 | grep -qi permission && exit 1; exit {_NO_SUCH}; }}
stat -c "%f %s" "$1"
"""


class ExecSandbox(Contained):
    """See :class:`agentbench.sandbox.protocol.Sandbox` for what each method promises."""

    def __init__(
        self,
        client: DockerClient,
        container_id: str,
        spec: SandboxSpec,
        attached: tuple[socket.socket, Any],
        keep: bool,
    ) -> None:
        super().__init__(client, container_id, spec, keep=keep)
        self._attached, self._release = attached
        self._lock = threading.Lock()
        self._exec_socket: socket.socket | None = None
        self._shell = "sh"
        self._shell = "bash" if self.run("command -v bash", timeout_s=30).exit_code == 0 else "sh"

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
        """Run a command."""
        argv = [self._shell, "-c", command] if isinstance(command, str) else list(command)
        began = time.monotonic()
        with self._lock:
            call = Call(argv, timeout_s, user, self._path(cwd or "."), env or {}, stdin, output_limit_bytes)
            ended = self._exec(call)
        return CommandResult(
            exit_code=ended.code,
            stdout=ended.out.decode("utf-8", "backslashreplace"),
            stderr=ended.err.decode("utf-8", "backslashreplace"),
            timed_out=ended.timed_out,
            truncated=ended.truncated,
            duration_s=time.monotonic() - began,
        )

    def read_file(self, path: str, *, max_bytes: int = 1 << 20, user: UserName = "agent") -> bytes:
        """Read a regular file."""
        script = f'[ -d "$1" ] && {{ echo "Is a directory" >&2; exit 1; }}; [ -e "$1" ] && ! [ -f "$1" ] && \
{{ echo "Not a regular file" >&2; exit 1; }}; head -c {max_bytes + 1} < "$1"'
        data = self._raw(script, path, user=user, limit=max_bytes + 1)
        if len(data) > max_bytes:
            raise SandboxFileError(f"{path}: too large, more than {max_bytes} bytes")
        return data

    def write_file(self, path: str, data: bytes, *, mode: int | None = None, user: UserName = "agent") -> None:
        """Write a file and its parents."""
        chmod = f'&& chmod {mode:o} "$1"' if mode is not None else ""
        script = f'umask 022; [ -d "$1" ] && {{ echo "Is a directory" >&2; exit 1; }}; \
mkdir -p "$(dirname "$1")" && cat > "$1" {chmod}'
        self._raw(script, path, user=user, stdin=data)

    def stat(self, path: str, user: UserName = "agent") -> FileStat | None:
        """Look at a path without following it."""
        argv = ["sh", "-c", _STAT, "sh", self._path(path)]
        with self._lock:
            ended = self._exec(Call(argv, FILE_TIMEOUT_S, user))
        if ended.code == _NO_SUCH:
            return None
        if ended.code != 0:
            raise SandboxFileError(f"{path}: {ended.err.decode('utf-8', 'replace').strip() or 'Permission denied'}")
        return file_stat(path, ended.out.decode().strip())

    def list_files(self, path: str, *, max_entries: int = 10_000, user: UserName = "agent") -> list[FileStat]:
        """List everything below a directory; names with newlines are not seen."""
        script = 'cd "$1" && find . ! -name . -exec stat -c "%f %s %n" {} + 2>/dev/null; [ -d "$1" ] && cd "$1"'
        text = self._raw(script, path, user=user, limit=1 << 26).decode("utf-8", "backslashreplace")
        found = []
        for line in text.splitlines():
            mode, size, name = line.split(" ", 2)
            found.append((name.removeprefix("./").split("/"), f"{mode} {size}"))
        found.sort(key=lambda entry: entry[0])
        return [file_stat(below(path) + "/".join(parts), facts) for parts, facts in found[:max_entries]]

    def put_tree(self, root: str, files: Mapping[str, FileContent], *, owner: UserName, dir_mode: int = 0o755) -> None:
        """Write many files with one ``tar``."""
        check_tree_paths(files)
        where = self._path(root)
        self._raw(f'mkdir -p "$1" && chmod {dir_mode:o} "$1"', where, user=self._maker(where, owner))
        if owner == "agent" and self._maker(where, owner) == "root":
            self._raw(f'chown {self._user("agent")} "$1"', where, user="root")
        self._raw('tar -x -o -p -C "$1" -f -', where, user=owner, stdin=tar_of(files, dir_mode))

    def end_processes(self) -> None:
        """Kill what commands have left running; process 1 is out of reach of this."""
        with self._lock:
            try:
                self._kill_all()
            except (APIError, RequestException) as error:
                raise SandboxDiedError(f"sandbox {self._id[:12]} died: {error}") from error

    def _hang_up(self) -> None:
        for sock in (self._exec_socket, self._attached):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._release()

    def _maker(self, where: str, owner: UserName) -> UserName:
        """Return who makes the root of a tree: root where only root can."""
        return owner if self._spec.profile is SandboxProfile.STRICT and where.startswith(self._spec.workdir) else "root"

    def _raw(self, script: str, path: str, *, user: UserName, stdin: bytes = b"", limit: int = 1 << 20) -> bytes:
        argv = ["sh", "-c", script, "sh", self._path(path)]
        with self._lock:
            ended = self._exec(Call(argv, FILE_TIMEOUT_S, user, stdin=stdin, limit=limit))
        if ended.code != 0:
            words = ended.err.decode("utf-8", "backslashreplace").strip().splitlines()
            raise SandboxFileError(f"{path}: {words[-1] if words else 'failed'}")
        return ended.out

    def _exec(self, call: Call) -> Ended:
        """Run one call; where processes left running keep the engine from starting it, they are ended first."""
        if self._closed:
            raise SandboxDiedError(f"sandbox {self._id[:12]} is closed")
        try:
            for _attempt in range(START_ATTEMPTS):
                ended = self._exec_once(call)
                if ended is not None:
                    return ended
                self._kill_all()
        except (APIError, RequestException, OSError) as error:
            raise SandboxDiedError(f"sandbox {self._id[:12]} died: {error}") from error
        raise SandboxDiedError(f"sandbox {self._id[:12]}: the engine could not start a process in it")

    def _exec_once(self, call: Call) -> Ended | None:
        api = self._client.api
        exec_id = api.exec_create(
            self._id,
            ["sh", "-c", _WITH_INPUT if call.stdin else _WITHOUT_INPUT, "sh", call.cwd, *call.argv],
            stdin=True,
            user=self._user(call.user),
            workdir="/",
            environment={"HOME": self._home(call.user), **call.env},
        )["Id"]
        wrapped: Any = api.exec_start(exec_id, socket=True)
        sock, release = raw_socket(wrapped)
        self._exec_socket = sock
        output = Output(call.limit)
        deadline = time.monotonic() + call.timeout_s
        try:
            timed_out = output.collect(sock, call.stdin, deadline)
        finally:
            self._exec_socket = None
            release()
        if self._closed:
            raise SandboxDiedError(f"sandbox {self._id[:12]} was closed while a call was under way")
        found = api.exec_inspect(exec_id)
        while found["Running"] and not timed_out:  # its output has ended, and the engine has yet to note its exit
            time.sleep(0.01)
            found, timed_out = api.exec_inspect(exec_id), time.monotonic() > deadline
        if timed_out:
            self._kill_all()
        elif not found["Pid"]:
            return None
        return Ended(
            None if timed_out else found["ExitCode"], output.data[1], output.data[2], output.truncated, timed_out
        )

    def _kill_all(self) -> None:
        """End every process but number 1; a fork bomb may keep the engine from starting even this for a while."""
        api = self._client.api
        for _attempt in range(START_ATTEMPTS):
            made = api.exec_create(self._id, ["sh", "-c", "kill -9 -1"], user="0:0")["Id"]
            with contextlib.suppress(APIError):  # how some engine versions say that it did not start
                api.exec_start(made)
            if api.exec_inspect(made)["Pid"]:
                return
            time.sleep(0.1)

    def _user(self, user: UserName) -> str:
        if user == "root":
            return "0:0"
        return AGENT if self._spec.profile is SandboxProfile.STRICT else str(self._spec.user)

    def _home(self, user: UserName) -> str:
        return HOME if user == "agent" and self._spec.profile is SandboxProfile.STRICT else "/root"
