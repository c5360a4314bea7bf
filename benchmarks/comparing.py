"""Comparing with 9,999 label swaps over all metrics, and the scorecard: processor seconds, memory, growth."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from agentbench.scoring import score
from agentbench.scoring.atoms import forget
from agentbench.store import load_reference
from benchmarks.report import Finding, Row

SIZES = (2_500, 5_000, 10_000)
TARGET_S = 60.0
TARGET_MB = 2_048.0
_REFERENCE = Path(__file__).parent.parent / "references" / "demo"
TARGET_GROWTH = 2.5
"""Twice the episodes may take so many times as long and still be called linear on a noisy machine."""


def measure(*, quick: bool) -> Finding:
    """Compare generated sets of scored episodes, each in a fresh process: two trials a cell, four in the reference."""
    found = [_run(episodes) for episodes in (SIZES[:2] if quick else SIZES)]
    rows = []
    for one in found:
        total = sum(one["seconds"].values())
        name = f"{one['episodes']:,} episodes and {one['reference']:,} of the reference"
        rows += [
            Row(f"{name}: read, compare, build, write", "s", total, TARGET_S, total / TARGET_S,
                f"< {TARGET_S:g} s with scoring", total < TARGET_S),
            *(Row(f"  {step}", "s", seconds, None, None, "", None) for step, seconds in one["seconds"].items()),
            Row("  on the wall, other work included", "s", one["wall_s"], None, None, "", None),
            Row("  peak memory, generated set included", "MB", one["peak_mb"], TARGET_MB, one["peak_mb"] / TARGET_MB,
                f"< {TARGET_MB:g} MB", one["peak_mb"] < TARGET_MB),
        ]  # fmt: skip
    for less, more in pairwise(found):
        first, second = (sum(one["seconds"].values()) for one in (less, more))
        rows.append(
            Row(f"growth, {less['episodes']:,} to {more['episodes']:,}", "s", second, first,
                second / first, f"<= {TARGET_GROWTH}", second / first <= TARGET_GROWTH)
        )  # fmt: skip
    scoring_s = _scoring_s(1 if quick else 10) * SIZES[-1]
    total = scoring_s + sum(found[-1]["seconds"].values())
    rows += [
        Row(f"scoring {SIZES[-1]:,} small episodes, one after another", "s", scoring_s, None, None, "", None),
        Row("all of it: scoring and comparing", "s", total, TARGET_S, total / TARGET_S,
            f"< {TARGET_S:g} s", total < TARGET_S),
    ]  # fmt: skip
    return Finding(
        "comparing",
        "9,999 label swaps over all metrics, 125 clusters, and the scorecard; processor time",
        "allowed",
        rows,
    )


def _scoring_s(rounds: int) -> float:
    """Return the processor time of scoring one episode of the demo family's reference, as it is stored."""
    episodes = list(load_reference(_REFERENCE).episodes())
    for episode in episodes:  # what is compiled once
        score(episode)
    before = time.process_time()
    for _ in range(rounds):
        for episode in episodes:
            forget()  # nothing of its text has come before, which is more than a run asks for
            score(episode)
    return (time.process_time() - before) / (rounds * len(episodes))


def _run(episodes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs.comparing", str(episodes)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
