"""Proving tasks: the oracle must solve each one; doing nothing, or mischief, must not; and grading must be stable.

All in fresh containers without a network.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from agentbench.errors import AgentbenchError
from agentbench.grading import HOSTILE_AGENTS, NOOP, ORACLE, prove
from agentbench.records import Case, Cell, DetailFinding, Episode, EpisodeEnd, Evidence, Outcome, RenderedTask, TaskSpec
from agentbench.runner.episode import sandbox_spec
from agentbench.sandbox import DockerProvider, image_for
from agentbench.scoring import score
from agentbench.taskset import detail_variables, draw, render

MUTATION = "mutation"
"""The solution with another value for one detail: that detail must be wrong, and no other."""

STABLE_GRADINGS = ((0, 10), (1, 2), (2, 2))
"""Of each task: seeds, and how often the same work is graded there, with one result."""


@dataclass(frozen=True)
class Proving:
    """One thing to prove of a task."""

    task: TaskSpec
    which: str
    """``oracle``, ``noop``, a hostile agent's name, or ``mutation``."""
    seed: int = 0
    gradings: int = 1
    """How often, with one result."""
    detail_id: str | None = None
    """Of a mutation."""

    @property
    def name(self) -> str:
        """``config/gateway-limits oracle, seed 0, 10 times``."""
        parts = [self.which + (f" of {self.detail_id}" if self.detail_id else "")]
        parts += [f"seed {self.seed}"] if self.seed else []
        parts += [f"{self.gradings} times"] if self.gradings > 1 else []
        return f"{self.task.id} {', '.join(parts)}"


@dataclass(frozen=True)
class Proof:
    """The result of one proof; ``problem`` is none when it holds."""

    problem: str | None
    duration_s: float
    evidence: Evidence | None = None


def provings(task: TaskSpec, *, full: bool) -> Iterator[Proving]:
    """Yield what there is to prove of a task: all of it, or what a look at it takes."""
    stable = STABLE_GRADINGS if full and task.native else ((0, 1),)
    yield from (Proving(task, ORACLE, seed, gradings) for seed, gradings in stable)
    yield Proving(task, NOOP)
    if not task.native:
        return
    yield from (Proving(task, agent) for agent in HOSTILE_AGENTS)
    if full:
        by_command = [detail for detail in task.details if detail.check.command is not None]
        yield from (Proving(task, MUTATION, detail_id=detail.id) for detail in by_command)


class ProofRun:
    """Runs the proofs of a session side by side, a few ahead of the one that is waited for.

    Args:
        wanted: In the order in which they will be asked for.
        allow_network: Let tasks that say they need it reach the network.

    """

    def __init__(self, wanted: Sequence[Proving], *, allow_network: bool = False):
        self._wanted = {proving.name: proving for proving in wanted}
        self._order = list(self._wanted)
        self._allow_network = allow_network
        self._provider: DockerProvider | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[Proof]] = {}
        self._image_guard = threading.Lock()

    def wait(self, proving: Proving) -> Proof:
        """Wait for one proof, and start those that come next. Raises SandboxError if there is no Docker engine."""
        if self._executor is None:
            self._provider = DockerProvider(f"proof-{os.getpid()}")
            self._provider.reap()
            self._executor = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="proof")
        for name in ahead(self._order, proving.name):
            if name not in self._futures:
                self._futures[name] = self._executor.submit(self._prove, self._wanted[name])
        return self._futures[proving.name].result()

    def close(self) -> None:
        """Drop what has not started and remove every container."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        if self._provider is not None:
            self._provider.close()
        if self._executor is not None:
            self._executor.shutdown(wait=True)

    def _prove(self, proving: Proving) -> Proof:
        started = time.monotonic()
        assert self._provider is not None
        task = proving.task
        try:
            with self._image_guard:
                image = image_for(task.sandbox, task.path, progress=None)
            rendered, which = _played(proving)
            spec = sandbox_spec(task, image, proving.name, allow_network=self._allow_network)
            evidence = prove(rendered, self._provider, spec, which, gradings=proving.gradings)
        except AgentbenchError as error:
            return Proof(f"{proving.name}: {error}", time.monotonic() - started)
        problem = problem_of(proving, rendered, evidence)
        return Proof(problem, time.monotonic() - started, evidence[0])


def _played(proving: Proving) -> tuple[RenderedTask, str]:
    """Return the variant, and which agent works on it."""
    if proving.which != MUTATION:
        return render(proving.task, 0, proving.seed), proving.which
    assert proving.detail_id is not None
    overrides = other_values(render(proving.task, 0, proving.seed), proving.detail_id, proving.seed)
    return render(proving.task, 0, proving.seed, overrides), ORACLE


def other_values(rendered: RenderedTask, detail_id: str, seed: int) -> dict[str, str]:
    """Return other values for the variables that make up a detail's value."""
    names = detail_variables(rendered.task, detail_id) & set(rendered.values)
    draws = (draw(rendered.task, rendered.variant, seed, attempt) for attempt in range(1000, 1100))
    other = next((values for values in draws if all(values[name] != rendered.values[name] for name in names)), {})
    return {name: other[name] for name in names if name in other}


def ahead(order: list[str], asked: str) -> list[str]:
    """Return the proof that is asked for, and those to start with it.

    An xdist worker gets its items one by one, and the next ones in its list are mostly other workers' to prove.
    """
    start = order.index(asked)
    window = 0 if "PYTEST_XDIST_WORKER" in os.environ else (os.cpu_count() or 2) + 2
    return order[start : start + 1 + window]


def problem_of(proving: Proving, rendered: RenderedTask, gradings: Sequence[Evidence]) -> str | None:
    """Return what the evidence of a proof shows to be wrong with the task, as one sentence, or none."""
    where, evidence = proving.name.replace(" ", ": ", 1), gradings[0]
    if evidence.verifier_error is not None:
        return f"{where}: the hidden tests gave no result: {evidence.verifier_error}"
    results = {_result(rendered, one) for one in gradings}
    if len(results) > 1:
        return f"{where}: {len(results)} different results: {'; '.join(map(str, sorted(results, key=str)))}"
    findings = _details(rendered, evidence)
    wrong = [f"{one.detail_id} ({one.explanation})" for one in findings if one.detail_class.is_error]
    if proving.which == MUTATION:
        others = [one for one in wrong if not one.startswith(f"{proving.detail_id} (")]
        if len(others) == len(wrong):
            return f"{where}: the detail stays right"
        return f"{where}: other details are wrong with it: {'; '.join(others)}" if others else None
    reward = evidence.reward or 0
    if proving.which == ORACLE:
        if reward < 1:
            failed = ", ".join(evidence.report.failed) if evidence.report else evidence.verifier_output[-500:]
            return f"{where}: the task's own solution got reward {evidence.reward}; failed: {failed}"
        return f"{where}: the solution gets details wrong: {'; '.join(wrong)}" if wrong else None
    if reward >= 1:
        what = "doing nothing" if proving.which == NOOP else "a hostile agent"
        return f"{where}: {what} is rewarded with {evidence.reward}"
    right = [one.detail_id for one in findings if one.detail_class == "exact"]
    return f"{where}: details are right without any work: {', '.join(right)}" if right else None


def _result(rendered: RenderedTask, evidence: Evidence) -> tuple[object, ...]:
    """Return what must be the same whenever the same work is graded."""
    failed = tuple(evidence.report.failed) if evidence.report else ()
    classes = tuple((one.detail_id, one.detail_class.value) for one in _details(rendered, evidence))
    return (evidence.reward, evidence.verifier_error, failed, classes)


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
