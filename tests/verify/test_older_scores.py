"""What an older version scored is judged again by this one's definitions, wherever it is compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.verify.conftest import Desk
from tests.verify.verify_helpers import CALL, TEXT, asked, line

SET = [line(f"weather {n}?" if n % 3 else f"hello {n}", expected_tool_call=bool(n % 3)) for n in range(24)]


def right(body: dict[str, Any]) -> dict[str, Any]:
    return CALL if "weather" in asked(body) else TEXT


def made_older(run: Path) -> None:
    """Let an older version have called every reply wrong, in the journal and in the episodes."""
    journal = run / "journal.jsonl"
    rows = [json.loads(row) for row in journal.read_text().splitlines()]
    for row in rows:
        if row["event"] == "episode":
            row["scored"] |= {"scoring_version": 1, "outcome": "unsolved", "reward": 0.0}
    journal.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for path in (run / "episodes").iterdir():
        episode = json.loads(path.read_text())
        episode["extra"]["agentbench"]["outcome"] = "unsolved"
        path.write_text(json.dumps(episode))


def test_two_runs_of_an_older_version_are_judged_again_before_they_are_compared(desk: Desk) -> None:
    endpoint = desk.make(right)
    for quant in ("other", "clean"):
        assert desk.verify(SET, endpoint, quant=quant).code == 0
    a, b = desk.runs()
    before = desk.call("compare", "--json", a, b)
    assert (before.code, json.loads(before.out)["metrics"][0]["a"]["value"]) == (0, 1.0), before.err
    made_older(a)
    assert desk.call("compare", "--json", a, b).out == before.out


def test_a_stored_run_as_a_reference_is_judged_again(desk: Desk) -> None:
    endpoint = desk.make(right)
    desk.verify(SET, endpoint, quant="other")
    [there] = desk.runs()
    made_older(there)
    assert desk.verify(SET, endpoint, "--reference", there).code == 0
    assert [row.reference_solved for row in desk.card().comparison.cells] == [1.0] * len(SET)
