"""Keeping one model server up: boots it, notices that it died or hangs, and boots it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from agentbench.errors import CancelledError, ServerBootError
from agentbench.serving import Server

POLL_S = 5.0
MAX_RESTARTS = 5


@dataclass(frozen=True)
class Lease:
    """A server at one point of its history; episodes report back which one failed them."""

    generation: int
    server: Server


class ServerKeeper:
    """Owns the running server of one quant."""

    def __init__(
        self, boot: Callable[[], Server], on_status: Callable[[str], None], on_end: Callable[[int], None] | None = None
    ):
        self._boot = boot
        self._on_status = on_status
        self._on_end = on_end or (lambda _: None)
        """Told the generation of a server that was ended, so that requests which still wait on it can be broken off."""
        self._guard = threading.Lock()
        self._lease: Lease | None = None
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        self.restarts = 0

    def start(self) -> Server:
        """Boot for the first time. Raises ServerBootError."""
        with self._guard:
            self._lease = Lease(0, self._boot())
        self._watcher = threading.Thread(target=self._watch, name="server-watch", daemon=True)
        self._watcher.start()
        return self._lease.server

    def lease(self) -> Lease:
        """Return the current server; blocks while another thread restarts it."""
        with self._guard:
            if self._closed.is_set() or self._lease is None:
                raise CancelledError("the run is ending")
            return self._lease

    def report_dead(self, lease: Lease) -> bool:
        """Restart the server if it is dead and nobody has done so since ``lease`` was handed out.

        Returns:
            whether the leased server really died; a lost connection to a healthy one is no death.

        Raises:
            ServerBootError: it does not come up again, or died more often than a run should bear.
        """
        with self._guard:
            if self._closed.is_set() or self._lease is None:
                return False
            if self._lease.generation != lease.generation:
                return True
            reason = lease.server.stuck() or ("it ended" if not lease.server.alive() else None)
            if reason is None:
                return False
            self.restarts += 1
            if self.restarts > MAX_RESTARTS:
                raise ServerBootError(
                    f"the model server died {self.restarts} times in this run (last: {reason}); "
                    f"log: {lease.server.info.log_path}"
                )
            self._on_status(f"model server: {reason}; starting it again ({self.restarts} of {MAX_RESTARTS})")
            self._end(lease)
            self._lease = Lease(lease.generation + 1, self._boot())
            return True

    def stop(self) -> None:
        """Stop the server for good; safe to call twice."""
        self._closed.set()
        with self._guard:
            if self._lease is not None:
                self._lease.server.stop()
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join(timeout=POLL_S)

    def _watch(self) -> None:
        """End a hung server, so that the requests that wait on it fail and their episodes run again."""
        while not self._closed.wait(POLL_S):
            lease = self._lease
            if lease is None:
                continue
            self._on_status(lease.server.metrics().text if lease.server.alive() else "model server: ended")
            if lease.server.alive() and (reason := lease.server.stuck()):
                self._on_status(f"model server: {reason}; ending it")
                self._end(lease)

    def _end(self, lease: Lease) -> None:
        lease.server.stop()
        self._on_end(lease.generation)
