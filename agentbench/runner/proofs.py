"""Proving tasks: the oracle must solve each one and doing nothing must not, in fresh containers without a network."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, cast

from agentbench.errors import AgentbenchError
from agentbench.grading import prove
from agentbench.records import Case, Cell, DetailFinding, Episode, EpisodeEnd, Evidence, Outcome, RenderedTask, TaskSpec
from agentbench.runner.episode import sandbox_spec
from agentbench.sandbox import DockerProvider, image_for
from agentbench.scoring import score
from agentbench.taskset import render

Which = Literal["oracle", "noop"]
Key = tuple[str, str]
"""Task id, and ``oracle`` or ``noop``."""


@dataclass(frozen=True)
class Proof:
    """The result of one proof; ``problem`` is none when it holds."""

    problem: str | None
    duration_s: float
    evidence: Evidence | None = None


class ProofRun:
    """Runs the proofs of a session side by side, a few ahead of the one that is waited for.

    Args:
        wanted: Tasks with ``oracle`` or ``noop``, in the order they will be asked for.
        variant: Which variant is proved.
        seed: The base seed.
        allow_network: Let tasks that say they need it reach the network.

    """

    def __init__(
        self,
        wanted: Sequence[tuple[TaskSpec, str]],
        *,
        variant: int = 0,
        seed: int = 0,
        allow_network: bool = False,
    ):
        self._wanted = {(task.id, which): task for task, which in wanted}
        self._variant, self._seed, self._allow_network = variant, seed, allow_network
        self._provider: DockerProvider | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._futures: dict[Key, Future[Proof]] = {}
        self._image_guard = threading.Lock()

    def wait(self, task: TaskSpec, which: str) -> Proof:
        """Wait for one proof, and start those that come next. Raises SandboxError if there is no Docker engine."""
        if self._executor is None:
            self._provider = DockerProvider(f"proof-{os.getpid()}")
            self._provider.reap()
            self._executor = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="proof")
        for key in ahead(list(self._wanted), (task.id, which)):
            if key not in self._futures:
                self._futures[key] = self._executor.submit(self._prove, self._wanted[key], cast(Which, key[1]))
        return self._futures[task.id, which].result()

    def close(self) -> None:
        """Drop what has not started and remove every container."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        if self._provider is not None:
            self._provider.close()
        if self._executor is not None:
            self._executor.shutdown(wait=True)

    def _prove(self, task: TaskSpec, which: Which) -> Proof:
        started = time.monotonic()
        assert self._provider is not None
        try:
            with self._image_guard:
                image = image_for(task.sandbox, task.path, progress=None)
            rendered = render(task, self._variant, self._seed)
            spec = sandbox_spec(task, image, f"{task.id}::{which}", allow_network=self._allow_network)
            evidence = prove(rendered, self._provider, spec, which)
        except AgentbenchError as error:
            return Proof(f"{task.id}: {which}: {error}", time.monotonic() - started)
        return Proof(problem_of(rendered, which, evidence), time.monotonic() - started, evidence)


def ahead(order: list[Key], asked: Key) -> list[Key]:
    """Return the proof that is asked for, and those to start with it.

    An xdist worker gets its items one by one, and the next ones in its list are mostly other workers' to prove.
    """
    start = order.index(asked)
    window = 0 if "PYTEST_XDIST_WORKER" in os.environ else (os.cpu_count() or 2) + 2
    return order[start : start + 1 + window]


def problem_of(rendered: RenderedTask, which: Which, evidence: Evidence) -> str | None:
    """Return what a proof's evidence shows to be wrong with the task, as one sentence, or none."""
    task_id = rendered.task.id
    if evidence.verifier_error is not None:
        return f"{task_id}: {which}: the hidden tests gave no result: {evidence.verifier_error}"
    failed = ", ".join(evidence.report.failed) if evidence.report else evidence.verifier_output[-500:]
    if which == "noop":
        return (
            None if (evidence.reward or 0) < 1 else f"{task_id}: noop: doing nothing is rewarded with {evidence.reward}"
        )
    if (evidence.reward or 0) < 1:
        return f"{task_id}: oracle: the task's own solution got reward {evidence.reward}; failed: {failed}"
    wrong = [
        f"{one.detail_id} ({one.explanation})" for one in _details(rendered, evidence) if one.detail_class.is_error
    ]
    return f"{task_id}: oracle: the solution gets details wrong: {'; '.join(wrong)}" if wrong else None


def _details(rendered: RenderedTask, evidence: Evidence) -> list[DetailFinding]:
    cell = Cell(task_id=rendered.task.id, cluster=rendered.task.cluster, variant=rendered.variant, context_tokens=0)
    episode = Episode(
        case=Case(cell=cell, trial=0),
        quant="oracle",
        end=EpisodeEnd.ORACLE,
        outcome=Outcome.SOLVED,
        details=rendered.details,
        evidence=evidence,
    )
    return score(episode).detail_findings
