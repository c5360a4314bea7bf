"""Nights with noise in both arms, through the simulated server: a few minutes each, so not part of `make test`."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.matrix import matrix, read_run, unexplained
from tests.e2e.conftest import Project, make_project, verdicts

pytestmark = [pytest.mark.docker, pytest.mark.acceptance]

PLAN = ("--quant-variants=2", "--quant-trials=4", "tasks/")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A noisy reference of four trials: tasks of U-shaped difficulty, faults in clumps."""
    project = make_project(tmp_path_factory.mktemp("noisy"))
    done = project.run("--quant=noisy", "--quant-save-reference", *PLAN, timeout_s=3600)
    assert done.returncode == 0, done.stdout
    return project


def play(night: Project, quant: str) -> dict[str, Any]:
    """Run a night; all that was planted must have been scored."""
    done = night.run(f"--quant={quant}", *PLAN, timeout_s=3600)
    card = night.scorecard(quant)
    counts, right = matrix(read_run(night.runs()[-1]))
    assert unexplained(counts, right) == {}
    assert done.returncode == (verdicts(card)["overall"] == "degraded"), done.stdout
    return card


def test_the_same_noisy_model_is_never_degraded(night: Project) -> None:
    card = play(night, "noisy-again")
    assert "degraded" not in verdicts(card).values()


def test_malformed_calls_at_twice_the_margin_are_degraded(night: Project) -> None:
    found = verdicts(play(night, "noisy-malformed"))
    assert found["call_validity"] == "degraded"
    assert found["pass_rate"] != "degraded"


def test_a_loss_at_the_largest_size_alone_is_degraded_and_shows_there(night: Project) -> None:
    card = play(night, "noisy-long")
    found = verdicts(card)
    assert found["detail_errors"] == "degraded"
    assert found["call_validity"] != "degraded"
    loss = {
        size: wrong_details(card, size) - wrong_details(night.scorecard("noisy"), size) for size in card["by_context"]
    }
    assert loss["16k"] > 0.1 > max(loss["4k"], loss["8k"])


def wrong_details(card: dict[str, Any], size: str) -> float:
    """Return a run's own rate at one size."""
    rate: float = card["by_context"][size]["detail_errors"]["value"]
    return rate
