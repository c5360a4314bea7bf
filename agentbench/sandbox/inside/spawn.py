"""Starting commands, from a spare process that was forked ahead of time.

A fork copies the interpreter's page tables and then faults its pages in: half of what a small command costs. The spare
does all of it while the host is busy elsewhere, drops to the agent's rights and becomes the command on order. The agent
can kill or stop it, as it can its own commands: a dead spare is replaced, a stopped one is woken. It cannot look into
it: the kernel forbids tracing a process that changed its uid until it executes something.
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

    def __init__(self, user: User, environment: dict[str, str], cwd: str) -> None:
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
            _child(order, (stdin, out, err), user, environment, cwd)
        for fd in (order, stdin, out, err):
            os.close(fd)
        for fd in (self.out, self.err, self.stdin):
            os.set_blocking(fd, False)

    def become(self, argv: list[str], cwd: str, env: dict[str, str] | None, has_input: bool) -> None:
        """Send the order; raises BrokenPipeError if the spare is dead."""
        view = memoryview(marshal.dumps((argv, cwd, env, has_input)))
        os.kill(self.pid, signal.SIGCONT)
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
    """Keeps one spare of the agent's ready and starts commands."""

    def __init__(
        self, users: dict[str, User], environments: dict[str, dict[str, str]], reaper: Reaper, accounts: Accounts
    ) -> None:
        self._users = users
        self._environments = environments
        self._reaper = reaper
        self._accounts = accounts
        self._cwd = "/"
        self._spare: Spare | None = None

    def prepare(self) -> None:
        """Fork the next spare; without room for one the next command makes room."""
        if self._spare is None:
            try:
                self._spare = self._fork("agent")
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
        self._cwd = cwd  # where the next command will most likely start too
        note = b""
        if self._accounts.processes_used_up():
            self.end_all()
            note = _USED_UP
        if user == "agent" and self._spare is not None:
            spare, self._spare = self._spare, None
            try:
                spare.become(argv, cwd, env, has_input)
                return spare, note
            except (BrokenPipeError, ProcessLookupError):  # killed, by the agent or for memory
                spare.discard()
        try:
            spare = self._fork(user)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOMEM):
                raise
            self.end_all()
            note = _USED_UP
            spare = self._fork(user)
        spare.become(argv, cwd, env, has_input)
        return spare, note

    def _fork(self, user: str) -> Spare:
        self._reaper.collect()
        self._reaper.forget()
        return Spare(self._users[user], self._environments[user], self._cwd)


def _child(order: int, fds: tuple[int, int, int], user: User, environment: dict[str, str], cwd: str) -> None:
    """Be the spare and then the command. Never returns."""
    code = 126
    name = "the command"
    try:
        _drop(user, fds)
        _warm_up(environment, cwd)
        data = b""
        while part := os.read(order, 1 << 16):
            data += part
        if not data:
            return
        argv, cwd, env, has_input = marshal.loads(data)
        name = argv[0]
        os.dup2(fds[0] if has_input else NULL, 0)
        os.chdir(cwd)
        if env:
            environment = dict(environment, **env)
        if "/" in name:
            os.execve(name, argv, environment)  # the usual case, and without execvpe's search
        os.execvpe(name, argv, environment)
    except FileNotFoundError as error:
        code = 127
        os.write(2, f"sandbox: cannot run {error.filename or name}: {error.strerror}\n".encode())
    except BaseException as error:  # noqa: BLE001 - told to the reader of the command's output
        os.write(2, f"sandbox: cannot run {name}: {error}\n".encode())
    finally:
        os._exit(code)


def _drop(user: User, fds: tuple[int, int, int]) -> None:
    """Become the user, in a session of its own, first in line when memory runs out."""
    signal.set_wakeup_fd(-1)
    os.setsid()
    adjust = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    os.write(adjust, b"1000")  # a memory bomb must cost its own process, never the server
    os.close(adjust)
    for fd in fds:
        os.fchown(fd, user.uid, user.gid)  # else /dev/stderr and its like could not be opened by the command
    os.dup2(fds[1], 1)
    os.dup2(fds[2], 2)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)  # Python ignores the first two, and exec would pass that on
    os.setgroups(user.groups)
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)


def _warm_up(environment: dict[str, str], cwd: str) -> None:
    """Do once, without effect, what the order will ask for: the pages that it touches are then our own."""
    argv, cwd, _, _ = marshal.loads(marshal.dumps((["sh", "-c", ""], cwd, None, False)))
    try:
        os.chdir(cwd)
        os.execve("/", argv, environment)
    except OSError:
        return
