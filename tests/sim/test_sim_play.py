from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from agentbench.agent import ChatClient
from agentbench.records import EpisodeEnd
from agentbench.sim import CALL_FAULTS, REPLY_FAULTS
from tests.shipped import SAMPLE
from tests.sim.sim_helpers import found, make_case, rendered_case, run_case, serving

TASKS = ["config/gateway-limits", "bugfix/ring-buffer", "session/feature-flags"]


def solved(root: Path, task_id: str, variant: int = 0) -> bool:
    _, rendered = rendered_case(make_case(task_id, variant))
    overlay = {p.removeprefix("files/"): c for p, c in rendered.solution.items() if p.startswith("files/")}
    return all((root / path).read_bytes() == content.data for path, content in overlay.items())


@pytest.mark.parametrize("task_id", SAMPLE)
def test_every_task_is_solved_by_its_own_solution(tmp_path: Path, task_id: str) -> None:
    case = make_case(task_id)
    with serving() as (url, model), ChatClient(url, "sim") as client:
        run = run_case(client, case, tmp_path / "w")
        planted = model.ledger.planted()
    assert run.end is EpisodeEnd.SUBMITTED
    assert solved(tmp_path / "w", task_id)
    assert found(run) == Counter(planted[case.id]["classes"])
    assert set(found(run)) == {"valid"}
    assert planted[case.id]["details"] == []


@pytest.mark.parametrize(
    "tools",
    [
        ["bash", "submit"],
        ["read_file", "write_file", "submit"],
        ["read_file", "edit_file", "submit"],
        ["list_files", "read_file", "edit_file", "run_tests", "submit"],
    ],
)
def test_only_offered_tools_are_used(tmp_path: Path, tools: list[str]) -> None:
    with serving() as (url, _), ChatClient(url, "sim") as client:
        run = run_case(client, make_case(TASKS[0]), tmp_path / "w", tools)
    assert run.end is EpisodeEnd.SUBMITTED
    assert solved(tmp_path / "w", TASKS[0])
    assert set(found(run)) == {"valid"}


@pytest.mark.parametrize("fault", [*CALL_FAULTS, *REPLY_FAULTS, "malformed"])
def test_what_is_planted_is_what_is_found(tmp_path: Path, fault: str) -> None:
    counts: Counter[str] = Counter()
    with serving({fault: 0.3}) as (url, model), ChatClient(url, "sim") as client:
        for number in range(6):
            case = make_case(TASKS[number % 3], variant=number)
            run = run_case(client, case, tmp_path / f"w{number}")
            assert run.end is EpisodeEnd.SUBMITTED
            assert solved(tmp_path / f"w{number}", TASKS[number % 3], number)
            assert found(run) == Counter(model.ledger.planted()[case.id]["classes"])
            counts += found(run)
    wanted = CALL_FAULTS | REPLY_FAULTS
    if fault == "malformed":
        assert len(set(counts) - {"valid"}) >= 5
    else:
        assert set(counts) == {"valid", wanted[fault]}


def test_all_faults_at_once_still_give_a_solved_task(tmp_path: Path) -> None:
    faults = dict.fromkeys([*CALL_FAULTS, *REPLY_FAULTS], 0.1)
    with serving(faults) as (url, model), ChatClient(url, "sim") as client:
        for number in range(6):
            case = make_case(TASKS[number % 3], trial=number)
            run = run_case(client, case, tmp_path / f"w{number}")
            assert run.end is EpisodeEnd.SUBMITTED
            assert solved(tmp_path / f"w{number}", TASKS[number % 3])
            assert found(run) == Counter(model.ledger.planted()[case.id]["classes"])


def test_the_malformed_rate_is_the_share_of_all_calls(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    with serving({"malformed": 0.1}) as (url, model), ChatClient(url, "sim") as client:
        for number in range(60):
            case = make_case("config/gateway-limits", variant=number)
            run_case(client, case, tmp_path / f"w{number}", ["read_file", "edit_file", "plan", "submit"])
        for entry in model.ledger.planted().values():
            counts.update(entry["classes"])
    bad = sum(counts.values()) - counts["valid"]
    assert bad / sum(counts.values()) == pytest.approx(0.1, abs=0.045)


def test_giving_up_ends_in_prose(tmp_path: Path) -> None:
    with serving({"give_up": 1.0}) as (url, model), ChatClient(url, "sim") as client:
        run = run_case(client, make_case(TASKS[0]), tmp_path / "w")
        assert run.end is EpisodeEnd.GAVE_UP
        assert model.ledger.planted()[make_case(TASKS[0]).id]["classes"]["give_up"] == 1


def test_an_unsolved_episode_submits_without_its_first_change(tmp_path: Path) -> None:
    with serving({"solve_rate": 0.0}) as (url, model), ChatClient(url, "sim") as client:
        run = run_case(client, make_case(TASKS[0]), tmp_path / "w")
        assert run.end is EpisodeEnd.SUBMITTED
        assert not solved(tmp_path / "w", TASKS[0])
        assert model.ledger.planted()[make_case(TASKS[0]).id]["classes"]["unsolved"] == 1


def test_foreign_script_stands_in_the_text(tmp_path: Path) -> None:
    with serving({"language": 1.0}) as (url, model), ChatClient(url, "sim") as client:
        run = run_case(client, make_case(TASKS[0]), tmp_path / "w")
        texts = [step.message for step in run.trajectory.steps if step.extra]
        assert model.ledger.planted()[make_case(TASKS[0]).id]["classes"]["language"] == len(texts)
    assert not any(text.isascii() for text in texts)


@pytest.mark.parametrize("trouble", ["drop_connection", "server_error"])
def test_trouble_of_the_server_costs_retries_only(tmp_path: Path, trouble: str) -> None:
    case = make_case("controls/greeting")
    with serving({trouble: 0.5}) as (url, model), ChatClient(url, "sim") as client:
        run = run_case(client, case, tmp_path / "w")
        entry = model.ledger.planted()[case.id]
    assert run.end is EpisodeEnd.SUBMITTED
    assert {fault["fault"] for fault in entry["faults"]} == {trouble}
    assert found(run) == Counter(entry["classes"])


def test_the_ledger_file_tells_the_same(tmp_path: Path) -> None:
    with serving({"malformed": 0.4}, tmp_path / "ledger.jsonl") as (url, model), ChatClient(url, "sim") as client:
        run_case(client, make_case(TASKS[0]), tmp_path / "w")
        run_case(client, make_case(TASKS[0]), tmp_path / "again")
        planted = model.ledger.planted()
    counts: Counter[str] = Counter()
    for line in (tmp_path / "ledger.jsonl").read_text().splitlines():
        counts.update(json.loads(line)["planted"])
    assert counts == Counter(planted[make_case(TASKS[0]).id]["classes"])


def test_two_servers_play_alike_and_a_salt_makes_them_differ(tmp_path: Path) -> None:
    seen = []
    for number, salt in enumerate([0, 0, 1]):
        with serving({"malformed": 0.4, "salt": salt}) as (url, model), ChatClient(url, "sim") as client:
            run_case(client, make_case(TASKS[1]), tmp_path / f"w{number}")
            seen.append(model.ledger.planted())
    assert seen[0] == seen[1] != seen[2]
