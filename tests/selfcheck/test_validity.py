"""The long run: it can be stopped anywhere, and goes on where it was."""

from __future__ import annotations

from agentbench.selfcheck import full_studies
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


def test_no_two_studies_have_one_name():
    names = [study.name for study in full_studies(20)]
    assert len(set(names)) == len(names)
