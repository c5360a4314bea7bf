"""The wrong details that say most, beside the reference's own calls: from stored runs, and on the first screen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from agentbench.records import (
    Case,
    Cell,
    Check,
    ContextInfo,
    Detail,
    Evidence,
    Lock,
    Outcome,
    Probe,
    Scorecard,
    ServerInfo,
    Told,
    ToldIn,
)
from agentbench.report import markdown_summary, print_summary
from agentbench.runner.finish import scorecard_of
from agentbench.runner.references import compared_with
from agentbench.scoring import score
from agentbench.store import Journal, load_reference, save_reference
from tests.plans import plan_of, settings_in
from tests.scoring.scoring_worlds import call, episode, reply, user
from tests.store.conftest import lock, server

__all__ = ["lock", "server"]

TASKS = ("a", "b", "c", "d", "e")
CELLS = [Cell(task_id=f"config/{name}", cluster=name, variant=0, context_tokens=8192) for name in TASKS]
TOLD, STALE = "8443", "9090"
CONTEXT = ContextInfo(
    planned_tokens=8192, prompt_tokens=8000, counted_by="server", request_digest="",
    told=[Told(detail_id="port", offset_tokens=2000)],
)  # fmt: skip
PORT = Detail(id="port", value=TOLD, stale=STALE, told_in=ToldIn.HISTORY, check=Check(file="app.toml", toml="port"))

Make = Callable[[str, dict[str, list[str]]], Journal]


@pytest.fixture
def run(tmp_path: Path, lock: Lock, server: ServerInfo) -> Make:
    """Store a run; ``values`` says for each task what its trials wrote, empty for nothing."""

    def make(quant: str, values: dict[str, list[str]]) -> Journal:
        trials = max(map(len, values.values()))
        journal = Journal.create(tmp_path / "runs", plan_of(CELLS, quant=quant, trials=trials), lock)
        journal.note_boot(server)
        for cell in CELLS:
            for trial, value in enumerate(values[cell.cluster]):
                journal.append(*_played(Case(cell=cell, trial=trial), quant, value))
        journal.end()
        return journal

    return make


def _played(case: Case, quant: str, value: str):
    text = f'# limits\n[server]\nport = {value}\nname = "x"\n'
    write = call(json.dumps({"path": "app.toml", "content": text}), name="write_file")
    steps = [reply(call('{"path":"app.toml"}'), prompt_tokens=8000)]
    steps += [reply(write, prompt_tokens=8300)] if value else []
    content = text.replace("[server]\n", "") if value else "port = 1\n"
    probe = Probe(detail_id="port", exists=True, content=content.encode(), initial=b"port = 1\n")
    whole = episode(
        user("do it"),
        *steps,
        case=case,
        quant=quant,
        outcome=Outcome.SOLVED if value == TOLD else Outcome.UNSOLVED,
        context=CONTEXT,
        details=[PORT],
        evidence=Evidence(probes=[probe], reward=float(value == TOLD)),
    )
    return whole, score(whole)


RIGHT = {name: [TOLD, TOLD] for name in TASKS}


def card(tmp_path: Path, run: Make, ours: dict[str, list[str]], theirs: dict[str, list[str]] = RIGHT) -> Scorecard:
    there, here = run("bf16", theirs), run("nvfp4", ours)
    reference = load_reference(save_reference(tmp_path / "ref", there, there.scored().values()).directory)
    return scorecard_of(settings_in(tmp_path), here, list(here.scored().values()), compared_with(reference, score))


def test_a_contrast_has_both_calls_and_where_the_value_was_told(tmp_path: Path, run: Make) -> None:
    [one] = card(tmp_path, run, RIGHT | {"c": [TOLD, "8434"]}).contrasts
    assert (one.cell_id, one.detail_id, one.detail_class) == ("config/c[v0]@8k", "port", "near_miss")
    assert (one.told_in, one.depth, one.distance_tokens) == ("history", 0.25, 6300)
    assert (one.reference_right, one.reference_trials) == (2, 2)
    assert (one.quant.case_id, one.reference.case_id) == ("config/c[v0]@8k#1", "config/c[v0]@8k#0")
    for written, value in ((one.quant, "8434"), (one.reference, TOLD)):
        assert (written.tool, written.file, written.step_id, written.call_index) == ("write_file", "app.toml", 3, 0)
        assert (written.line, written.value) == (f"port = {value}", value)


def test_those_that_say_most_come_first_one_per_task_and_at_most_three(tmp_path: Path, run: Make) -> None:
    ours = {"a": ["1234", "8444"], "b": [STALE] * 2, "c": ["8434"] * 2, "d": ["8442"] * 2, "e": ["8433"] * 2}
    theirs = RIGHT | {"e": [TOLD, STALE]}  # right only half of the time
    found = card(tmp_path, run, ours, theirs).contrasts
    assert [(one.cell_id[7], one.detail_class) for one in found] == [
        ("a", "near_miss"),
        ("c", "near_miss"),
        ("d", "near_miss"),
    ]
    found = card(tmp_path, run, ours | {"a": ["1234"] * 2, "c": [TOLD] * 2, "d": [""] * 2}, theirs).contrasts
    assert [(one.cell_id[7], one.detail_class) for one in found] == [
        ("b", "stale"),
        ("a", "hallucinated"),
        ("e", "near_miss"),
    ]


@pytest.mark.parametrize("theirs", [["", ""], [STALE, STALE], ["8434", "8434"]])
def test_what_the_reference_gets_wrong_itself_is_no_contrast(tmp_path: Path, run: Make, theirs: list[str]) -> None:
    assert card(tmp_path, run, RIGHT | {"c": ["8434"] * 2}, RIGHT | {"c": theirs}).contrasts == []


def test_what_was_not_written_is_no_contrast_and_neither_is_anything_without_a_reference(
    tmp_path: Path, run: Make
) -> None:
    assert card(tmp_path, run, RIGHT | {"c": ["", ""]}).contrasts == []
    here = run("nvfp4", RIGHT | {"c": ["8434"] * 2})
    assert scorecard_of(settings_in(tmp_path), here, list(here.scored().values()), None).contrasts == []


def test_both_calls_stand_side_by_side_for_people(tmp_path: Path, run: Make) -> None:
    made = card(tmp_path, run, RIGHT | {"c": ['"84[b]43"'] * 2})  # a bracket is no markup of the terminal's
    out = io.StringIO()
    print_summary(Console(file=out, width=300, highlight=False), made, [])
    markdown = markdown_summary([made])
    for text in (out.getvalue(), markdown):
        line = next(line for line in text.splitlines() if "config/c[v0]@8k port: " in line)
        places = [line.index(part) for part in ("right in 2 of 2", "write_file app.toml, step 3: 'port = 8443'",
                                                """write_file app.toml, step 3: 'port = "84[b]43"'""")]  # fmt: skip
        assert places == sorted(places)
        assert "told in history at 25 % of the context" in line
