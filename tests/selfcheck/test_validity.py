"""The long run: it can be stopped anywhere, and goes on where it was."""

from __future__ import annotations

import re

import pytest

from agentbench.selfcheck import fingerprint, full_studies, run_studies
from agentbench.selfcheck.plan import NIGHTLY, GridCell, at_margin
from agentbench.selfcheck.studies import GridStudy, PowerStudy, PracticeStudy, ReferenceStudy, SequenceStudy
from agentbench.selfcheck.worlds import Effect, World
from benchmarks import validity

ONLY = "practice: schema"


def ran(path, capsys, nights=20, only=ONLY):
    validity.run(nights, 1, only, path)
    return capsys.readouterr().out


def test_what_is_done_is_not_done_again(tmp_path, capsys):
    path = tmp_path / "found.jsonl"
    first = ran(path, capsys)
    assert "0 of 2 studies are done" in first
    text = path.read_text()
    assert "2 of 2 studies are done" in ran(path, capsys)
    assert path.read_text() == text


def test_a_line_cut_short_is_done_again(tmp_path, capsys):
    path = tmp_path / "found.jsonl"
    ran(path, capsys)
    whole = path.read_text()
    path.write_text(whole[: len(whole) - 40])
    assert "1 of 2 studies are done" in ran(path, capsys)
    assert [line.result for line in validity.read(path)] == [
        line.result for line in validity.read(_written(tmp_path / "whole", whole))
    ]


def _written(path, text):
    path.write_text(text)
    return path


def test_another_rule_or_fewer_nights_are_done_again(tmp_path, capsys, monkeypatch):
    path = tmp_path / "found.jsonl"
    studies = [study for study in full_studies(20) if study.name == "grid: beta=floor icc=0.1/0.1 12x12 kref=4"]
    only = studies[0].name
    ran(path, capsys, 20, only)
    assert "1 of 1" in ran(path, capsys, 10, only)
    assert "0 of 1" in ran(path, capsys, 40, only)
    assert {line.result.nights for line in validity.read(path)} == {40}
    monkeypatch.setattr(validity, "fingerprint", lambda: "another")
    assert "0 of 1" in ran(path, capsys, 40, only)
    assert {line.rule for line in validity.read(path)} == {"another"}


def test_more_nights_go_to_the_worlds_in_which_a_promise_is_kept_worst(tmp_path, capsys):
    path = tmp_path / "found.jsonl"
    ran(path, capsys, 20, "grid: beta=floor")
    rule = fingerprint()
    chosen = validity.worst_worlds(validity.read(path), rule)
    assert chosen and all(name.startswith("grid: beta=floor") for name in chosen)
    validity.run(40, 1, None, path, worst=True)
    nights = {line.study: line.result.nights for line in validity.read(path)}
    assert {name for name, count in nights.items() if count == 40} == set(chosen)
    assert validity.worst_worlds(validity.read(path), "another rule") == []


def test_no_two_studies_have_one_name():
    names = [study.name for study in full_studies(20)]
    assert len(set(names)) == len(names)


def few_of_all():
    """A few nights of every kind of study."""
    small = World(clusters=13, cells=4)
    kinds = {}
    for study in full_studies(4):
        kinds.setdefault(type(study), study)
    assert set(kinds) == {GridStudy, PowerStudy, PracticeStudy, ReferenceStudy, SequenceStudy}
    return [
        GridStudy(GridCell(NIGHTLY, (Effect(), Effect(shock=0.2), at_margin(1), at_margin(2)), 4)),
        GridStudy(GridCell(small, (Effect(), Effect(flips=0.2), at_margin(1)), 4)),
        kinds[PowerStudy],
        kinds[PracticeStudy],
        ReferenceStudy(small, 3, 4),
        SequenceStudy(World(clusters=20, cells=8), Effect(), 2),
    ]


@pytest.mark.slow
def test_the_document_is_written_from_what_is_there(tmp_path):
    results = tmp_path / "found.jsonl"
    for study, found in run_studies(few_of_all(), jobs=1, tell=lambda *_: None):
        validity.append(results, "rule", study.name, found)
    lines = validity.read(results)
    from benchmarks.validity_docs import MARKS, render

    written = []
    readme = tmp_path / "README.md"
    readme.write_text(f"Before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n")
    for place in ("first", "again"):
        render(lines, full_studies(4), tmp_path / place, readme)
        files = sorted(file for file in (tmp_path / place).rglob("*") if file.is_file())
        written.append([(file.name, file.read_bytes()) for file in files])
    assert written[0] == written[1]
    assert [name for name, _ in written[0]] == ["detection.svg", "grid.svg", "references.svg", "validity.md"]
    text = (tmp_path / "first" / "validity.md").read_text()
    told = readme.read_text()
    table = told.split(MARKS[0])[1].split(MARKS[1])[0].strip()
    assert told.startswith("Before") and told.endswith("after\n") and table.startswith("|") and table in text
    assert "{{" not in text
    assert "13 x 4, 4" in text
    for picture in re.findall(r"\]\((validity/[^)]+)\)", text):
        assert (tmp_path / "first" / picture).exists()


def test_an_empty_file_gives_a_document_that_says_so(tmp_path):
    from benchmarks.validity_docs import render

    render([], full_studies(4), tmp_path)
    text = (tmp_path / "validity.md").read_text()
    assert "Worlds run: 0 of" in text
    assert "not run" in text


def test_the_table_in_the_readme_is_that_of_the_stored_results():
    from benchmarks.validity_docs import MARKS

    root = validity.RESULTS.parents[2]
    table = (root / "README.md").read_text().split(MARKS[0])[1].split(MARKS[1])[0].strip()
    assert table.startswith("|")
    assert table in (root / "docs" / "validity.md").read_text()


def test_the_stored_results_are_of_the_present_rule():
    assert {line.rule for line in validity.read(validity.RESULTS)} == {fingerprint()}
