"""The nightly workflow keeps its promises, and GitHub would accept it."""

from __future__ import annotations

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
    step = next(step for step in workflow["jobs"]["quant"]["steps"] if step.get("name") == name)
    assert step["if"] == "always()"


def test_every_quant_of_the_matrix_exists(workflow: dict[Any, Any]) -> None:
    from agentbench.catalog import get_profile, load_family

    family = load_family("minimax-m2.5", rootdir=WORKFLOW.parent)
    for quant in workflow["jobs"]["quant"]["strategy"]["matrix"]["quant"]:
        assert get_profile(family, quant).name == quant
