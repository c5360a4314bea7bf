"""Starting commands, from a spare process that was forked ahead of time.

A fork copies the interpreter's page tables and then faults its pages in: 0.6 ms of a command that takes 2. The spare
does all of it while the host is busy elsewhere, waits as root, where the agent can neither signal nor trace it, and
becomes the command on order.
"""

from __future__ import annotations

import errno
import marshal
import os
import signal

from agentbench.sandbox.inside.accounts import Accounts
from agentbench.sandbox.inside.processes import Reaper, end_all
from agentbench.sandbox.inside.users import User

NULL = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
_USED_UP = b"sandbox: processes left running had used up the process limit; all of them were ended\n"


class Spare:
    """A forked child that waits for what it is to run, and the host's ends of its pipes."""

    def __init__(self, users: dict[str, User], environments: dict[str, dict[str, str]]) -> None:
        """Fork; raises OSError where the kernel gives no process."""
        pipes = [os.pipe2(os.O_CLOEXEC) for _ in range(4)]
        (order, self._order), (stdin, self.stdin), (self.out, out), (self.err, err) = pipes
        try:
            self.pid = os.fork()
        except OSError:
            for pair in pipes:
                os.close(pair[0])
                os.close(pair[1])
            raise
        if self.pid == 0:
            for fd in (self._order, self.stdin):
                os.close(fd)
            _child(order, (stdin, out, err), users, environments)
        for fd in (order, stdin, out, err):
            os.close(fd)
        for fd in (self.out, self.err, self.stdin):
            os.set_blocking(fd, False)

    def become(self, argv: list[str], user: str, cwd: str, env: dict[str, str] | None, has_input: bool) -> None:
        """Send the order; raises BrokenPipeError if the spare is dead."""
        view = memoryview(marshal.dumps((argv, user, cwd, env, has_input)))
        while view:
            view = view[os.write(self._order, view) :]
        os.close(self._order)
        self._order = -1
        if not has_input:
            os.close(self.stdin)

    def discard(self) -> None:
        """Close the host's ends; a spare that still waits exits."""
        for fd in (self._order, self.stdin, self.out, self.err):
            if fd >= 0:
                os.close(fd)


class Spawner:
    """Keeps one spare ready and starts commands from it."""

    def __init__(
        self, users: dict[str, User], environments: dict[str, dict[str, str]], reaper: Reaper, accounts: Accounts
    ) -> None:
        self._users = users
        self._environments = environments
        self._reaper = reaper
        self._accounts = accounts
        self._spare: Spare | None = None

    def prepare(self) -> None:
        """Fork the next spare; without room for one the next command makes room."""
        if self._spare is None:
            try:
                self._spare = Spare(self._users, self._environments)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.ENOMEM):
                    raise

    def end_all(self) -> None:
        """Kill every process of the container, the spare too."""
        if self._spare is not None:
            self._spare.discard()
            self._spare = None
        end_all(self._reaper)

    def start(
        self, argv: list[str], user: str, cwd: str, env: dict[str, str] | None, *, has_input: bool
    ) -> tuple[Spare, bytes]:
        """Start a command; return its process and a note for its standard error.

        Where processes left by earlier commands use up the process limit, they are ended first: a sandbox stays usable
        after a fork bomb whose own shell returned at once.
        """
        self._reaper.collect()
        note = b""
        if self._accounts.processes_used_up():
            self.end_all()
            note = _USED_UP
        self._reaper.forget()
        spare, self._spare = self._spare, None
        if spare is not None:
            try:
                spare.become(argv, user, cwd, env, has_input)
                return spare, note
            except BrokenPipeError:  # the kernel took it when memory ran out
                spare.discard()
        try:
            spare = Spare(self._users, self._environments)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOMEM):
                raise
            self.end_all()
            self._reaper.forget()
            note = _USED_UP
            spare = Spare(self._users, self._environments)
        spare.become(argv, user, cwd, env, has_input)
        return spare, note


def _child(
    order: int, fds: tuple[int, int, int], users: dict[str, User], environments: dict[str, dict[str, str]]
) -> None:
    """Be the spare and then the command. Never returns."""
    code = 126
    name = "the command"
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        adjust = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(adjust, b"1000")  # a memory bomb must cost its own process, never the server
        os.close(adjust)
        os.dup2(fds[1], 1)
        os.dup2(fds[2], 2)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)  # Python ignores these, and exec would pass that on
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        data = b""
        while part := os.read(order, 1 << 16):
            data += part
        if not data:
            return
        argv, user_name, cwd, env, has_input = marshal.loads(data)
        name = argv[0]
        user = users[user_name]
        os.dup2(fds[0] if has_input else NULL, 0)
        for fd in (0, 1, 2) if has_input else (1, 2):
            os.fchown(fd, user.uid, user.gid)  # else /dev/stderr and its like could not be opened by the command
        os.setgroups(user.groups)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
        os.chdir(cwd)
        full = environments[user_name]
        if env:
            full = dict(full, **env)
        if "/" in name:
            os.execve(name, argv, full)  # the usual case; execvpe takes 0.2 ms more, since its pages are not ours yet
        os.execvpe(name, argv, full)
    except FileNotFoundError as error:
        code = 127
        os.write(2, f"sandbox: cannot run {error.filename or name}: {error.strerror}\n".encode())
    except BaseException as error:  # noqa: BLE001 - told to the reader of the command's output
        os.write(2, f"sandbox: cannot run {name}: {error}\n".encode())
    finally:
        os._exit(code)
