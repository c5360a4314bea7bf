"""The simulated nights at full size: a quarter of an hour and more, so not part of `make test`."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Project, make_project, planted, planted_details, verdicts

pytestmark = [pytest.mark.docker, pytest.mark.acceptance]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Every task at three sizes in eight variants, recorded with the clean model."""
    project = make_project(tmp_path_factory.mktemp("night"))
    done = project.run("--quant=clean", "--quant-save-reference", "tasks/", timeout_s=3600)
    assert done.returncode == 0, done.stdout
    return project


def test_the_clean_model_again_is_non_inferior(night: Project) -> None:
    done = night.run("--quant=clean", "tasks/", timeout_s=3600)
    assert done.returncode == 0, done.stdout
    assert set(verdicts(night.scorecard("clean")).values()) == {"non_inferior"}


def test_stale_details_are_degraded_and_named(night: Project) -> None:
    done = night.run("--quant=stale15", "tasks/", timeout_s=3600)
    assert done.returncode == 1, done.stdout
    card = night.scorecard("stale15")
    assert verdicts(card)["detail_errors"] == "degraded"
    stale = card["rates"]["details.stale"]["numerator"]
    assert stale == len(planted_details(night.runs()[-1]))


def test_malformed_calls_are_degraded_and_counted(night: Project) -> None:
    done = night.run("--quant=malformed10", "tasks/", timeout_s=3600)
    assert done.returncode == 1, done.stdout
    card = night.scorecard("malformed10")
    assert verdicts(card)["call_validity"] == "degraded"
    truth = planted(night.runs()[-1])
    assert {name: card["rates"][f"calls.{name}"]["numerator"] for name in truth} == truth
