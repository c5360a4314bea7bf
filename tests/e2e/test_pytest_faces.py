"""-x, --lf, gates and server faults through whole runs."""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import Project, containers_of, engines_of

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ONE = ("--quant-context=4k", "--quant-variants=1", "-k", "gateway or greeting")


def stored_cases(project: Project, run_index: int = -1) -> list[str]:
    lines = (project.runs()[run_index] / "journal.jsonl").read_text().splitlines()
    return [json.loads(line)["case"] for line in lines if '"event": "episode"' in line]


def test_lf_replays_stored_episodes_and_judges_all(project: Project) -> None:
    first = project.run("--quant=clean", *ONE, "tasks/")
    assert first.returncode == 0, first.stdout
    assert (project.path / "scorecards" / "sim" / "clean.subset.json").exists(), "a full run has a card of its own"
    again = project.run("--quant=clean", "--lf", *ONE, "tasks/")
    assert again.returncode == 0, again.stdout
    assert len(project.runs()) == 1
    assert len(stored_cases(project)) == 2, "no episode ran again"
    assert "2 solved" in again.stdout


@pytest.mark.parametrize(("gate", "code"), [("verdict", 0), ("strict", 1), ("none", 0)])
def test_gates_on_an_inconclusive_run(project: Project, gate: str, code: int) -> None:
    done = project.run("--quant=clean", "--lf", f"--quant-gate={gate}", *ONE, "tasks/")
    assert done.returncode == code, done.stdout


def test_a_node_id_runs_alone_with_its_verdicts(project: Project) -> None:
    node = "tasks/controls/greeting/task.toml::clean[v0-4k-t0]"
    done = project.run("--quant=clean", "--quant-context=4k", "--quant-variants=1", node)
    assert done.returncode == 0, done.stdout
    assert "1 solved" in done.stdout
    assert "5 skipped" in done.stdout


def test_server_faults_cost_retries_and_no_score(project: Project) -> None:
    for quant in ("server-error", "drop-connection"):
        done = project.run(f"--quant={quant}", *ONE, "tasks/")
        assert done.returncode == 0, done.stdout
        assert "2 solved" in done.stdout


def test_x_cancels_what_is_in_flight(project: Project) -> None:
    """Under gate ``each`` the first lost case is red, and -x ends the run there."""
    saved = project.run("--quant=clean", "--quant-save-reference", "--quant-context=4k", "--quant-variants=1", "tasks/")
    assert saved.returncode == 0, saved.stdout
    assert project.scorecard("clean")["subset"] is False
    done = project.run(
        "--quant=stale15", "-x", "--quant-gate=each", "--quant-context=4k", "--quant-variants=1", "tasks/"
    )
    assert done.returncode == 1, done.stdout
    assert "stopping after 1 failures" in done.stdout
    assert "broken off after" in done.stdout
    assert containers_of(project) == []
    assert engines_of(project) == []
