"""Starting commands: quickly where nobody can interfere, carefully where someone could.

``posix_spawn`` shares the server's memory with the child until it executes, so it costs half of a fork. It has no way
to change the user: the server takes the agent's real and effective ids itself, and keeps root's only as its saved uid,
which execution drops in the child. Until the server is root again the agent's processes may signal it, the new command
included, which may run before the server does; it is process 1 of its container, which the kernel lets no process in
there end or stop. But one could stop the child before it executes, and with it the server that waits for that: so this
is done only while there is no process but the server, and else the server forks and the child changes its user.
"""

from __future__ import annotations

import errno
import os
import signal

from agentbench.sandbox.inside.accounts import Accounts
from agentbench.sandbox.inside.processes import Reaper, end_all
from agentbench.sandbox.inside.users import User

NULL = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
_USED_UP = b"sandbox: processes left running had used up the process limit; all of them were ended\n"
_NO_ROOM = (errno.EAGAIN, errno.ENOMEM)
_DEFAULT_AGAIN = (signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that Python ignores; a command would inherit that."""
_FIRST_TO_GO = b"1000"
"""Out-of-memory score of commands: a memory bomb must cost its own process, never the server."""


class Order:
    """What is to be started."""

    def __init__(self, argv: list[str], user: User, cwd: str, environment: dict[str, str], has_input: bool) -> None:
        self.argv = argv
        self.user = user
        self.cwd = cwd
        self.environment = environment
        self.has_input = has_input


class Started:
    """A started command and the server's ends of its pipes."""

    def __init__(self, order: Order, quickly: bool, oom_score: int) -> None:
        """Start; raises OSError where the kernel gives no process."""
        self.out, out = os.pipe2(os.O_CLOEXEC)
        self.err, err = os.pipe2(os.O_CLOEXEC)
        stdin, self.stdin = os.pipe2(os.O_CLOEXEC) if order.has_input else (NULL, -1)
        ours = [fd for fd in (self.out, self.err, self.stdin) if fd >= 0]
        theirs = [out, err] + ([stdin] if order.has_input else [])
        try:
            for fd in theirs:  # else /dev/stderr and its like could not be opened by the command
                os.fchown(fd, order.user.uid, order.user.gid)
            self.pid = (_spawn if quickly else _fork)(order, (stdin, out, err), oom_score)
        except (OSError, NotImplementedError):
            for fd in ours:
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        for fd in ours:
            os.set_blocking(fd, False)


class Spawner:
    """Starts commands, and makes room for them."""

    def __init__(
        self, users: dict[str, User], environments: dict[str, dict[str, str]], reaper: Reaper, accounts: Accounts
    ) -> None:
        self._users = users
        self._environments = environments
        self._reaper = reaper
        self._accounts = accounts
        self._can_spawn = hasattr(os, "posix_spawn") and os.getpid() == 1
        self._oom_score = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)

    def end_all(self) -> None:
        """Kill every process of the container."""
        end_all(self._reaper)

    def start(
        self, argv: list[str], user: str, cwd: str, env: dict[str, str] | None, *, has_input: bool
    ) -> tuple[Started, bytes]:
        """Start a command; return its process and a note for its standard error.

        Where processes left by earlier commands use up the process limit, they are ended first: a sandbox stays usable
        after a fork bomb whose own shell returned at once.
        """
        environment = self._environments[user]
        order = Order(argv, self._users[user], cwd, dict(environment, **env) if env else environment, has_input)
        note = b""
        if self._accounts.processes_used_up():
            self.end_all()
            note = _USED_UP
        try:
            return self._start(order), note
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
        self.end_all()
        return self._start(order), _USED_UP

    def _start(self, order: Order) -> Started:
        self._reaper.collect()
        self._reaper.forget()
        if self._can_spawn and "/" in order.argv[0] and self._accounts.processes() == 1:
            try:
                return Started(order, True, self._oom_score)
            except NotImplementedError:  # a C library without a session for spawned processes
                self._can_spawn = False
            except OSError:
                pass  # what is wrong is found again below, and told to the reader of the command's output
        return Started(order, False, self._oom_score)


def _spawn(order: Order, fds: tuple[int, int, int], oom_score: int) -> int:
    """Start while the server has the user's ids: see the head of this module for when."""
    user = order.user
    before = os.pread(oom_score, 16, 0)
    os.pwrite(oom_score, _FIRST_TO_GO, 0)
    try:
        os.setgroups(user.groups)
        os.setresgid(user.gid, user.gid, 0)
        os.setresuid(user.uid, user.uid, 0)
        os.chdir(order.cwd)
        return os.posix_spawn(
            order.argv[0],
            order.argv,
            order.environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(fds)],
            setsid=True,
            setsigdef=_DEFAULT_AGAIN,
        )
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups([])
        os.chdir("/")
        os.pwrite(oom_score, before, 0)


def _fork(order: Order, fds: tuple[int, int, int], _oom_score: int) -> int:
    pid = os.fork()
    if pid == 0:
        _child(order, fds)
    return pid


def _child(order: Order, fds: tuple[int, int, int]) -> None:
    """Become the command. Never returns."""
    code = 126
    name = order.argv[0]
    try:
        _drop(order.user, fds)
        os.chdir(order.cwd)
        os.execvpe(name, order.argv, order.environment)
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
    os.write(adjust, _FIRST_TO_GO)
    os.close(adjust)
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    for number in (*_DEFAULT_AGAIN, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.setgroups(user.groups)
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)
