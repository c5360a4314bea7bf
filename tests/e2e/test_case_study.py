"""The case study's machinery on the simulated model: what is measured is kept, and is what the page says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agentbench.report.wording import fraction
from agentbench.store import load_reference
from benchmarks import case_study_docs
from benchmarks.case_study import Study, StudyError, run
from tests.shipped import ROOT

pytestmark = pytest.mark.docker


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    shutil.copytree(ROOT / "config" / "gateway-limits", tmp_path / "tasks" / "config" / "gateway-limits")
    return Study(
        family="sim", suite="smoke", reference="clean", trials=2, quants=("stale15", "nothing-like-it"),
        root=tmp_path, runs=tmp_path / "runs", results=tmp_path / "results",
    )  # fmt: skip


def test_a_study_goes_on_where_it_stopped(
    study: Study, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_study_docs, "QUESTIONS", (("Is it?", "stale15", "nothing-like-it"),))
    assert study.left() == ["clean", "stale15", "nothing-like-it"]
    with pytest.raises(StudyError, match="nothing-like-it: pytest ended with exit code 4"):
        run(study)
    capfd.readouterr()
    assert study.left() == ["nothing-like-it"]
    assert len(list(study.runs.glob("*-sim-*"))) == 2
    run(study, ["stale15"])
    assert capfd.readouterr().out == "left: nothing\n"

    kept, card = load_reference(study.place("stale15")), study.card("stale15")
    kept.verify()
    assert (kept.head.plan.quant, kept.head.episodes, card.run_id) == ("stale15", 2, kept.head.run_id)
    page = case_study_docs.render(study)
    assert "{{" not in page
    assert "**Not measured yet: nothing-like-it.**" in page and "`nothing-like-it` (B): not measured yet." in page
    assert f"| `stale15` | pass rate | {fraction(card.comparison.metrics[0].quant)} | 100.0 % (2/2) |" in page
    assert page.count("| trial ") == 2

    # another reference than the one that it was compared with: measured again
    shutil.rmtree(study.place("clean"))
    assert study.left() == ["clean", "stale15", "nothing-like-it"]
