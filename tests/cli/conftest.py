"""The command as a user meets it: arguments in; exit code, output and errors out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentbench.cli import main
from agentbench.records import Lock, PlannedRun, ServerInfo
from agentbench.store import Journal
from tests.store.conftest import lock, make_episode, make_scored, plan, server

__all__ = ["lock", "plan", "server"]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``agentbench`` in the temporary directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*args: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["agentbench", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Result(left.value.code or 0, said.out, said.err)  # type: ignore[arg-type]

    return call


@pytest.fixture
def stored(tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo) -> Callable[..., Journal]:
    """Store a complete run of three trials; keywords change its plan, ``hard`` its hard lock."""

    def store(hard: dict[str, object] | None = None, **changes: object) -> Journal:
        changed = lock.model_copy(update={"hard": lock.hard.model_copy(update=hard or {})})
        journal = Journal.create(tmp_path / "runs", plan.model_copy(update=changes), changed)
        journal.note_boot(server)
        for trial in range(3):
            journal.append(make_episode(trial), make_scored(trial))
        journal.end()
        return journal

    return store
