"""The library that hidden tests import as ``agentbench_verify``; copied to ``/tests`` in the grading sandbox.

It runs as root and the program under test belongs to somebody who may want to cheat, so:

1. Agent code runs only as a subprocess of the unprivileged user, who can read neither ``/tests`` nor
   ``/logs/verifier``.
2. Nothing of the workspace is opened, imported or executed with the verifier's rights: an audit hook refuses it.
   ``read()`` and ``workspace / "x"`` read as the unprivileged user, so a link to a hidden file leads nowhere.
3. All processes of that user are killed before the first check, after every ``run()`` and before the reward is written.
4. The report is written last but one and the reward last, each by a rename; a broken verifier writes neither.
5. A time budget cuts ``run()`` short, so that a program that hangs fails its checks instead of the whole verifier.

Standard library only, Python 3.9 or later; root needs no more than the capabilities SETUID, SETGID, KILL and CHOWN.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import pwd
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

PATH = "/usr/local/bin:/usr/bin:/bin"
TESTS = pathlib.Path("/tests")
LOGS = pathlib.Path("/logs/verifier")
OUTPUT_LIMIT_BYTES = 1_000_000
FILE_LIMIT_BYTES = 256 * 1024 * 1024
BUDGET_S = float(os.environ.get("AGENTBENCH_VERIFY_BUDGET_S", "540"))
STARVED_FACTOR = 10
"""On an overloaded machine a command gets at most so many times its limit: see ``_Limit``."""
_KILL_PATIENCE_S = 10.0
_READ_PATIENCE_S = 10.0


class VerifierBroken(BaseException):
    """The verifier itself cannot work here: no report and no reward. Not an ``Exception``, so that no check eats it."""


class Unreadable(AssertionError):
    """A file is missing, no regular file, too large or unreadable for the unprivileged user: the check fails."""


class Ran(NamedTuple):
    """What a command did."""

    exit_code: int | None
    """Negative for a signal; 126 or 127 if it could not be started; None if it was ended for its time or its output."""
    stdout: str
    """Invalid UTF-8 is shown as backslash escapes."""
    stderr: str
    timed_out: bool
    truncated: bool = False
    """It was ended because it printed more than the limit."""


class _Account(NamedTuple):
    name: str
    uid: int
    gid: int


def _account() -> _Account:
    """Return the unprivileged user: ``agent``, or ``nobody`` in an image without one."""
    for name in ("agent", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(name, entry.pw_uid, entry.pw_gid)
    return _Account("nobody", 65534, 65534)


AGENT = _account()
_started = time.monotonic()
_checks: dict[str, Callable[[], None]] = {}
_state = {"prepared": False, "starting": False}


# --- checks -----------------------------------------------------------------------------------------------------------


def check(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function as one hidden test; it passes unless it raises."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        if name in _checks:
            raise VerifierBroken(f"two checks are called {name!r}")
        _checks[name] = function
        return function

    return register


def main() -> NoReturn:
    """Run all checks, write ``report.json`` (CTRF) and then ``reward.txt`` (1 if all passed, else 0), and exit."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        _prepare()
        if not _checks:
            raise VerifierBroken("no check is defined")
        start = time.time()
        tests = [_run_check(name, function) for name, function in _checks.items()]
        kill_agent()
        _write("report.json", json.dumps(_report(tests, start)))
        _write("reward.txt", "1\n" if all(test["status"] == "passed" for test in tests) else "0\n")
    except VerifierBroken as error:
        print(f"verifier broken: {error}", file=sys.stderr)
        sys.exit(3)
    sys.exit(0)


def _run_check(name: str, function: Callable[[], None]) -> dict[str, Any]:
    began = time.monotonic()
    message = ""
    try:
        function()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a check raises, it failed
        message = _explain(error)
    print(f"not ok - {name}: {message}" if message else f"ok - {name}", flush=True)
    duration_ms = round((time.monotonic() - began) * 1000)
    test = {"name": name, "status": "failed" if message else "passed", "duration": duration_ms}
    return {**test, "message": message} if message else test


def _explain(error: BaseException) -> str:
    """Return one line: the failed source line and what was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    where = f"line {frames[-1].lineno}: {frames[-1].line}: " if frames else ""
    return f"{where}{type(error).__name__}: {error}"[:2000]


def _report(tests: list[dict[str, Any]], start: float) -> dict[str, Any]:
    failed = sum(test["status"] == "failed" for test in tests)
    summary = {
        "tests": len(tests),
        "passed": len(tests) - failed,
        "failed": failed,
        "pending": 0,
        "skipped": 0,
        "other": 0,
        "start": round(start * 1000),
        "stop": round(time.time() * 1000),
    }
    results = {"tool": {"name": "agentbench_verify"}, "summary": summary, "tests": tests}
    return {"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}


def _write(name: str, text: str) -> None:
    """Put a file into the log directory by a rename, whatever stands there."""
    target = LOGS / name
    descriptor, temporary = tempfile.mkstemp(dir=LOGS, prefix=".new-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    pathlib.Path(temporary).chmod(0o644)
    _remove(target)
    pathlib.Path(temporary).rename(target)


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


# --- the unprivileged user --------------------------------------------------------------------------------------------


def _prepare() -> None:
    """Once, before any agent code runs: check our rights, end leftovers, close our directories, drop old results."""
    if _state["prepared"]:
        return
    _state["prepared"] = True
    if os.geteuid() != 0:
        raise VerifierBroken(f"must run as root to run agent code as another user, runs as uid {os.geteuid()}")
    os.umask(0o022)
    kill_agent()
    LOGS.mkdir(parents=True, exist_ok=True)
    for directory in (TESTS, LOGS):
        if directory.stat().st_uid == 0:
            directory.chmod(0o700)
    for name in ("reward.txt", "reward.json", "report.json"):
        _remove(LOGS / name)
    _hand_over_workspace()


def _hand_over_workspace() -> None:
    """Give the workspace to the unprivileged user where another harness left it with root."""
    if os.stat(WORKSPACE).st_uid == AGENT.uid:  # noqa: PTH116 - pathlib is what the guard below wraps
        return
    os.chown(WORKSPACE, AGENT.uid, AGENT.gid)
    for folder, directories, files in os.walk(WORKSPACE, followlinks=False):
        for name in directories + files:
            os.lchown(os.path.join(folder, name), AGENT.uid, AGENT.gid)  # noqa: PTH118


def _drop_rights() -> None:
    """In a child: become the unprivileged user for good, first in line for the out-of-memory killer."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("1000")
    os.setgroups([])
    os.setresgid(AGENT.gid, AGENT.gid, AGENT.gid)
    os.setresuid(AGENT.uid, AGENT.uid, AGENT.uid)
    os.umask(0o022)


class _Killer:
    """A waiting process that ends all of the agent's processes, even when a fork bomb leaves no room for a new one.

    Killing all of a user's processes in one system call, as that user, cannot be outrun by forking, and ``setsid`` is
    no way out. It also fires when the verifier dies, since its pipe closes then.
    """

    def __init__(self) -> None:
        reader, self._trigger = os.pipe()
        self._pid = _fork()
        if self._pid == 0:
            try:
                os.close(self._trigger)
                os.setsid()
                os.read(reader, 1)
                os.setgroups([])
                os.setresgid(AGENT.gid, AGENT.gid, AGENT.gid)
                os.setresuid(AGENT.uid, AGENT.uid, AGENT.uid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
                os._exit(0)
            finally:
                os._exit(1)
        os.close(reader)

    def fire(self) -> None:
        os.close(self._trigger)
        _, status = os.waitpid(self._pid, 0)
        if status != 0:
            raise VerifierBroken(f"could not become {AGENT}: the capabilities SETUID and SETGID are needed")
        deadline = time.monotonic() + _KILL_PATIENCE_S
        while alive := _agent_processes():
            if time.monotonic() > deadline:
                raise VerifierBroken(f"processes {alive} of {AGENT.name} survive SIGKILL")
            time.sleep(0.002)


def kill_agent() -> None:
    """End every process of the unprivileged user."""
    _Killer().fire()


def _fork() -> int:
    try:
        return os.fork()
    except OSError as error:
        raise VerifierBroken(f"no new process can be started: {error}") from error


def _agent_processes() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and _is_agents(entry)]  # noqa: PTH208


def _is_agents(pid: str) -> bool:
    """Whether a process is alive and any of its user ids is the agent's."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123
            status = file.read()
    except OSError:  # it ended meanwhile
        return False
    uids = status.partition("\nUid:")[2].split("\n")[0].split()
    state = status.partition("\nState:")[2].strip()[:1]
    return str(AGENT.uid) in uids and state not in ("Z", "X")


def _as_agent(action: Callable[[], bytes]) -> bytes:
    """Return what ``action`` gives in a child with the agent's rights; Unreadable if it raises OSError there."""
    reader, writer = os.pipe()
    pid = _fork()
    if pid == 0:
        try:
            _state["starting"] = True
            os.close(reader)
            os.setsid()
            _drop_rights()
            try:
                answer = b"+" + action()
            except OSError as error:
                answer = b"-" + (error.strerror or str(error)).encode()
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(answer)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writer)
    answer = _drain(pid, reader)
    if answer[:1] == b"+":
        return answer[1:]
    raise Unreadable(answer[1:].decode("utf-8", "backslashreplace") or "reading was cut short")


def _drain(pid: int, reader: int) -> bytes:
    """Read a child's answer to its end, at most for a while, and reap the child."""
    answer = bytearray()
    deadline = time.monotonic() + _READ_PATIENCE_S
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(reader, 1 << 16)
            if not chunk:
                break
            answer += chunk
        else:
            answer.clear()
    os.close(reader)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return bytes(answer)


# --- running commands -------------------------------------------------------------------------------------------------


def run(
    command: str | Sequence[str | os.PathLike[str]],
    *,
    input: str | bytes = "",
    timeout_s: float = 10,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> Ran:
    """Run agent code as the unprivileged user and return what it did; afterwards nothing of that user is alive.

    A string goes to ``bash -c`` (``sh`` where there is no bash). Time that its processes spent waiting for a processor
    does not count against ``timeout_s``. The environment is minimal, ``env`` is added to it,
    and ``HOME`` is an empty directory that is removed again. ``cwd`` is the workspace by default.
    """
    _prepare()
    shell = next((path for path in ("/bin/bash", "/usr/bin/bash") if os.access(path, os.X_OK)), "/bin/sh")
    argv = [shell, "-c", command] if isinstance(command, str) else [os.fspath(part) for part in command]
    data = input.encode() if isinstance(input, str) else input
    home = _make_home()
    try:
        job = _Job(argv, _environment(home, env), os.fspath(cwd or WORKSPACE), data)
        return _execute(job, _Limit(timeout_s))
    finally:
        _remove_home(home)


class _Job(NamedTuple):
    argv: list[str]
    env: dict[str, str]
    cwd: str
    stdin: bytes


class _Limit:
    """A time limit that an overloaded machine does not turn into a wrong result.

    What the agent's processes spent waiting for a processor (the kernel's run-queue delay, a throttled container's
    included) is given back, up to ``STARVED_FACTOR`` limits in all: nothing to a program that sleeps, little to one
    that loops by itself. The verifier's own budget always holds.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._start = time.monotonic()

    def left_s(self) -> float:
        now = time.monotonic()
        left_s = self._start + self._limit_s - now
        if left_s <= 0:
            left_s += min(_longest_wait_s(), self._limit_s * (STARVED_FACTOR - 1))
        return min(left_s, _started + BUDGET_S - now)


def _longest_wait_s() -> float:
    """Return how long one of the agent's threads has waited for a processor; 0 where the kernel does not say."""
    longest = 0
    for pid in _agent_processes():
        for thread in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError, IndexError, ValueError):  # it ended meanwhile
                longest = max(longest, int(thread.read_bytes().split()[1]))
    return longest / 1e9


def _environment(home: str, extra: Mapping[str, str] | None) -> dict[str, str]:
    """Build the environment from nothing. PYTHONSAFEPATH stays unset: a program may import its own neighbours."""
    fixed = {
        "PATH": PATH,
        "HOME": home,
        "USER": AGENT.name,
        "LOGNAME": AGENT.name,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
    }
    return {**fixed, **(extra or {})}


def _make_home() -> str:
    try:
        home = tempfile.mkdtemp(prefix="home-", dir="/tmp")
    except OSError:  # the program under test filled the disk: that is its own trouble
        return "/nonexistent"
    try:
        os.chown(home, AGENT.uid, AGENT.gid)
    except OSError as error:
        raise VerifierBroken(f"cannot give {home} to {AGENT.name}: {error}; capability CHOWN is needed") from error
    return home


def _remove_home(home: str) -> None:
    def remove() -> bytes:
        shutil.rmtree(home, ignore_errors=True)
        return b""

    with contextlib.suppress(Unreadable):
        _as_agent(remove)


def _execute(job: _Job, limit: _Limit) -> Ran:
    killer = _Killer()
    (out, out_writer), (err, err_writer) = _agent_pipe(), _agent_pipe()
    stdin = _agent_input(job.stdin)
    try:
        process = _start(job, (stdin, out_writer, err_writer))
    except (OSError, ValueError) as error:
        killer.fire()
        os.close(out)
        os.close(err)
        reason = f"{job.argv[0]}: {getattr(error, 'strerror', None) or error}"
        return Ran(127 if isinstance(error, FileNotFoundError) else 126, "", reason, timed_out=False)
    finally:
        for descriptor in (stdin, out_writer, err_writer):
            os.close(descriptor)
    collector = _Collector([out, err])
    ended = collector.follow(process, limit)
    killer.fire()
    collector.finish()
    code, flooded = process.wait(), collector.flooded
    stdout, stderr = (bytes(taken).decode("utf-8", "backslashreplace") for taken in collector.data.values())
    return Ran(code if ended else None, stdout, stderr, timed_out=not ended and not flooded, truncated=flooded)


def _agent_pipe() -> tuple[int, int]:
    """Return a pipe that the agent's user owns, so that ``/dev/stdout`` and ``/dev/stderr`` can be opened by it."""
    reader, writer = os.pipe()
    _give(writer)
    os.set_blocking(reader, False)
    return reader, writer


def _agent_input(data: bytes) -> int:
    """Return a descriptor of an unnamed file that holds the standard input."""
    descriptor = os.memfd_create("input")
    _give(descriptor)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _give(descriptor: int) -> None:
    try:
        os.fchown(descriptor, AGENT.uid, AGENT.gid)
    except OSError as error:
        raise VerifierBroken(
            f"cannot give a descriptor to {AGENT.name}: {error}; capability CHOWN is needed"
        ) from error


def _start(job: _Job, streams: tuple[int, int, int]) -> subprocess.Popen[bytes]:
    def enter() -> None:
        _drop_rights()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, FILE_LIMIT_BYTES))
        try:
            os.chdir(job.cwd)
        except OSError as error:
            os.write(2, f"{job.cwd}: {error.strerror}\n".encode())
            os._exit(126)

    _state["starting"] = True
    try:
        stdin, stdout, stderr = streams
        return subprocess.Popen(
            job.argv,
            env=job.env,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd="/",
            start_new_session=True,
            preexec_fn=enter,  # noqa: PLW1509 - there are no threads here
        )
    except BlockingIOError as error:
        raise VerifierBroken(f"no new process can be started: {error}") from error
    except subprocess.SubprocessError as error:
        raise VerifierBroken(f"could not become {AGENT}: {error}") from error
    finally:
        _state["starting"] = False


class _Collector:
    """Reads a process's output up to the limit."""

    def __init__(self, readers: list[int]) -> None:
        self.data = {reader: bytearray() for reader in readers}
        self.flooded = False
        self._open = set(readers)

    def follow(self, process: subprocess.Popen[bytes], limit: _Limit) -> bool:
        """Read until the process ends (True), or its time or output is used up (False)."""
        with selectors.DefaultSelector() as selector:
            for reader in self.data:
                selector.register(reader, selectors.EVENT_READ)
            tick_s = 0.001
            while process.poll() is None:
                left_s = limit.left_s()
                if left_s <= 0 or self.flooded:
                    return False
                tick_s = min(tick_s * 1.5, 0.02)
                for key, _ in selector.select(min(left_s, tick_s)) if self._open else []:
                    if not self._read(key.fd):
                        selector.unregister(key.fd)
                if not self._open:
                    time.sleep(min(left_s, tick_s))
        return True

    def finish(self) -> None:
        """Take what is left in the pipes, once no writer is alive."""
        for reader in self.data:
            while reader in self._open and self._read(reader):
                pass
            os.close(reader)

    def _read(self, reader: int) -> bool:
        """Take one chunk; False at the end of the stream or when there is nothing more to take."""
        try:
            chunk = os.read(reader, 1 << 16)
        except BlockingIOError:
            return False
        taken = self.data[reader]
        self.flooded |= len(taken) + len(chunk) > OUTPUT_LIMIT_BYTES
        taken += chunk[: OUTPUT_LIMIT_BYTES - len(taken)]
        if not chunk:
            self._open.discard(reader)
        return bool(chunk)


# --- reading files ----------------------------------------------------------------------------------------------------


def read_bytes(path: str | os.PathLike[str], *, max_bytes: int = 4 * 1024 * 1024) -> bytes:
    """Return a regular file's bytes, read with the agent's rights; relative paths are below the workspace."""
    _prepare()
    full = os.path.join(WORKSPACE, os.fspath(path))  # noqa: PTH118

    def take() -> bytes:
        descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if (status.st_mode & 0o170000) != 0o100000:
                raise OSError(0, "is no regular file")
            if status.st_size > max_bytes:
                raise OSError(0, f"holds {status.st_size} bytes, at most {max_bytes} are read")
            return file.read(max_bytes)

    try:
        return _as_agent(take)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from None


def read(path: str | os.PathLike[str], *, max_bytes: int = 4 * 1024 * 1024) -> str:
    """Return a regular file's text (UTF-8), read with the agent's rights; relative paths are below the workspace."""
    return read_bytes(path, max_bytes=max_bytes).decode("utf-8")


class _AgentPath(type(pathlib.Path())):  # type: ignore[misc]
    """A path whose content is read with the agent's rights, never with the verifier's."""

    def read_bytes(self) -> bytes:
        return read_bytes(self)

    def read_text(self, encoding: str | None = None, errors: str | None = None, newline: str | None = None) -> str:
        data = io.BytesIO(read_bytes(self))
        return io.TextIOWrapper(data, encoding=encoding or "utf-8", errors=errors, newline=newline).read()

    def open(self, mode: str = "r", *_: Any, **options: Any) -> Any:
        if set(mode) - set("rbt"):
            raise VerifierBroken(f"{self}: a check may not write into the workspace; use run()")
        data = io.BytesIO(read_bytes(self))
        return data if "b" in mode else io.TextIOWrapper(data, encoding=options.get("encoding") or "utf-8")


WORKSPACE = "/workspace"
workspace: pathlib.Path = _AgentPath(WORKSPACE)
"""The agent's work; its files are read with the agent's rights."""


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what would give the workspace the verifier's rights: the author's mistake, which the oracle finds."""
    if _state["starting"]:
        return
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
        raise VerifierBroken("checks run commands only with run()")
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100
        if path == WORKSPACE or path.startswith(WORKSPACE + "/"):
            raise VerifierBroken(f"{path}: checks read the workspace only with read() or workspace / 'name'")


if __name__ == "agentbench_verify":
    sys.addaudithook(_guard)
