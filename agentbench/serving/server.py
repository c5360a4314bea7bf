"""A running model server: an engine of ours, or somebody's endpoint."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from agentbench.records import ServerInfo
from agentbench.serving.metrics import ServerMetrics, parse_metrics
from agentbench.serving.process import EngineProcess
from agentbench.serving.readiness import Api
from agentbench.serving.watchdog import Watchdog

_DEFAULT_WINDOW = 32_768


class Server:
    """Ready to answer. Thread-safe; a context manager that stops it."""

    def __init__(
        self,
        info: ServerInfo,
        api: Api,
        *,
        process: EngineProcess | None,
        api_key: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap a server that is ready; ``process`` is None for an endpoint."""
        self.info = info
        self.api_key = api_key
        """For requests; never written anywhere."""
        self._api = api
        self._process = process
        self._stopped = threading.Event()
        self._watchdog = Watchdog(window_tokens=info.max_model_len or _DEFAULT_WINDOW, clock=clock)

    @property
    def base_url(self) -> str:
        """Ends in ``/v1``."""
        return self.info.base_url

    @property
    def model(self) -> str:
        """The name that requests give."""
        return self.info.model

    def alive(self) -> bool:
        """Whether the engine's process runs, or the endpoint still answers anything at all."""
        if self._stopped.is_set():
            return False
        return self._process.alive() if self._process else self._api.get("/v1/models") is not None

    def metrics(self) -> ServerMetrics:
        """Return what the server does now; all unknown where it has no ``/metrics`` or is stopped."""
        return self._sample() or ServerMetrics()

    def stuck(self) -> str | None:
        """Return why the server counts as hung, or None; to be asked every few seconds while requests wait."""
        if self._stopped.is_set() or (self._process and not self._process.alive()):
            return None
        return self._watchdog.observe(self._sample())

    def stop(self) -> None:
        """End the engine and everything it started. Safe to call twice and from any thread.

        Requests to an engine of ours fail with it; those to an endpoint are for their own client to break off.
        """
        self._stopped.set()
        if self._process:
            self._process.stop()
        self._api.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _sample(self) -> ServerMetrics | None:
        """Return a sample; None if the server did not answer, all unknown if it answers but has no metrics."""
        if self._stopped.is_set():
            return None
        answer = self._api.get("/metrics")
        if answer is None:
            # Without a process of ours a silent endpoint is the requests' own business: they time out.
            return None if self._process else ServerMetrics()
        return parse_metrics(answer.text) if answer.status_code == 200 else ServerMetrics()
