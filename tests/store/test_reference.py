"""References travel, and a changed byte is noticed."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.errors import ReferenceMismatchError, StoreError
from agentbench.records import Lock, PlannedRun, Sampling, ServerInfo
from agentbench.records.paths import cache_dir
from agentbench.store import (
    Journal,
    Reference,
    as_reference,
    hard_differences,
    import_reference,
    load_reference,
    refuse_other_lock,
    save_reference,
    soft_differences,
)
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


def _edit_head(directory: Path, **changes: object) -> None:
    path = directory / "reference.json"
    head = json.loads(path.read_text())
    for key, value in changes.items():
        place, *rest = key.split("__")
        target = head
        while rest:
            target, (place, *rest) = target[place], rest
        assert place in target
        target[place] = value
    path.write_text(json.dumps(head))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": "0" * 64}, "id: 000"),
        ({"lock__hard__seed": 7}, "id: .* expected"),
        ({"lock__soft__concurrency": 99}, "id: .* expected"),
        ({"episodes_digest": "0" * 64}, "id: .* expected"),
        ({"run_id": "another"}, "id: .* expected"),
        ({"episodes": 1}, "episodes: 1 stated, .* holds 2"),
        ({"plan__family": "../../home"}, "plan.family: found '../../home'"),
        ({"plan__family": "../../home", "lock__hard__family": "../../home"}, "plan.family: found '../../home'"),
        ({"schema_version": 2}, "schema_version: found 2"),
    ],
)
def test_a_changed_head_is_noticed(saved: Reference, changes: dict[str, object], named: str) -> None:
    _edit_head(saved.directory, **changes)
    with pytest.raises(StoreError, match=rf"reference\.json: {named}"):
        load_reference(saved.directory)


def test_nulls_left_out_of_a_lock_change_nothing(saved: Reference) -> None:
    path = saved.directory / "reference.json"
    head = json.loads(path.read_text())
    head["lock"]["soft"] = {key: value for key, value in head["lock"]["soft"].items() if value is not None}
    path.write_text(json.dumps(head))
    assert load_reference(saved.directory).id == saved.id


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[12:40] = bytes(len(data[12:40]))
    path.write_bytes(bytes(data))


def _make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [_truncate, _flip, _make_directory, Path.unlink])
@pytest.mark.parametrize("name", ["scored.jsonl.gz", "episodes.jsonl.gz"])
def test_any_damage_to_an_archive_is_one_sentence(saved: Reference, name: str, damage: Callable[[Path], None]) -> None:
    damage(saved.directory / name)
    with pytest.raises(StoreError, match=name):
        load_reference(saved.directory).verify()


def test_a_file_where_the_directory_should_be(saved: Reference) -> None:
    with pytest.raises(StoreError, match="Not a directory"):
        load_reference(saved.directory / "scored.jsonl.gz")


def test_line_separators_in_a_text_are_no_line_ends(
    tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo
) -> None:
    journal = Journal.create(tmp_path / "runs", plan, lock)
    journal.note_boot(server)
    odd = make_scored().model_copy(update={"error": "a\u2028b\x85c"})
    journal.append(make_episode().model_copy(update={"error": "a\u2028b\x85c"}), odd)
    save_reference(tmp_path / "demo", journal, journal.scored().values())
    loaded = load_reference(tmp_path / "demo")
    loaded.verify()
    assert loaded.scored == [odd]


def test_errors_name_no_directory_of_the_machine(
    tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo
) -> None:
    journal = Journal.create(tmp_path / "runs", plan, lock)
    journal.note_boot(server.model_copy(update={"log_path": f"{journal.directory}/server.log"}))
    error = f"the server died, see {journal.directory}/server.log"
    journal.append(make_episode().model_copy(update={"error": error}), make_scored())
    saved = save_reference(tmp_path / "demo", journal, journal.scored().values())
    assert next(iter(load_reference(saved.directory).episodes())).error == "the server died, see $RUN/server.log"
    assert load_reference(saved.directory).head.server.log_path == "$RUN/server.log"


def test_a_directory_that_was_named_is_no_soft_difference(lock: Lock) -> None:
    ours = lock.soft.model_copy(update={"engine_args": {"draft": f"{cache_dir()}/models/draft"}})
    theirs = lock.soft.model_copy(update={"engine_args": {"draft": "$AGENTBENCH_CACHE/models/draft"}})
    assert soft_differences(ours, theirs) == []


def test_a_run_in_a_references_place_gives_its_episodes(
    tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo
) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    journal.note_boot(server)
    journal.append(make_episode(), make_scored())
    assert list(as_reference(journal).episodes()) == [make_episode()]


def test_import_takes_what_was_checked_and_keeps_the_old_one_until_then(saved: Reference, tmp_path: Path) -> None:
    download = shutil.copytree(saved.directory, tmp_path / "download")
    references = tmp_path / "mine" / "references"
    imported = import_reference(download, references, replace=False)
    assert imported.directory == references / "sim"
    assert load_reference(references / "sim").id == saved.id

    with pytest.raises(StoreError, match="--force"):
        import_reference(download, references, replace=False)
    with pytest.raises(StoreError, match="is the family's reference already"):
        import_reference(references / "sim", references, replace=True)
    _truncate(download / "episodes.jsonl.gz")
    with pytest.raises(StoreError, match="damaged"):
        import_reference(download, references, replace=True)
    load_reference(references / "sim").verify()
    assert [path.name for path in references.iterdir()] == ["sim"], "no half copy stays"


def test_saving_again_replaces_only_when_whole(saved: Reference) -> None:
    runs = saved.directory.parent.parent / "runs"
    journal = Journal.open(next(runs.iterdir()))
    again = save_reference(saved.directory, journal, journal.scored().values())
    assert again.id == saved.id
    with pytest.raises(StoreError, match="no such file"):
        save_reference(saved.directory, journal, [*journal.scored().values(), make_scored(2)])
    load_reference(saved.directory).verify()
    assert [path.name for path in saved.directory.parent.iterdir()] == ["demo"]


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


def test_another_lock_is_refused_with_its_first_difference(saved: Reference, lock: Lock) -> None:
    refuse_other_lock(lock.hard, saved)
    ours = lock.hard.model_copy(update={"seed": 5, "tools": "other"})
    with pytest.raises(ReferenceMismatchError, match=r"another tools: t there, other here \(and 1 more\)"):
        refuse_other_lock(ours, saved)
