"""A sandbox ready for its first call, against a bare create and start through the Docker SDK.

    python benchmarks/container_start.py [--rounds 20] [--output FILE.json]

"Ready" is: created, attached, started, command server up, a workspace of 40 files (400 KB) in it. Removal is not
timed, but waited for, so that it does not slow the other. Rounds are interleaved. Asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from pathlib import Path

from docker import DockerClient
from rich.console import Console
from rich.table import Table

from agentbench.records import FileContent, SandboxSpec
from agentbench.sandbox import DockerProvider, ensure_image, reaper

TARGET_RATIO = 1.5
WORKSPACE = {f"src/module_{n % 5}/file_{n}.py": FileContent(data=b"x = 1\n" * 1700) for n in range(40)}


def gone(client: DockerClient, container_id: str) -> None:
    """Remove a container and wait until the engine has forgotten it."""
    reaper.remove_container(client, container_id)
    while client.api.containers(all=True, filters={"id": container_id}):
        time.sleep(0.01)


def bare_s(client: DockerClient, image: str) -> float:
    """Return the seconds of a plain create and start."""
    began = time.perf_counter()
    container = client.containers.create(image, ["sleep", "100"], network_mode="none", init=True)
    container.start()
    took = time.perf_counter() - began
    gone(client, str(container.id))
    return took


def ready_s(provider: DockerProvider, spec: SandboxSpec, wait: bool = True) -> float:
    """Return the seconds until a sandbox has its workspace."""
    began = time.perf_counter()
    sandbox = provider.create(spec)
    sandbox.put_tree(spec.workdir, WORKSPACE, owner="agent")
    took = time.perf_counter() - began
    sandbox.close()
    if wait:
        gone(provider.client, sandbox.id)
    return took


def together_per_s(provider: DockerProvider, spec: SandboxSpec, total: int, at_once: int) -> float:
    """Return lives per second (ready, closed) with several threads."""
    left = threading.Semaphore(total)

    def work() -> None:
        while left.acquire(blocking=False):
            ready_s(provider, spec, wait=False)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    image = ensure_image("python", build=True)
    with DockerProvider("benchmark-start") as provider:
        spec = SandboxSpec(image=image)
        bare_s(provider.client, image)
        ready_s(provider, spec)
        bare, ready = [], []
        for _ in range(options.rounds):
            bare.append(bare_s(provider.client, image))
            ready.append(ready_s(provider, spec))
        rate = together_per_s(provider, spec, 24, 8)
    table = Table(title=f"Container start, {options.rounds} interleaved rounds")
    for column in ("what", "median s", "fastest s", "of bare"):
        table.add_column(column, justify="left" if column == "what" else "right")
    ratio = statistics.median(ready) / statistics.median(bare)
    table.add_row("SDK create + start", f"{statistics.median(bare):.3f}", f"{min(bare):.3f}", "1.00x")
    table.add_row("sandbox ready", f"{statistics.median(ready):.3f}", f"{min(ready):.3f}", f"{ratio:.2f}x")
    console = Console()
    console.print(table)
    console.print(f"ready / bare: {ratio:.2f} (target: at most {TARGET_RATIO}); 8 at a time: {rate:.1f} lives a second")
    if options.output:
        options.output.write_text(
            json.dumps(
                {"bare_s": statistics.median(bare), "ready_s": statistics.median(ready), "ratio": ratio}, indent=1
            )
        )


if __name__ == "__main__":
    main()
