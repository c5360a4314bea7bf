"""Telling a hung server from a busy one.

A cold prefill of 180k tokens emits nothing for long, and ``/health`` stays green on a hung engine. So the engine is
stuck only if requests wait and nothing moved for max(120 s, 3 x waiting prompt tokens / measured prefill rate), where
a move is a generated token, or a change in KV use or in the running and waiting counts. The prompt tokens that wait are
not told by servers: a full window for every request in flight is the upper bound that is used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from agentbench.serving.metrics import ServerMetrics

FLOOR_S = 120.0
UNMEASURED_S = 600.0
"""Patience before any prefill rate is known."""
_FACTOR = 3.0


class Watchdog:
    """Fed with samples; says when nothing has moved for too long. Thread-safe."""

    def __init__(self, *, window_tokens: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Watch a server whose requests hold at most ``window_tokens`` tokens each."""
        self._window_tokens = window_tokens
        self._clock = clock
        self._guard = threading.Lock()
        self._last: ServerMetrics | None = None
        self._moved_at = clock()

    def observe(self, sample: ServerMetrics | None) -> str | None:
        """Take one sample (None: the server did not answer) and return why it counts as stuck, or None."""
        with self._guard:
            now = self._clock()
            last = self._last
            if sample is not None:
                if last is None or not sample.in_flight or _moves(sample) != _moves(last):
                    self._moved_at = now
                self._last = last = sample
            still_s = now - self._moved_at
        if last is None or not last.in_flight:
            return f"it did not answer /metrics for {still_s:.0f} s" if still_s > UNMEASURED_S else None
        patience_s = self._patience_s(last)
        if still_s <= patience_s:
            return None
        return (
            f"it made no progress for {still_s:.0f} s with {last.running or 0} requests running and "
            f"{last.waiting or 0} waiting{'' if sample else ', and /metrics does not answer'}"
        )

    def _patience_s(self, sample: ServerMetrics) -> float:
        rate = prefill_rate(sample)
        if rate is None:
            return UNMEASURED_S
        return max(FLOOR_S, _FACTOR * sample.in_flight * self._window_tokens / rate)


def prefill_rate(sample: ServerMetrics) -> float | None:
    """Return prompt tokens per second over all finished prefills, those from the cache left out; None if unmeasured."""
    if not sample.prefill_s or not sample.prompt_tokens:
        return None
    computed = sample.prompt_tokens - (sample.cached_tokens or 0.0)
    return computed / sample.prefill_s if computed > 0 else None


def _moves(sample: ServerMetrics) -> tuple[object, ...]:
    return (sample.generation_tokens, sample.kv, sample.running, sample.waiting, sample.prompt_tokens)
