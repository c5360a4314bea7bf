"""References travel, and a changed byte is noticed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from agentbench.errors import StoreError
from agentbench.records import Lock, PlannedRun, Sampling, ServerInfo
from agentbench.records.paths import cache_dir
from agentbench.store import Journal, Reference, hard_differences, load_reference, save_reference
from tests.store.conftest import make_episode, make_scored


@pytest.fixture
def saved(tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo) -> Reference:
    journal = Journal.create(tmp_path / "runs", plan, lock)
    journal.note_boot(server.model_copy(update={"command": ["vllm", "serve", f"{cache_dir()}/models/demo"]}))
    for trial in (1, 0):
        journal.append(make_episode(trial), make_scored(trial))
    return save_reference(tmp_path / "references" / "demo", journal, journal.scored().values())


def test_comes_back_whole(saved: Reference) -> None:
    loaded = load_reference(saved.directory)
    assert loaded.scored == [make_scored(0), make_scored(1)]
    assert list(loaded.episodes()) == [make_episode(0), make_episode(1)]
    assert loaded.id == saved.id


def test_holds_no_path_of_the_machine_it_was_made_on(saved: Reference) -> None:
    assert load_reference(saved.directory).head.server.command[-1] == "$AGENTBENCH_CACHE/models/demo"


def test_a_changed_score_is_noticed(saved: Reference) -> None:
    path = saved.directory / "scored.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"solved", b"limit:")))
    with pytest.raises(StoreError, match=r"scored\.jsonl\.gz: digest .* expected"):
        load_reference(saved.directory)


def test_a_truncated_archive_is_named(saved: Reference) -> None:
    path = saved.directory / "scored.jsonl.gz"
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(StoreError, match=r"scored\.jsonl\.gz: damaged"):
        load_reference(saved.directory)


def test_nothing_measured_is_no_reference(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    with pytest.raises(StoreError, match="nothing was measured"):
        save_reference(tmp_path / "references", Journal.create(tmp_path, plan, lock), [])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"tasks": {"config/rate-limits": "other", "bugfix/x": "d2"}}, "tasks.config/rate-limits"),
        ({"sampling": Sampling(temperature=0.3)}, "sampling.temperature"),
        ({"template": "other"}, "template"),
        ({"tools": "other"}, "tools"),
        ({"seed": 5}, "seed"),
    ],
)
def test_first_hard_difference_is_named(lock: Lock, change: dict[str, object], key: str) -> None:
    assert hard_differences(lock.hard, lock.hard.model_copy(update=change))[0].key == key


def test_a_task_that_one_side_lacks_is_no_difference(lock: Lock) -> None:
    fewer = lock.hard.model_copy(update={"tasks": {"config/rate-limits": "d1"}})
    assert hard_differences(lock.hard, fewer) == []
