"""Memory of the runner per episode in flight, at 128k tokens of context."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import CALLS, stub
from benchmarks.report import Finding, Row

CONTEXT_TOKENS = 131_072
TARGET_MB = 8.0
_JOB = Path(__file__).parent / "jobs" / "in_flight.py"


def measure(*, quick: bool) -> Finding:
    """Hold 8, then 16 episodes in flight."""
    rows = []
    with stub(CALLS) as (url, _):
        for episodes in (8,) if quick else (8, 16):
            rss_mb = _run([url, str(CONTEXT_TOKENS), str(episodes)])["rss_bytes"] / 1e6
            held_mb = _run([url, str(CONTEXT_TOKENS), str(episodes), "traced"])["traced_bytes"] / 1e6
            rows += [
                Row(f"{episodes} in flight, growth of resident memory", "MB", rss_mb, TARGET_MB, rss_mb / TARGET_MB,
                    "< 8 MB", rss_mb < TARGET_MB),
                Row(f"{episodes} in flight, live Python objects", "MB", held_mb, TARGET_MB, held_mb / TARGET_MB,
                    "< 8 MB", held_mb < TARGET_MB),
            ]  # fmt: skip
    return Finding("memory", "per episode in flight at 128k tokens of context, after 20 turns", "allowed", rows)


def _run(arguments: Sequence[str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(_JOB), *arguments], input="go\n", stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
