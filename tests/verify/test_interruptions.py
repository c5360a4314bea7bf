"""Runs that are broken off lose nothing that was answered, and resuming neither asks twice nor mixes answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentbench.store import read_scorecard
from tests.verify.conftest import FAMILY, Desk
from tests.verify.verify_helpers import CALL, TEXT, Endpoint, asked, line, write_lines

SET = [line(f"weather {n}?", expected_tool_call=True) for n in range(8)]


def right(body: dict[str, Any]) -> dict[str, Any]:
    return CALL if "weather" in asked(body) else TEXT


class Gate:
    """Answers so many requests, then holds the next until it is opened."""

    def __init__(self, first: int) -> None:
        self.left = first
        self.reached, self.opened = threading.Event(), threading.Event()
        self._guard = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._guard:
            self.left -= 1
            held = self.left < 0
        if held:
            self.reached.set()
            self.opened.wait(60)
        return right(body)


@contextmanager
def started(desk: Desk, endpoint: Endpoint, *args: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own."""
    write_lines(desk.path / "set.jsonl", SET)
    command = [sys.executable, "-c", "from agentbench.cli import main; main()", "verify", "--requests", "set.jsonl",
               "--quant-model", "mine.toml", "--quant", "clean", "--endpoint", endpoint.url, *args]  # fmt: skip
    with subprocess.Popen(
        command, cwd=desk.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ}
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def broken_off(desk: Desk, endpoint: Endpoint, gate: Gate, how: signal.Signals) -> tuple[int, str]:
    """Run with one request in flight until the gate holds it, and end the process so."""
    with started(desk, endpoint, "--concurrency", "1") as process:
        assert gate.reached.wait(60)
        process.send_signal(how)
        out, _ = process.communicate(timeout=60)
    gate.opened.set()
    return process.returncode, out


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_answered_is_kept_and_never_asked_again(desk: Desk, how: signal.Signals) -> None:
    gate = Gate(5)
    endpoint = desk.make(gate)
    code, out = broken_off(desk, endpoint, gate, how)
    [run] = desk.runs()
    events = [row["event"] for row in desk.journal(run)]
    assert (events.count("episode"), "end" in events) == (5, False)
    if how is signal.SIGINT:
        assert code == 2
        assert f"broken off with 5 of 8 replies stored in {run}; the same command with --resume goes on" in out
    with (run / "journal.jsonl").open("a") as file:
        file.write('{"event": "episode", "case": "torn')
    before = len(endpoint.requests)
    done = desk.verify(SET, endpoint, "--resume")
    assert (done.code, len(endpoint.requests) - before, desk.runs()) == (0, 3, [run]), done.err
    assert desk.card().rates["query_success_rate"].numerator == 8


def test_resuming_a_finished_run_asks_nothing_and_leaves_its_scorecard(desk: Desk) -> None:
    endpoint = desk.make(right)
    assert desk.verify(SET, endpoint).code == 0
    [run] = desk.runs()
    places = [run / "scorecard.json", desk.path / "scorecards" / "mine" / "clean.requests-set.json", run / "run.json"]
    before = [(place.read_bytes(), place.stat().st_mtime_ns) for place in places]
    again = desk.verify(SET, endpoint, "--resume")
    assert (again.code, len(endpoint.requests), desk.runs()) == (0, 8, [run])
    assert [(place.read_bytes(), place.stat().st_mtime_ns) for place in places] == before
    assert "was complete already: nothing was asked, and its scorecard stays as it is" in again.out
    assert "100.0 % (8/8)" in again.out


@pytest.mark.parametrize(
    "changed",
    [
        {"family": FAMILY.replace("temperature = 0.7", "temperature = 0.6")},
        {"family": FAMILY.replace("[quant.other]", "[extra_body]\nmin_p = 0.1\n[quant.other]")},
        {"line": {"top_p": 0.8}},
        {"args": ["--seed", "1"]},
        {"line": {"expected_tool_call": False}},
        {"endpoint": True},
    ],
    ids=["sampling", "extra_body", "line", "seed", "label", "base_url"],
)
def test_answers_to_other_settings_are_never_reused(desk: Desk, changed: dict[str, Any]) -> None:
    first = desk.make(lambda body: (400, {"error": "no"}) if refusing and asked(body) == "weather 3?" else right(body))
    refusing = True
    assert desk.verify(SET, first).code == 1
    refusing = False
    if "family" in changed:
        (desk.path / "mine.toml").write_text(changed["family"])
    endpoint = desk.make(right) if changed.get("endpoint") else first
    lines = [one | changed.get("line", {}) for one in SET]
    before = len(endpoint.requests)
    done = desk.verify(lines, endpoint, "--resume", *changed.get("args", []))
    assert (done.code, len(endpoint.requests) - before, len(desk.runs())) == (0, 8, 2), done.err
    assert "a new run starts" in done.err


def test_missing_replies_are_asked_for_again_on_resume(desk: Desk) -> None:
    refusing = True

    def answers(body: dict[str, Any]) -> Any:
        return (400, {"error": "no"}) if refusing and asked(body) == "weather 3?" else right(body)

    endpoint = desk.make(answers)
    assert desk.verify(SET, endpoint).code == 1
    refusing = False
    before = len(endpoint.requests)
    assert desk.verify(SET, endpoint, "--resume").code == 0
    assert (len(endpoint.requests) - before, len(desk.runs())) == (1, 1)
    assert desk.card().comparison.missing_quant == 0


def test_a_scorecard_of_tasks_is_another_file(desk: Desk) -> None:
    tasks = desk.path / "scorecards" / "mine" / "clean.json"
    tasks.parent.mkdir(parents=True)
    tasks.write_text("of tasks")
    desk.verify(SET, desk.make(right))
    assert tasks.read_text() == "of tasks"
    assert read_scorecard(tasks.with_name("clean.requests-set.json")).quant == "clean"


def test_output_goes_where_it_is_told(desk: Desk) -> None:
    desk.verify(SET, desk.make(right), "--output", "there")
    assert not desk.runs()
    assert [one.name for one in sorted(Path("there").iterdir())] == ["runs", "scorecards"]
    [run] = Path("there/runs").iterdir()
    assert json.loads((run / "run.json").read_text())["plan"]["mode"] == "requests"
