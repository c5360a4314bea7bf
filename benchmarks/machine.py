"""The machine: what it is, and the CPU time that it spends."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

from benchmarks.jobs.common import PER_JIFFY_S, process_cpu_s

_ENGINE = ("dockerd", "containerd")


def busy_s() -> float:
    """Return CPU seconds that the whole machine has spent, idle and waiting time left out."""
    user, nice, system, idle, iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    del idle, iowait, steal
    return (user + nice + system + irq + softirq) * PER_JIFFY_S


def engine_s() -> float:
    """Return CPU seconds of the Docker engine's own processes and of the helpers that they have waited for."""
    total = 0.0
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            name = comm.read_text().strip()
        except OSError:  # ended meanwhile
            continue
        if name in _ENGINE:
            total += process_cpu_s(comm.parent.name)
    return total


def others_share(seconds: float = 2.0) -> float:
    """Return the share of the machine that is in use while we do nothing."""
    before = busy_s()
    time.sleep(seconds)
    return (busy_s() - before) / seconds / (os.cpu_count() or 1)


def describe() -> dict[str, Any]:
    """Return what a reader must know of the machine."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), "unknown")
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(memory_kb / 1e6),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "others_share": round(others_share(), 2),
    }
