"""``score``, ``report``, ``compare`` and ``reference`` over stored runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.records import PairVerdict, RunComparison
from agentbench.store import Journal, load_reference, read_scorecard, save_reference
from tests.command import Run

Stored = Callable[..., Journal]

FAMILY = """\
extends = "sim"
name = "mine"
margins = { pass_rate = 0.37 }
"""


def save(journal: Journal, directory: Path) -> Path:
    return save_reference(directory, journal, journal.scored().values()).directory


def test_score_writes_the_scorecard_that_report_shows(run: Run, stored: Stored) -> None:
    journal = stored()
    assert "scorecard.json" in run("score", journal.directory).out
    assert read_scorecard(journal.directory / "scorecard.json").quant == "nvfp4"
    for place in (journal.directory, journal.directory / "scorecard.json", journal.directory.parent):
        shown = run("report", place)
        assert (shown.code, shown.err) == (0, "")
        assert "sim nvfp4: " in shown.out
    markdown = run("report", "--markdown", journal.directory)
    assert markdown.out.startswith("## sim / nvfp4: ")
    assert run("report", "--svg", "picture.svg", journal.directory).code == 0
    assert "</svg>" in Path("picture.svg").read_text()


def test_score_against_a_reference(run: Run, stored: Stored, tmp_path: Path) -> None:
    reference = save(stored(quant="bf16"), tmp_path / "mine" / "sim")
    journal = stored()
    scored = run("score", journal.directory, "--reference", reference)
    assert scored.code == 0, scored.err
    assert read_scorecard(journal.directory / "scorecard.json").reference_id == load_reference(reference).id


def test_score_refuses_another_hard_lock_and_leaves_the_scorecard(run: Run, stored: Stored, tmp_path: Path) -> None:
    save(stored({"seed": 5}), tmp_path / "references" / "sim")
    journal = stored()
    card = journal.directory / "scorecard.json"
    card.write_text("as it was")
    refused = run("score", journal.directory)
    assert refused.code == 4
    assert "another seed: 5 there, 0 here" in refused.err
    assert card.read_text() == "as it was"


def test_score_finds_a_family_that_came_from_a_file(run: Run, stored: Stored, tmp_path: Path) -> None:
    source = tmp_path / "family" / "mine.toml"
    source.parent.mkdir()
    source.write_text(FAMILY)
    journal = stored({"family": "mine"}, family="mine", family_source=str(source))
    scored = run("score", journal.directory)
    assert scored.code == 0, scored.err
    margins = {
        one.metric: one.margin for one in read_scorecard(journal.directory / "scorecard.json").comparison.metrics
    }
    assert margins["pass_rate"] == 0.37
    source.unlink()
    gone = run("score", journal.directory)
    assert (gone.code, gone.err.count("\n")) == (4, 1)
    assert f"came from {source}" in gone.err


def test_compare_two_runs(run: Run, stored: Stored) -> None:
    a, b = stored(quant="bf16"), stored()
    compared = run("compare", a.directory, b.directory)
    assert compared.code == 0, compared.err
    assert "sim: undecided | no reference" in compared.out
    assert f"A: bf16 {a.id}" in compared.out
    assert "and at least 12 are needed" in compared.out
    found = RunComparison.model_validate_json(run("compare", "--json", a.directory, b.directory).out)
    assert (found.a.quant, found.b.quant, found.overall) == ("bf16", "nvfp4", PairVerdict.UNDECIDED)
    turned = RunComparison.model_validate_json(run("compare", "--json", b.directory, a.directory).out)
    assert (turned.a, turned.b) == (found.b, found.a)
    other = stored({"template": "another"})
    refused = run("compare", a.directory, other.directory)
    assert refused.code == 4
    assert "template is another in B and c in A" in refused.err


def test_compare_takes_a_run_that_was_stored_as_a_reference(
    run: Run, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(FAMILY)
    a, b = (
        stored({"family": "mine"}, family="mine", family_source=str(tmp_path / "mine.toml"), quant=quant)
        for quant in ("bf16", "nvfp4")
    )
    kept = save_reference(tmp_path / "kept", a, a.scored().values()).directory
    assert run("compare", "--json", kept, b.directory).out == run("compare", "--json", a.directory, b.directory).out
    (kept / "reference.json").unlink()
    refused = run("compare", kept, b.directory)
    assert (refused.code, "is neither a run nor a reference" in refused.err) == (4, True)


@pytest.mark.parametrize("command", ["score", "report", "compare", "reference show", "reference import", "init"])
@pytest.mark.parametrize("place", ["a-file", "a-file/below", "nonsense", "a-directory"])
def test_nonsense_is_one_sentence(run: Run, tmp_path: Path, command: str, place: str) -> None:
    (tmp_path / "a-file").write_text("no JSON")
    (tmp_path / "a-directory").mkdir()
    (tmp_path / "a-directory" / "x").mkdir()
    if command == "init" and place == "nonsense":
        return  # a new directory is what init wants
    said = run(*command.split(), place, *([place] if command == "compare" else []))
    assert said.code == 4
    assert said.err.startswith("agentbench: ")
    assert said.err.count("\n") == 1, said.err
    assert place.split("/", maxsplit=1)[0] in said.err


def test_an_error_of_the_system_is_one_sentence(run: Run, stored: Stored) -> None:
    journal = stored()
    run("score", journal.directory)
    said = run("report", "--svg", "nowhere/picture.svg", journal.directory)
    assert (said.code, said.err) == (4, "agentbench: nowhere/picture.svg: No such file or directory\n")


def test_report_of_a_run_without_a_scorecard_says_how_to_make_one(run: Run, stored: Stored) -> None:
    journal = stored()
    said = run("report", journal.directory)
    assert said.code == 4
    assert f"`agentbench score {journal.directory}`" in said.err


@pytest.mark.parametrize("place", ["nowhere", "empty", "run"])
def test_markdown_of_nothing_is_a_line_and_no_failure(run: Run, stored: Stored, tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    directory = stored().directory if place == "run" else tmp_path / place
    said = run("report", "--markdown", directory)
    assert said.code == 0
    assert said.out.startswith("nothing was measured: ")
    assert str(directory) in said.out


def test_reference_show_diff_and_import(run: Run, stored: Stored, tmp_path: Path) -> None:
    first = save(stored(quant="bf16"), tmp_path / "download" / "first")
    second = save(stored({"seed": 5}, quant="bf16"), tmp_path / "download" / "second")
    assert "3 episodes, 1 cells, 3 solved" in run("reference", "show", first).out
    assert run("reference", "diff", first, first).code == 0
    differing = run("reference", "diff", first, second)
    assert differing.code == 1
    assert "hard\tseed\t0\t5\n" in differing.out

    assert run("reference", "import", first).code == 0
    assert "seed 0" in run("reference", "show", "sim").out
    assert "--force" in run("reference", "import", second).err
    assert "already" in run("reference", "import", "--force", tmp_path / "references" / "sim").err
    assert run("reference", "import", "--force", second).code == 0
    assert "seed 5" in run("reference", "show", "sim").out
    shutil.rmtree(tmp_path / "download")
    assert run("reference", "show", tmp_path / "references" / "sim" / "reference.json").code == 0
