"""The command as a user meets it, and stored runs for it to work on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.records import Lock, PlannedRun, ServerInfo
from agentbench.store import Journal
from tests.command import run
from tests.store.conftest import lock, make_episode, make_scored, plan, server

__all__ = ["lock", "plan", "run", "server"]


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
