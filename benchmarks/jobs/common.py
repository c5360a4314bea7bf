"""What every job shares: wait for the word to begin, run episodes in threads, say what it took. Standard library only.

The job prints a line when it is loaded, waits for a line, does its work and prints one line of JSON. So start-up and
imports are never measured, and the machine's CPU time is read by one process for all jobs.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PER_JIFFY_S = 0.01


def run(
    episode: Callable[[int], tuple[list[float], float]], episodes: int, in_flight: int, gone: Callable[[], None]
) -> None:
    """Run all episodes and report.

    Args:
        episode: Runs one from the container's start to the order to remove it; returns its turns' seconds and the
            container's CPU seconds.
        episodes: How many.
        in_flight: How many at once.
        gone: Returns when no container is left.

    """
    with ThreadPoolExecutor(in_flight) as pool:
        episode(0)  # what is imported or made at first use
        print("ready", flush=True)
        sys.stdin.readline()
        before, began = own_cpu_s(), time.monotonic()
        done = list(pool.map(episode, range(episodes)))
        episodes_s = time.monotonic() - began
        gone()
        wall_s = time.monotonic() - began
    tell(
        {
            "turn_s": [seconds for turns, _ in done for seconds in turns],
            "episodes_s": episodes_s,
            "wall_s": wall_s,
            "job_cpu_s": own_cpu_s() - before,
            "containers_cpu_s": sum(cpu_s for _, cpu_s in done),
        }
    )


def tell(result: dict[str, Any]) -> None:
    """Print the result and end."""
    print(json.dumps(result), flush=True)


def own_cpu_s() -> float:
    """Return CPU seconds of this process and of the children that it has waited for."""
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in usages)


def container_cpu_s(container_id: str) -> float:
    """Return CPU seconds of a running container, its containerd-shim and what the shim has started and waited for."""
    total = 0.0
    for path, unit_s in (
        (Path(f"/sys/fs/cgroup/cpuacct/docker/{container_id}/cpuacct.usage"), 1e-9),
        (Path(f"/sys/fs/cgroup/cpu,cpuacct/docker/{container_id}/cpuacct.usage"), 1e-9),
        (Path(f"/sys/fs/cgroup/system.slice/docker-{container_id}.scope/cpu.stat"), 1e-6),
        (Path(f"/sys/fs/cgroup/docker/{container_id}/cpu.stat"), 1e-6),
    ):
        if path.is_file():
            text = path.read_text()
            total += int(text.split()[1] if " " in text else text) * unit_s
            break
    return total + sum(process_cpu_s(pid) for pid in _shims(container_id))


def _shims(container_id: str) -> list[str]:
    return [entry.parent.name for entry in Path("/proc").glob("[0-9]*/cmdline") if _is_shim(entry, container_id)]


def _is_shim(cmdline: Path, container_id: str) -> bool:
    try:
        words = cmdline.read_bytes()
    except OSError:  # ended meanwhile
        return False
    return b"containerd-shim" in words and container_id.encode() in words


def process_cpu_s(pid: str | int) -> float:
    """Return CPU seconds of a process and of the children that it has waited for; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) * PER_JIFFY_S
