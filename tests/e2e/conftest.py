"""A user's project with the shipped tasks, and whole runs in it against the simulated model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.shipped import copy_sample


@dataclass(frozen=True)
class Project:
    """A directory to run pytest in."""

    path: Path

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "pytest", "--quant-model=sim", *args]

    @property
    def env(self) -> dict[str, str]:
        """Ours, less what changes pytest's output: its options, and being told that it runs in CI (reasons whole)."""
        mine = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        return {key: value for key, value in mine.items() if key not in ("CI", "BUILD_NUMBER")}

    def run(self, *args: str, timeout_s: float = 900) -> subprocess.CompletedProcess[str]:
        command = self.command(*args)
        return subprocess.run(
            command, cwd=self.path, env=self.env, capture_output=True, text=True, timeout=timeout_s, check=False
        )

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a run in its own session, so that a signal reaches it and nothing of ours."""
        return subprocess.Popen(
            self.command(*args), cwd=self.path, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip

    def runs(self) -> list[Path]:
        return sorted((self.path / "runs").glob("*")) if (self.path / "runs").is_dir() else []

    def scorecard(self, quant: str) -> dict[str, Any]:
        loaded = json.loads((self.path / "scorecards" / "sim" / f"{quant}.json").read_text())
        assert isinstance(loaded, dict)
        return loaded


def make_project(path: Path) -> Project:
    """Lay out a project with a sample of the shipped tasks."""
    (path / "pytest.ini").write_text("[pytest]\n")
    copy_sample(path / "tasks")
    return Project(path)


def containers() -> list[str]:
    """Names of all agentbench containers on the engine."""
    done = subprocess.run(
        ["docker", "ps", "-a", "--filter", "label=agentbench.run", "--format",
         "{{.Names}} {{.Label \"agentbench.run\"}}"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def containers_of(project: Project) -> list[str]:
    """Containers of this project's runs alone: others may be at work on the same engine."""
    names = {run.name for run in project.runs()}
    return [line for line in containers() if line.split()[-1] in names]


def engines_of(project: Project) -> list[int]:
    """Process ids of model servers that were started with this project's tasks."""
    mark = str(project.path / "tasks").encode()
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes()
        except OSError:
            continue
        if b"agentbench.sim" in command and mark in command:
            found.append(int(directory.name))
    return found


def verdicts(card: dict[str, Any]) -> dict[str, str]:
    """Metric to verdict, and ``overall``."""
    comparison = card["comparison"]
    return {one["metric"]: one["verdict"] for one in comparison["metrics"]} | {"overall": comparison["overall"]}


def planted(run: Path) -> dict[str, int]:
    """Planted reply faults by class, summed over cases, from the simulated model's own ledger."""
    counts: dict[str, int] = {}
    for line in (run / "planted.jsonl").read_text().splitlines():
        for name in json.loads(line)["planted"]:
            counts[name] = counts.get(name, 0) + 1
    return counts


def planted_details(run: Path) -> set[tuple[str, str]]:
    """(case id, detail id) of every detail that was planted."""
    found = set()
    for line in (run / "planted.jsonl").read_text().splitlines():
        entry = json.loads(line)
        found |= {(entry["case"], detail["detail_id"]) for detail in entry["details"]}
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project per test module."""
    return make_project(tmp_path_factory.mktemp("project"))
