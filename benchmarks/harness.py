"""The harness beside mini-swe-agent: the same stub, the same image, 16 episodes of 20 bash calls, 8 in flight."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentbench.records.paths import cache_dir
from agentbench.sandbox import ensure_image
from benchmarks import machine
from benchmarks.jobs.common import process_cpu_s
from benchmarks.report import Finding, Row

PEER = "mini-swe-agent==2.4.6"
_PEER_NEEDS = (PEER, "mcp")  # its litellm imports mcp for every request with tools, and does not require it
CALLS, IN_FLIGHT = 20, 8
IDLE_SHARE = 0.05
"""Above this share of other work the whole machine's CPU time says nothing about a job."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Job:
    """What one job took."""

    turn_s: float
    """Median."""
    turns_per_s: float
    """With the containers' lives, until the last one is removed."""
    machine_cpu_s: float
    """Per turn: of the whole machine."""
    own_cpu_s: float
    """Per turn: of the job, its containers and their shims, the stub and the engine."""


def measure(*, quick: bool) -> Finding:
    """Run both jobs in turns and compare their medians over the rounds."""
    episodes, rounds = (16, 1) if quick else (16, 3)
    python = peer_python()
    image = ensure_image("python", build=True)
    ours, peer, others = [], [], []
    with stub(CALLS) as (url, stub_pid):
        for _ in range(rounds):
            others.append(machine.others_share())
            peer.append(run_job([str(python), str(_HERE / "jobs/mini_swe_agent.py")], url, image, episodes, stub_pid))
            ours.append(run_job([sys.executable, str(_HERE / "jobs/ours.py")], url, image, episodes, stub_pid))
    return _finding(_median(ours), _median(peer), max(others), episodes, rounds)


def _finding(ours: Job, peer: Job, others: float, episodes: int, rounds: int) -> Finding:
    idle = others <= IDLE_SHARE
    turn = ours.turn_s / peer.turn_s
    job = ours.turns_per_s / peer.turns_per_s
    whole, own = ours.machine_cpu_s / peer.machine_cpu_s, ours.own_cpu_s / peer.own_cpu_s
    return Finding(
        name="harness",
        title=f"{episodes} episodes, {IN_FLIGHT} in flight, {CALLS} bash calls each, medians of {rounds} rounds",
        other=PEER.replace("==", " "),
        rows=[
            Row("turn, median", "ms", ours.turn_s * 1e3, peer.turn_s * 1e3, turn, "<= 0.1", turn <= 0.1),
            Row("whole job", "turns/s", ours.turns_per_s, peer.turns_per_s, job, ">= 4", job >= 4),
            Row(
                "CPU of the machine per turn", "ms", ours.machine_cpu_s * 1e3, peer.machine_cpu_s * 1e3, whole,
                "<= 0.25", whole <= 0.25 if idle else None,
            ),
            Row(
                "CPU of the job, its containers and the engine per turn", "ms", ours.own_cpu_s * 1e3,
                peer.own_cpu_s * 1e3, own, "<= 0.25", own <= 0.25,
            ),
        ],
        notes=[
            f"Other work took up to {others:.0%} of the machine before the rounds"
            + ("" if idle else ": its CPU time as a whole says nothing about the jobs, so that row is not judged")
            + "."
        ],
    )  # fmt: skip


def _median(jobs: Sequence[Job]) -> Job:
    def middle(field: str) -> float:
        return statistics.median(getattr(job, field) for job in jobs)

    return Job(middle("turn_s"), middle("turns_per_s"), middle("machine_cpu_s"), middle("own_cpu_s"))


@contextlib.contextmanager
def stub(calls: int) -> Iterator[tuple[str, int]]:
    """Run the stub server; yield its base URL and process id."""
    command = [sys.executable, str(_HERE / "stub.py"), str(calls)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1", process.pid
        process.stdin.close()


def run_job(command: Sequence[str], url: str, image: str, episodes: int, stub_pid: int) -> Job:
    """Start a job, let it load, have it begin, and read what the machine spent meanwhile."""
    full = [*command, url, image, str(episodes), str(IN_FLIGHT)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(full, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "ready":
                break
        before = (machine.busy_s(), machine.engine_s(), process_cpu_s(stub_pid))
        process.stdin.write("go\n")
        process.stdin.flush()
        last = next((line for line in process.stdout if line.startswith('{"turn_s"')), "")  # others print there too
        after = (machine.busy_s(), machine.engine_s(), process_cpu_s(stub_pid))
    if not last:
        raise RuntimeError(f"{' '.join(full)} ended early with exit code {process.returncode}")
    found: dict[str, Any] = json.loads(last)
    turns = len(found["turn_s"])
    whole, engine, server = (late - early for late, early in zip(after, before, strict=True))
    own = engine + server + found["job_cpu_s"] + found["containers_cpu_s"]
    return Job(statistics.median(found["turn_s"]), turns / found["wall_s"], whole / turns, own / turns)


def peer_python() -> Path:
    """Return the interpreter of a virtual environment that has the peer; made once, in the cache directory."""
    home = cache_dir() / "benchmarks" / PEER.replace("==", "-")
    python = home / "bin" / "python"
    if not (home / "complete").is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *_PEER_NEEDS], check=True
        )
        (home / "complete").touch()
    return python
