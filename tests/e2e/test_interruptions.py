"""A broken-off run leaves nothing behind and loses nothing."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Project, containers_of, engines_of

pytestmark = [pytest.mark.docker, pytest.mark.slow]

SLOW = ("--quant=slow", "--quant-context=4k", "--quant-variants=1", "--quant-concurrency=4", "tasks/")


def wait_for_episodes(project: Project, count: int, *, earlier: int = 0, deadline_s: float = 180) -> Path:
    """Wait until the newest run has stored so many episodes; returns its directory."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        runs = project.runs()
        if len(runs) > earlier and (journal := runs[-1] / "journal.jsonl").exists():
            lines = journal.read_text().splitlines()
            if sum('"event": "episode"' in line for line in lines) >= count:
                return runs[-1]
        time.sleep(0.1)
    raise AssertionError("no episode was stored in time")


def assert_gone(project: Project, within_s: float = 5.0) -> None:
    end = time.monotonic() + within_s
    left: tuple[list[str], list[int]] = ([], [])
    while time.monotonic() < end:
        left = (containers_of(project), engines_of(project))
        if left == ([], []):
            return
        time.sleep(0.1)
    raise AssertionError(f"left behind after {within_s} s: {left}")


def timeless(card: dict[str, Any]) -> dict[str, Any]:
    """A scorecard without what differs between any two runs: names, dates, processes and durations."""
    kept = {key: value for key, value in card.items() if key not in ("run_id", "server")}
    kept["lock"] = {"hard": card["lock"]["hard"]}
    kept["totals"] = {key: value for key, value in card["totals"].items() if not key.endswith("seconds")}
    return kept


def test_kill_9_then_resume_gives_the_scorecard_of_an_unbroken_run(project: Project) -> None:
    unbroken = project.run(*SLOW)
    assert unbroken.returncode == 0, unbroken.stdout
    expected = timeless(project.scorecard("slow"))

    process = project.start(*SLOW)
    run = wait_for_episodes(project, 3, earlier=1)
    process.kill()
    assert_gone(project)
    process.communicate(timeout=10)
    before = (run / "journal.jsonl").read_text().splitlines()

    resumed = project.run(*SLOW, "--quant-resume")
    assert resumed.returncode == 0, resumed.stdout
    assert len(project.runs()) == 2, "the interrupted run itself goes on"
    assert timeless(project.scorecard("slow")) == expected
    lines = (run / "journal.jsonl").read_text().splitlines()
    assert lines[: len(before)] == before
    cases = [json.loads(line)["case"] for line in lines if '"event": "episode"' in line]
    assert len(cases) == len(set(cases)) == 13, "nothing was graded twice"


def test_ctrl_c_tells_what_was_done_and_leaves_nothing(project: Project) -> None:
    earlier = len(project.runs())
    process = project.start(*SLOW)
    wait_for_episodes(project, 2, earlier=earlier)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    assert "broken off after" in output
    assert "--quant-resume" in output
    assert "Traceback" not in output
    assert_gone(project)
