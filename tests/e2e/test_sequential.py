"""A sequential run, end to end: it stops when the verdict stands, and broken off and resumed it says the same."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.e2e.conftest import Project, containers_of, engines_of, verdicts
from tests.e2e.test_interruptions import assert_gone, timeless, wait_for_episodes
from tests.plugin.conftest import TASK_TOML, write_task

pytestmark = [pytest.mark.docker, pytest.mark.slow]

FAMILY = """\
extends = "sim"
name = "looked"
[quant.broken]
faults = { stale = 0.95, latency_s = 0.05 }
"""
TASKS = 16
SMALL = ("--quant-model=looked.toml", "--quant-context=4k", "--quant-variants=2", "--quant-concurrency=4", "tasks/")
AUTO = ("--quant=broken", "--quant-trials=auto", *SMALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with many small tasks and a recorded reference."""
    path = tmp_path_factory.mktemp("looked")
    (path / "pytest.ini").write_text("[pytest]\n")
    (path / "looked.toml").write_text(FAMILY)
    for number in range(TASKS):
        named = TASK_TOML.replace("agentbench/port", f"agentbench/port-{number}")
        write_task(path / "tasks" / "config" / f"port-{number:02}", **{"task.toml": named})
    project = Project(path)
    done = project.run("--quant=clean", "--quant-trials=2", "--quant-save-reference", *SMALL)
    assert done.returncode == 0, done.stdout
    return project


def card_of(project: Project) -> dict[str, Any]:
    loaded = json.loads((project.path / "scorecards" / "looked" / "broken.json").read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def unbroken(project: Project) -> dict[str, Any]:
    """The scorecard of a run that nothing disturbed."""
    junit = project.path / "junit.xml"
    done = project.run(*AUTO, f"--junitxml={junit}", "-rs")
    assert done.returncode == 1, done.stdout
    assert "degraded: detail_errors worse by" in done.stdout.replace("\n", " ")
    return card_of(project)


def test_what_is_planned_is_told_before_anything_runs(project: Project) -> None:
    done = project.run(*AUTO, "--quant-dry-run")
    assert done.returncode == 0, done.stdout
    found = re.search(r"trials auto: at most (\d+) episodes .*looks after ([\d, ]+)", done.stdout)
    assert found is not None, done.stdout
    looks = [int(one) for one in found[2].split(", ")]
    assert len(looks) <= 10
    assert looks[-1] == int(found[1]) == len(re.findall(r"^  config/port-\d\d\[v\d]@4k#\d$", done.stdout, re.MULTILINE))
    assert not project.runs()[1:]


def test_a_strong_fault_stops_the_run_and_the_rest_is_skipped_by_name(
    project: Project, unbroken: dict[str, Any]
) -> None:
    assert verdicts(unbroken)["overall"] == "degraded"
    sequential = unbroken["comparison"]["sequential"]
    last = sequential["looks"][-1]
    most = sequential["planned"]["episodes"][-1]
    assert sequential["decided"] is True
    assert last["episodes"] < most / 2
    assert unbroken["totals"]["episodes"] == last["episodes"] == len(unbroken["episodes"])
    detail = next(one for one in last["metrics"] if one["metric"] == "detail_errors")
    assert detail["loss"] > detail["loss_limit"]
    cases = ElementTree.parse(project.path / "junit.xml").iter("testcase")
    skipped = [one.get("message", "") for case in cases for one in case.iter("skipped")]
    named = [text for text in skipped if text.startswith("verdict decided")]
    assert len(named) == most - last["episodes"]
    assert set(named) == {
        f"verdict decided (degraded at look {last['number']} of {len(sequential['planned']['episodes'])})"
    }
    assert containers_of(project) == []
    assert engines_of(project) == []


def test_a_killed_run_that_is_resumed_takes_the_same_looks(project: Project, unbroken: dict[str, Any]) -> None:
    before = len(project.runs())
    process = project.start(*AUTO)
    run = wait_for_episodes(project, 5, earlier=before)
    process.kill()
    assert_gone(project, within_s=20)
    process.communicate(timeout=30)
    done = project.run(*AUTO, "--quant-resume")
    assert done.returncode == 1, done.stdout
    assert project.runs()[-1] == run
    assert timeless(card_of(project)) == timeless(unbroken)


def test_a_finished_run_is_replayed_without_a_server(project: Project, unbroken: dict[str, Any]) -> None:
    runs = project.runs()
    done = project.run(*AUTO, "--lf")
    assert done.returncode == 1, done.stdout
    assert project.runs() == runs
    assert "ready" not in done.stdout, "a server was booted"
    assert timeless(card_of(project)) == timeless(unbroken)
