"""What was planted is what is scored, and the verdict follows: whole runs with real HTTP and real containers."""

from __future__ import annotations

import json

import pytest

from benchmarks.matrix import NOTHING, RIGHT_CALL, matrix, read_run, unexplained
from tests.e2e.conftest import Project, containers_of, engines_of, make_project, planted, planted_details, verdicts

pytestmark = [pytest.mark.docker, pytest.mark.slow]

SMALL = ("--quant-context=4k", "--quant-variants=2", "tasks/")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose reference was saved with the clean model."""
    project = make_project(tmp_path_factory.mktemp("project"))
    done = project.run("--quant=clean", "--quant-save-reference", *SMALL)
    assert done.returncode == 0, done.stdout
    assert "inconclusive: no reference" in done.stdout.replace("\n", " ") or "no reference" in done.stdout
    assert (project.path / "references" / "sim" / "reference.json").exists()
    return project


def test_the_same_model_again_is_inconclusive_at_this_size_and_says_how_many_cells_it_needs(project: Project) -> None:
    done = project.run("--quant=clean", *SMALL)
    assert done.returncode == 0, done.stdout
    card = project.scorecard("clean")
    assert verdicts(card)["overall"] == "inconclusive"
    pass_rate = next(one for one in card["comparison"]["metrics"] if one["metric"] == "pass_rate")
    assert pass_rate["cells_needed_if_no_loss"] > len(card["comparison"]["cells"])
    open_ = [one for one in card["comparison"]["metrics"] if one["verdict"] == "inconclusive"]
    needed = max(one["cells_needed_if_no_loss"] for one in open_)
    assert f"about {needed} would decide" in " ".join(done.stdout.split())
    assert pass_rate["loss_upper"] > pass_rate["loss"] == 0
    assert containers_of(project) == []
    assert engines_of(project) == []


def test_stale_details_are_found_one_by_one(project: Project) -> None:
    done = project.run("--quant=stale15", *SMALL)
    assert done.returncode == 1, done.stdout
    card = project.scorecard("stale15")
    assert verdicts(card)["detail_errors"] == "degraded"
    assert verdicts(card)["call_validity"] != "degraded"
    truth = planted_details(project.runs()[-1])
    assert truth
    assert {(wrong["case"], wrong["detail"]) for wrong in card["details_wrong"]} == truth
    assert {wrong["class"] for wrong in card["details_wrong"]} == {"stale"}
    for case_id, detail_id in truth:
        assert f"{case_id} {detail_id}: stale" in done.stdout


def test_malformed_calls_are_counted_by_class_exactly(project: Project) -> None:
    done = project.run("--quant=malformed10", *SMALL)
    assert done.returncode == 1, done.stdout
    card = project.scorecard("malformed10")
    assert verdicts(card)["call_validity"] == "degraded"
    truth = planted(project.runs()[-1])
    scored = {
        name.removeprefix("calls."): rate["numerator"]
        for name, rate in card["rates"].items()
        if name.startswith("calls.") and rate["numerator"]
    }
    assert scored == truth


def test_what_a_real_nvfp4_model_got_wrong_is_found_at_its_own_step(project: Project) -> None:
    """Miscopied passages, stray quotes, arguments left out or given twice: each by its class, and nothing else."""
    done = project.run("--quant=nvfp4-slips", *SMALL)
    counts, right = matrix(read_run(project.runs()[-1]))
    faults = {row for row, _ in counts} - {RIGHT_CALL, NOTHING}
    assert {"doubled_letter", "other_atom"} < faults
    assert unexplained(counts, right) == {}
    card = project.scorecard("nvfp4-slips")
    copied = next(one for one in card["comparison"]["metrics"] if one["metric"] == "copy_errors")
    assert copied["quant"]["numerator"] == sum(n for (_, column), n in counts.items() if column == "copy_error")
    assert copied["verdict"] == verdicts(card)["overall"] == "degraded"
    assert done.returncode == 1


def test_reports_for_machines(project: Project) -> None:
    """JUnit holds the outcome of every case, and the stored run can be scored again to the same verdicts."""
    junit = project.path / "junit.xml"
    project.run("--quant=clean", *SMALL, "-k", "gateway", f"--junitxml={junit}")
    text = junit.read_text()
    assert 'name="outcome" value="solved"' in text
    subset = json.loads((project.path / "scorecards" / "sim" / "clean.subset.json").read_text())
    assert subset["subset"] is True
    assert project.scorecard("clean")["subset"] is False


def test_a_changed_task_refuses_the_reference_and_is_named(project: Project) -> None:
    text = project.path / "tasks" / "config" / "gateway-limits" / "instruction.md"
    original = text.read_text()
    text.write_text(original + "\nPlease.\n")
    try:
        done = project.run("--quant=clean", *SMALL)
    finally:
        text.write_text(original)
    assert done.returncode == 4
    assert "tasks.config/gateway-limits" in done.stdout + done.stderr
