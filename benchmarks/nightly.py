"""The whole nightly suite with the simulated model at zero latency, 16 in flight: what the harness itself costs.

The run goes through the product's front door. What an episode takes is read back from its own record: setting up
(context and sandbox), waiting for the server, running tools, grading. Server, sandboxes and harness share the machine.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from agentbench.records import Episode, Outcome
from agentbench.store import Journal
from benchmarks.report import Finding, Row
from benchmarks.runs import play

IN_FLIGHT = 16
TARGET_S = 2.0
"""Wall time of a run per episode."""


def measure(*, quick: bool) -> Finding:
    """Play the suite once; ``quick``: a variant at 8k only."""
    with tempfile.TemporaryDirectory(prefix="agentbench-nightly-") as directory:
        started = time.monotonic()
        options = ["--quant=clean", "--quant-model=sim", "--quant-suite=nightly", f"--quant-concurrency={IN_FLIGHT}"]
        options += ["--quant-context=8k", "--quant-variants=1"] if quick else []
        journal = Journal.open(play(Path(directory), options)[0])
        wall_s = time.monotonic() - started
        episodes = [journal.episode(case_id) for case_id in journal.trajectory_paths()]
    return _finding(episodes, wall_s)


def _finding(episodes: Sequence[Episode], wall_s: float) -> Finding:
    count = len(episodes)
    per_episode = wall_s / count
    outcomes = Counter(episode.outcome.value for episode in episodes)
    parts = {
        "set-up: context and sandbox": sum(episode.setup_s for episode in episodes),
        "the simulated server's replies": sum(episode.usage.model_s for episode in episodes),
        "tools in the sandbox": sum(episode.usage.tools_s for episode in episodes),
        "grading": sum(episode.grading_s for episode in episodes),
    }
    lived = sum(episode.duration_s for episode in episodes)
    parts["the rest of the episode"] = lived - sum(parts.values())
    rows = [
        Row(
            "wall time of the run per episode",
            "s",
            per_episode,
            None,
            None,
            f"<= {TARGET_S:g}",
            per_episode <= TARGET_S,
        ),
        Row(
            "episodes that the perfect model does not solve",
            "",
            count - outcomes[Outcome.SOLVED.value],
            None,
            None,
            "0",
            outcomes[Outcome.SOLVED.value] == count,
        ),
        Row("episodes per minute", "", 60 / per_episode, None, None, "", None),
        *(Row(f"of an episode: {name}", "s", seconds / count, None, None, "", None) for name, seconds in parts.items()),
    ]
    calls = sum(episode.usage.requests for episode in episodes) / count
    note = f"{count} episodes in {wall_s:.0f} s, {calls:.1f} requests each; outcomes: " + ", ".join(
        f"{name} {number}" for name, number in outcomes.most_common()
    )
    slowest = sorted(episodes, key=lambda episode: -episode.grading_s)[:3]
    worst = ", ".join(f"{episode.case.id} {episode.grading_s:.1f} s" for episode in slowest)
    return Finding(
        "nightly",
        f"the suite nightly on the simulated model, zero latency, {IN_FLIGHT} in flight",
        "",
        rows,
        [note, f"slowest gradings: {worst}", *_unsolved(episodes)],
    )


def _unsolved(episodes: Sequence[Episode]) -> list[str]:
    names = sorted(f"{one.case.id} ({one.outcome})" for one in episodes if one.outcome is not Outcome.SOLVED)
    return [f"not solved: {', '.join(names)}"] if names else []
