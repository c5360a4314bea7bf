"""Reading a server's ``/metrics``, tolerant of the names that engines and versions give."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

_SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(\{[^}]*\})?\s+(\S+)")

_NAMES: dict[str, tuple[str, ...]] = {
    "running": ("num_requests_running", "num_running_reqs"),
    "waiting": ("num_requests_waiting", "num_queue_reqs"),
    "kv": ("kv_cache_usage_perc", "gpu_cache_usage_perc", "token_usage"),
    "prompt_tokens": ("prompt_tokens_total", "prompt_tokens"),
    "cached_tokens": ("prompt_tokens_cached_total", "prompt_tokens_cached", "prefix_cache_hits_total"),
    "generation_tokens": ("generation_tokens_total", "generation_tokens"),
    "prefill_s": ("request_prefill_time_seconds_sum",),
    "preemptions": ("num_preemptions_total", "num_preemptions"),
}


@dataclass(frozen=True)
class ServerMetrics:
    """One sample. What the server does not tell is None."""

    running: int | None = None
    waiting: int | None = None
    kv: float | None = None
    """Share of the KV cache in use, 0 to 1."""
    prompt_tokens: float | None = None
    cached_tokens: float | None = None
    """Prompt tokens that the prefix cache answered."""
    generation_tokens: float | None = None
    prefill_s: float | None = None
    """Summed prefill time of all requests so far."""
    preemptions: float | None = None

    @property
    def known(self) -> bool:
        """Whether the server told how many requests it has."""
        return self.running is not None

    @property
    def in_flight(self) -> int:
        """Requests that run or wait."""
        return (self.running or 0) + (self.waiting or 0)

    @property
    def text(self) -> str:
        """What the server does now, for a progress line."""
        if not self.known:
            return "model server: ready"
        parts = [f"{self.running} running"]
        if self.waiting:
            parts.append(f"{self.waiting} waiting")
        if self.kv is not None:
            parts.append(f"KV {self.kv:.0%}")
        return "model server: " + ", ".join(parts)


def parse_metrics(text: str) -> ServerMetrics:
    """Read Prometheus text; engines (data parallel ranks, models) are summed, KV use is their largest."""
    found: dict[str, list[float]] = {}
    for line in text.splitlines():
        if match := _SAMPLE.match(line):
            try:
                value = float(match[3])
            except ValueError:
                continue
            if math.isfinite(value):
                found.setdefault(match[1].rpartition(":")[2], []).append(value)
    sums = {field: _first(found, names) for field, names in _NAMES.items()}
    kv = next((max(found[name]) for name in _NAMES["kv"] if name in found), None)
    return ServerMetrics(
        running=_count(sums["running"]),
        waiting=_count(sums["waiting"]),
        kv=kv,
        prompt_tokens=sums["prompt_tokens"],
        cached_tokens=sums["cached_tokens"],
        generation_tokens=sums["generation_tokens"],
        prefill_s=sums["prefill_s"],
        preemptions=sums["preemptions"],
    )


def _first(found: dict[str, list[float]], names: Iterable[str]) -> float | None:
    return next((sum(found[name]) for name in names if name in found), None)


def _count(value: float | None) -> int | None:
    return None if value is None else int(value)
