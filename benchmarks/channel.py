"""One tool call: over the channel, through ``docker exec`` from the command line, through the SDK, and on the host.

    python benchmarks/channel.py [--rounds 100] [--output FILE.json]

Blocks of calls are interleaved, so that all see the same machine and none the aftermath of another's single call.
Asserts nothing; prints medians and ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agentbench.records import SandboxSpec
from agentbench.sandbox import DockerProvider, ensure_image

COMMAND = "echo hello"
BLOCK = 20
TARGET_RATIO = 20
TARGET_OVER_HOST_MS = 1.0


def timed_ms(call: Callable[[], object]) -> float:
    """Return how long one call took, in milliseconds."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def measure(rounds: int) -> dict[str, list[float]]:
    """Return milliseconds per round for each way."""
    with DockerProvider("benchmark-channel") as provider:
        sandbox = provider.create(SandboxSpec(image=ensure_image("python", build=True), cpus=2))
        container = provider.client.containers.get(sandbox.id)
        exec_cli = ["docker", "exec", "-u", "1000", "-w", "/workspace", sandbox.id, "bash", "-c", COMMAND]
        ways: dict[str, Callable[[], object]] = {
            "host": lambda: subprocess.run(["bash", "-c", COMMAND], capture_output=True, check=True),
            "channel": lambda: sandbox.run(COMMAND, timeout_s=60),
            "channel, no process (stat)": lambda: sandbox.stat("."),
            "SDK exec_run": lambda: container.exec_run(["bash", "-c", COMMAND], user="1000"),
            "docker exec": lambda: subprocess.run(exec_cli, capture_output=True, check=True),
        }
        for call in ways.values():
            call()
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(0, rounds, BLOCK):
            for name, call in ways.items():
                found[name] += [timed_ms(call) for _ in range(BLOCK)]
        return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    found = measure(options.rounds)
    medians = {name: statistics.median(times) for name, times in found.items()}
    table = Table(title=f"One bash -c '{COMMAND}', {options.rounds} calls each")
    for column in ("way", "median ms", "fastest ms", "channel is faster by", "over the host, ms"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for name, median in medians.items():
        ratio = median / medians["channel"]
        over = median - medians["host"]
        table.add_row(name, f"{median:.2f}", f"{min(found[name]):.2f}", f"{ratio:.1f}x", f"{over:+.2f}")
    console = Console()
    console.print(table)
    ratio = medians["docker exec"] / medians["channel"]
    over = medians["channel"] - medians["host"]
    console.print(f"docker exec / channel: {ratio:.1f} (target: at least {TARGET_RATIO})")
    console.print(f"channel - host: {over:.2f} ms (target: at most {TARGET_OVER_HOST_MS})")
    if options.output:
        options.output.write_text(json.dumps({"median_ms": medians, "ratio": ratio, "over_host_ms": over}, indent=1))


if __name__ == "__main__":
    main()
