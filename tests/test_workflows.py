"""The nightly workflow keeps its promises, and GitHub would accept it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOW = Path(__file__).parent.parent / ".github" / "workflows" / "nightly.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    loaded = yaml.safe_load(WORKFLOW.read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_matches_github_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_never_runs_strangers_code(workflow: dict[Any, Any]) -> None:
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as true
    assert set(triggers) == {"schedule", "workflow_dispatch"}
    assert workflow["permissions"] == {"contents": "read"}


def test_one_quant_at_a_time_with_limits(workflow: dict[Any, Any]) -> None:
    job = workflow["jobs"]["quant"]
    assert "self-hosted" in job["runs-on"]
    assert job["strategy"]["max-parallel"] == 1
    assert job["strategy"]["fail-fast"] is False
    assert job["timeout-minutes"] > 0
    assert workflow["concurrency"]["group"]


@pytest.mark.parametrize("name", ["Job summary", "Keep scorecards and runs", "Clean up"])
def test_always_reports_and_cleans(workflow: dict[Any, Any], name: str) -> None:
    assert step_named(workflow, name)["if"] == "always()"


def step_named(workflow: dict[Any, Any], name: str) -> dict[str, Any]:
    return next(step for step in workflow["jobs"]["quant"]["steps"] if step.get("name") == name)


def test_results_outlive_the_checkout_and_are_uploaded_from_there(workflow: dict[Any, Any]) -> None:
    measure = step_named(workflow, "Measure")["run"]
    for option in ("--quant-runs", "--quant-scorecards", "--junitxml"):
        assert f'{option}="$NIGHT/' in measure
    assert workflow["jobs"]["quant"]["env"]["NIGHT"].startswith("${{ vars.AGENTBENCH_STATE || '/srv/agentbench' }}/")
    assert step_named(workflow, "Keep scorecards and runs")["with"]["path"] == "${{ env.NIGHT }}"
    assert '"$NIGHT/scorecards"' in step_named(workflow, "Job summary")["run"]


@pytest.mark.parametrize("there", [True, False])
def test_a_night_without_a_reference_is_red(workflow: dict[Any, Any], tmp_path: Path, there: bool) -> None:
    names = [step.get("name") for step in workflow["jobs"]["quant"]["steps"]]
    assert names.index("Reference") < names.index("Measure")
    program = tmp_path / ".venv" / "bin" / "agentbench"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "agentbench $*"\n')
    program.chmod(0o755)
    if there:
        (tmp_path / "big model").mkdir()
        (tmp_path / "big model" / "reference.json").touch()
    script = step_named(workflow, "Reference")["run"]
    env = {**os.environ, "REFERENCES": str(tmp_path), "MODEL": "big model"}
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    if there:
        assert (done.returncode, done.stdout.splitlines()) == (
            0,
            [f"agentbench reference import --force {tmp_path}/big model", "agentbench reference show big model"],
        )
    else:
        assert done.returncode == 1
        [line] = done.stdout.splitlines()
        assert line.startswith(f"::error title=No reference::{tmp_path}/big model holds no reference of big model")


def test_every_quant_of_the_matrix_exists(workflow: dict[Any, Any]) -> None:
    from agentbench.catalog import get_profile, load_family

    family = load_family("minimax-m2.5", rootdir=WORKFLOW.parent)
    for quant in workflow["jobs"]["quant"]["strategy"]["matrix"]["quant"]:
        assert get_profile(family, quant).name == quant
