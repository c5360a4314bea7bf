"""A run's ways through boot, looks, replay and release, with episodes that are played by the test and no container."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentbench.catalog import get_profile
from agentbench.errors import CancelledError, ReferenceMismatchError, SandboxError
from agentbench.records import (
    Case,
    Cell,
    ContextInfo,
    Episode,
    Outcome,
    SandboxNeeds,
    TaskSpec,
    Verdict,
    digest,
)
from agentbench.report import RunObserver
from agentbench.runner import EpisodeJob, QuantRun, conductor
from agentbench.store import Journal
from tests.plans import settings_in
from tests.verify.verify_helpers import TEXT, Endpoint

TASKS = 16


class Provider:
    """What takes Docker's place; ``trouble`` is raised when it is closed."""

    trouble: Exception | None = None

    def __init__(self, run_id: str, *, keep: bool) -> None:
        self.run_id, self.keep = run_id, keep

    def reap(self) -> list[str]:
        return []

    def close(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class Stage:
    """Tasks, a server to connect to, and how episodes end there."""

    def __init__(self, root: Path, url: str) -> None:
        self.played: list[str] = []
        self.outcome: Callable[[Case], Outcome] = lambda _: Outcome.SOLVED
        self.template = "one"
        self._guard = threading.Lock()
        self.tasks = {name: self._task(name, root) for name in (f"pack/t{number:02}" for number in range(TASKS))}
        self.settings = settings_in(root, contexts=[4096], variants=2, trials=2, endpoint=url, reference="last")

    @staticmethod
    def _task(name: str, root: Path) -> TaskSpec:
        needs = SandboxNeeds(image="stub")
        return TaskSpec(
            id=name, path=str(root / name), name=name, cluster=name, digest=name, native=True, sandbox=needs
        )

    def play(self, job: EpisodeJob, *_: Any) -> Episode:
        with self._guard:
            self.played.append(job.case.id)
        context = ContextInfo(
            planned_tokens=4096,
            prompt_tokens=4096,
            counted_by="server",
            request_digest="r",
            token_digest=digest([self.template, job.case.cell.id]),
        )
        outcome = self.outcome(job.case)
        return Episode(case=job.case, quant=job.quant, attempt=job.attempt, outcome=outcome, context=context)

    def run(self, **changes: Any) -> QuantRun:
        settings = replace(self.settings, **changes)
        cells = [
            Cell(task_id=name, cluster=name, variant=variant, context_tokens=4096)
            for name in self.tasks
            for variant in range(2)
        ]
        cases = [Case(cell=cell, trial=trial) for cell in cells for trial in range(settings.trials)]
        profile = get_profile(settings.family, "clean")
        return QuantRun(settings, profile, self.tasks, cases, subset=False, observer=RunObserver())

    def finished(self, **changes: Any) -> QuantRun:
        """Run from start to end, as the items of a session do."""
        run = self.run(**changes)
        run.check_reference()
        run.start()
        for case in run.cases:
            run.wait(case)
        run.finish()
        return run


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with ExitStack() as last:
        endpoint = Endpoint(lambda _: TEXT)
        last.callback(endpoint.stop)
        found = Stage(tmp_path, endpoint.url)
        monkeypatch.setattr(conductor, "DockerProvider", Provider)
        monkeypatch.setattr(conductor, "images_for", lambda tasks, **_: {task.id: "image" for task in tasks})
        monkeypatch.setattr(conductor, "built_images", lambda _: {})
        monkeypatch.setattr(conductor, "run_episode", found.play)
        monkeypatch.setattr(Provider, "trouble", None)
        yield found


def journal_of(run: QuantRun) -> Journal:
    assert run.journal is not None
    return run.journal


def test_a_sequential_run_is_replayed_against_the_run_before_it_and_never_against_itself(stage: Stage) -> None:
    fixed = stage.finished(reference=None)
    stage.outcome = lambda _: Outcome.UNSOLVED
    looked = stage.finished(sequential=True, trials=1)
    assert looked.decided is not None
    assert looked.decided.looks[-1].number < len(looked.decided.planned.episodes), "it ended early"
    played = len(stage.played)

    again = stage.finished(sequential=True, trials=1, replay=True)
    assert journal_of(again).id == journal_of(looked).id
    assert (again.plan, len(stage.played)) == (looked.plan, played)
    for run in (looked, again):
        assert run.reference is not None
        assert run.reference.head.run_id == journal_of(fixed).id
    assert again.scorecard == looked.scorecard
    assert again.scorecard is not None
    assert again.scorecard.comparison.overall is Verdict.DEGRADED


def test_stored_episodes_of_another_template_are_no_reason_to_boot(stage: Stage) -> None:
    stage.finished(reference=None)
    stage.template = "two"
    stored = stage.finished(reference=None)
    played = len(stage.played)
    run = stage.run(replay=True)
    with pytest.raises(ReferenceMismatchError) as caught:
        run.check_reference()
    assert str(caught.value).startswith("pack/t00[v0]@4k: the first request was rendered to other token ids in ")
    assert str(journal_of(stored).directory) in str(caught.value)
    assert "(so in 32 of 32 common cells); the chat template or tokenizer differs" in str(caught.value)
    assert len(stage.played) == played


def test_an_aborted_run_ends_its_waiters_and_releases_the_server(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = threading.Event()

    def held(job: EpisodeJob, _bench: Any, cancel: threading.Event, _on_turn: Any) -> Episode:
        reached.set()
        assert cancel.wait(60)
        raise CancelledError(f"{job.case.id}: cancelled")

    monkeypatch.setattr(conductor, "run_episode", held)
    run = stage.run(reference=None)
    run.check_reference()
    run.start()
    assert reached.wait(60)
    run.abort()
    for case in (run.cases[0], run.cases[-1]):
        with pytest.raises(CancelledError):
            run.wait(case)
    assert journal_of(run).scored() == {}
    assert not journal_of(run).ended


@pytest.mark.parametrize("trouble", [SandboxError("it cannot be removed"), RuntimeError("a defect")])
def test_whatever_fails_in_cleaning_up_the_server_is_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(Provider, "trouble", trouble)
    run = stage.run(reference=None)
    run.check_reference()
    run.start()
    run.wait(run.cases[-1])
    keeper = run._keeper
    assert keeper is not None
    assert keeper.lease().generation == 0
    if isinstance(trouble, SandboxError):
        run.release()
        assert run.notes == ["cleaning up: it cannot be removed; `agentbench clean` tries again"]
    else:
        with pytest.raises(RuntimeError, match="a defect"):
            run.release()
    with pytest.raises(CancelledError, match="the run is ending"):
        keeper.lease()
