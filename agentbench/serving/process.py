"""The engine process as the runner sees it: started under the supervisor, watched, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentbench.errors import ServerBootError

_SUPERVISOR = Path(__file__).resolve().parent / "supervisor.py"
_SPAWN_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 20.0


class EngineProcess:
    """One engine with everything it started. Its output goes to a log file of its own. Thread-safe."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], log_path: Path) -> None:
        """Start it.

        Args:
            command: The engine's command line.
            env: Its whole environment.
            log_path: Where its output goes; appended to, so that a restart keeps what the first one said.

        Raises:
            ServerBootError: if it cannot be started at all.
        """
        self.command = list(command)
        self.log_path = log_path
        self._guard = threading.Lock()
        self._exit: int | None = None
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as log:
            self.log_start = log.tell()
            """Where this process's output starts in the log, in bytes."""
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", str(_SUPERVISOR), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(env),
                start_new_session=True,  # Ctrl-C in the terminal is the runner's to handle
            )
        first = self._first_message()
        if "pid" not in first:
            self._close()
            raise ServerBootError(f"the engine could not be started: {first.get('error', 'its supervisor ended')}")
        self.pid = int(first["pid"])

    def alive(self) -> bool:
        """Whether the engine's first process runs."""
        return self._supervisor.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The engine's return code (minus the signal's number if a signal ended it); None while it runs."""
        if self._supervisor.poll() is None:
            return None
        with self._guard:
            if self._exit is None:
                self._exit = self._read_exit()
        return self._exit

    def stop(self) -> None:
        """End the engine and all its descendants. Safe to call twice and from any thread."""
        stdin = self._supervisor.stdin
        assert stdin is not None
        with self._guard, contextlib.suppress(OSError):
            if not stdin.closed:
                os.write(stdin.fileno(), b"q")
                stdin.close()
        try:
            self._supervisor.wait(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()  # its own end kills the engine's first process
            self._supervisor.wait()
        _ = self.exit_code
        self._close()

    def _close(self) -> None:
        with self._guard:
            for stream in (self._supervisor.stdin, self._supervisor.stdout):
                if stream is not None and not stream.closed:
                    with contextlib.suppress(OSError):
                        stream.close()
        self._supervisor.wait()

    def _first_message(self) -> dict[str, str]:
        stdout = self._supervisor.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(_SPAWN_TIMEOUT_S):
                self._supervisor.kill()
                return {"error": f"its supervisor said nothing for {_SPAWN_TIMEOUT_S:g} s"}
        line = stdout.readline()
        return json.loads(line) if line else {}

    def _read_exit(self) -> int:
        stdout = self._supervisor.stdout
        if stdout is not None and not stdout.closed:
            for line in stdout.read().splitlines():
                message = json.loads(line)
                if "exit" in message:
                    return int(message["exit"])
        return self._supervisor.returncode
