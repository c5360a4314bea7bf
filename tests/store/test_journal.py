"""A journal line means a whole episode, whatever happened to the process that wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.errors import StoreError
from agentbench.records import Evidence, Lock, PlannedRun, Sampling, ServerInfo
from agentbench.store import Journal, newest_run, previous_run
from tests.store.conftest import make_case, make_episode, make_scored


def test_episode_comes_back_whole(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    journal.append(make_episode(), make_scored())
    again = Journal.open(journal.directory)
    assert again.episode(make_case().id) == make_episode()
    assert again.scored() == {make_case().id: make_scored()}
    assert again.plan == plan
    assert again.lock == lock


def test_pictures_are_files_beside_the_evidence(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    evidence = Evidence(reward=1.0, screenshots={"index": b"\x89PNG one", "a/b": b"\x89PNG two"})
    journal.append(make_episode(2).model_copy(update={"evidence": evidence}), make_scored(2))
    stem = journal.directory / "evidence" / "config--rate-limits.v3-32k-t2"
    assert Path(f"{stem}.index.png").read_bytes() == b"\x89PNG one"
    assert Path(f"{stem}.a-b.png").read_bytes() == b"\x89PNG two"
    assert "screenshots" not in Path(f"{stem}.json").read_text()


def test_what_other_definitions_scored_is_scored_again_and_stored_before_a_run_goes_on(
    tmp_path: Path, plan: PlannedRun, lock: Lock
) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    old = [make_scored(number) for number in range(2)]
    for number, one in enumerate(old):
        journal.append(make_episode(number), one)
    newer = old[0].scoring_version + 1
    fresh = {one.case.id: one.model_copy(update={"scoring_version": newer}) for one in old}
    journal.bring_up_to_date(newer, lambda episode: fresh[episode.case.id])
    assert Journal.open(journal.directory).scored() == fresh
    lines = (journal.directory / "journal.jsonl").read_text().count("\n")
    journal.bring_up_to_date(newer, lambda episode: pytest.fail("nothing is out of date"))
    assert (journal.directory / "journal.jsonl").read_text().count("\n") == lines


def test_torn_last_line_is_cut_off_and_the_journal_goes_on(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    journal.append(make_episode(0), make_scored(0))
    file = journal.directory / "journal.jsonl"
    file.write_bytes(file.read_bytes() + b'{"event": "episode", "case": "half')
    torn = file.read_bytes()
    again = Journal.open(journal.directory)
    assert list(again.scored()) == [make_case(0).id]
    assert file.read_bytes() == torn, "looking at a run, perhaps a live one, changes nothing"
    again.append(make_episode(1), make_scored(1))
    assert list(Journal.open(journal.directory).scored()) == [make_case(0).id, make_case(1).id]


def test_damaged_inner_line_is_an_error_that_names_it(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    journal.append(make_episode(0), make_scored(0))
    file = journal.directory / "journal.jsonl"
    file.write_bytes(b"{nonsense\n" + file.read_bytes())
    with pytest.raises(StoreError, match=r"journal\.jsonl: line 1 is no JSON"):
        Journal.open(journal.directory)


@pytest.mark.parametrize("line", [b"[]", b"{}", b'{"event": "episode", "case": "x"}', b'{"event": "boot"}', b"1"])
def test_a_line_that_is_no_event_is_named(tmp_path: Path, plan: PlannedRun, lock: Lock, line: bytes) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    (journal.directory / "journal.jsonl").write_bytes(line + b"\n")
    with pytest.raises(StoreError, match=r"journal\.jsonl: line 1 is no event"):
        Journal.open(journal.directory)


def test_what_cannot_be_written_is_named_with_its_reason(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    (journal.directory / "journal.jsonl").mkdir()
    with pytest.raises(StoreError, match=r"journal\.jsonl: cannot be written \(Is a directory\)"):
        journal.end()
    with pytest.raises(StoreError, match=r"journal\.jsonl: cannot be read \(Is a directory\)"):
        Journal.open(journal.directory)


@pytest.mark.parametrize("ended", [False, True])
def test_newest_run_of_the_same_plan_and_lock(tmp_path: Path, plan: PlannedRun, lock: Lock, ended: bool) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    if ended:
        journal.end()
    found = newest_run(tmp_path, plan, lock, interrupted_only=True)
    assert (found is None) == ended
    assert newest_run(tmp_path, plan, lock, interrupted_only=False) is not None
    other = lock.model_copy(update={"hard": lock.hard.model_copy(update={"sampling": Sampling(temperature=0.1)})})
    assert newest_run(tmp_path, plan, other, interrupted_only=False) is None


def test_scores_are_parsed_once_and_a_later_line_replaces(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    journal.append(make_episode(0), make_scored(0))
    first = journal.scored()
    assert journal.scored()[make_case(0).id] is first[make_case(0).id]
    better = make_scored(0).model_copy(update={"replies": 9})
    journal.append(make_episode(1), make_scored(1))
    journal.append(make_episode(0), better)
    assert first == {make_case(0).id: make_scored(0)}, "what was handed out stays as it was"
    expected = {make_case(0).id: better, make_case(1).id: make_scored(1)}
    assert journal.scored() == expected
    assert Journal.open(journal.directory).scored() == expected


def test_two_runs_in_one_second_get_two_directories(tmp_path: Path, plan: PlannedRun, lock: Lock) -> None:
    assert Journal.create(tmp_path, plan, lock).id != Journal.create(tmp_path, plan, lock).id


def test_last_boot_counts(tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo) -> None:
    journal = Journal.create(tmp_path, plan, lock)
    journal.note_boot(server)
    journal.note_boot(server.model_copy(update={"version": "2"}))
    found = Journal.open(journal.directory).server()
    assert found is not None
    assert found.version == "2"


@pytest.mark.parametrize(("family", "quant"), [("sim", "awq-bf16"), ("sim-awq", "awq")])
def test_a_quant_whose_name_begins_alike_is_another_one(
    tmp_path: Path, plan: PlannedRun, lock: Lock, family: str, quant: str
) -> None:
    ours = plan.model_copy(update={"quant": "awq"})
    other = Journal.create(tmp_path, plan.model_copy(update={"family": family, "quant": quant}), lock)
    other.end()
    assert newest_run(tmp_path, ours, lock, interrupted_only=False) is None
    assert previous_run(tmp_path, "sim", "awq", before="~") is None
    own = Journal.create(tmp_path, ours, lock)
    own.end()
    for found in (newest_run(tmp_path, ours, lock, interrupted_only=False),
                  previous_run(tmp_path, "sim", "awq", before="~")):  # fmt: skip
        assert found is not None
        assert found.id == own.id
