"""The pytest items: cases, proofs and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agentbench.plugin.session import STATE, exits

if TYPE_CHECKING:
    from agentbench.records import Case, MetricVerdict, Scorecard, ScoredEpisode, SequentialResult, TaskSpec

STATUS_PROPERTY = "agentbench_status"


class Told(Exception):
    """A failure that is told in its own words, without a traceback."""


class AgentbenchItem(pytest.Item):
    """What all our items share: failures are sentences."""

    duration_s: float | None = None
    """Replaces the measured duration in the report, where the work was done elsewhere."""

    def set_status(self, status: str) -> None:
        """Set the word that the terminal and JUnit show."""
        self.user_properties.append((STATUS_PROPERTY, status))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show our own failures and errors as text."""
        from agentbench.errors import AgentbenchError

        if isinstance(excinfo.value, (Told, AgentbenchError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Point at the task."""
        return self.path, None, self.name


class UnsupportedItem(AgentbenchItem):
    """A sound task that needs what we do not have: a skip with its name, never a silent pass."""

    def __init__(self, *, reason: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.reason = reason

    def runtest(self) -> None:
        """Skip."""
        pytest.skip(self.reason)


class CaseItem(AgentbenchItem):
    """One case of one quant. Failing a task is data: only infrastructure trouble makes it red."""

    def __init__(self, *, quant: str, case: Case, **kwargs: Any):
        super().__init__(**kwargs)
        self.quant = quant
        self.case = case
        self.scored: ScoredEpisode | None = None

    def setup(self) -> None:
        """Start the run with the first case, then wait for this one. What is not graded is an error, not a failure."""
        state = self.config.stash[STATE]
        with exits():
            run = state.running(self.quant)
            with state.progress[self.quant].live():
                self.scored = run.wait(self.case)
        if self.scored is None:
            self.user_properties.append(("case", self.case.id))
            pytest.skip(f"verdict decided ({_when(run.decided)})")
        self.duration_s = self.scored.duration_s
        self.user_properties += [("outcome", self.scored.outcome.value), ("case", self.case.id)]
        if not self.scored.outcome.graded:
            raise Told(f"{self.case.id}: {self.scored.outcome.value}, no attempt left: {self.scored.error}")

    def runtest(self) -> None:
        """Set the status word; under the gate ``each``, a lost case is red."""
        assert self.scored is not None
        state = self.config.stash[STATE]
        status = state.runs[self.quant].status(self.scored)
        self.set_status(status)
        assert state.settings is not None
        if status == "lost" and state.settings.gate == "each":
            raise Told(f"{self.case.id}: lost: the reference solves this cell, {self.quant} did not")


def _when(decided: SequentialResult | None) -> str:
    """Return which look of a sequential run gave the verdict."""
    assert decided is not None, "only a verdict leaves cases out"
    last = decided.looks[-1]
    return f"{last.overall.value} at look {last.number} of {len(decided.planned.episodes)}"


class VerdictItem(AgentbenchItem):
    """One metric's verdict, or the overall one."""

    def __init__(self, *, quant: str, metric: str, **kwargs: Any):
        super().__init__(nodeid=kwargs["name"], **kwargs)
        self.quant = quant
        self.metric = metric

    def runtest(self) -> None:
        """Degraded fails, inconclusive skips (fails under ``strict``), non_inferior passes."""
        state = self.config.stash[STATE]
        assert state.settings is not None
        with exits():
            card = state.running(self.quant).finish()
        verdict, text = self._verdict(card)
        self.user_properties.append(("verdict", verdict))
        if state.settings.gate == "none":
            self.set_status(verdict)
        elif verdict == "degraded":
            raise Told(text)
        elif verdict == "inconclusive":
            if state.settings.gate == "strict":
                raise Told(text)
            pytest.skip(text)

    def _verdict(self, card: Scorecard) -> tuple[str, str]:
        comparison = card.comparison
        if self.metric == "overall":
            return comparison.overall.value, f"{comparison.overall.value}: {comparison.reason}"
        found = next(metric for metric in comparison.metrics if metric.metric == self.metric)
        return found.verdict.value, f"{found.verdict.value}: {found.reason}{_evidence(card, found)}"


def _evidence(card: Scorecard, metric: MetricVerdict) -> str:
    """Return what a failure text shows below the numbers: the lost cells, or the details with their values."""
    from agentbench.report import wrong_detail_line

    if metric.metric == "pass_rate":
        lines = [f"lost {cell}" for cell in card.comparison.lost]
    elif metric.metric == "detail_errors":
        lines = [wrong_detail_line(wrong) for wrong in card.details_wrong]
    elif metric.metric == "call_validity":
        lines = [f"{name}: {rate.numerator:g}" for name, rate in card.rates.items()
                 if name.startswith("calls.") and name != "calls.valid" and rate.numerator]  # fmt: skip
    else:
        lines = []
    shown = [f"\n  {line}" for line in lines[:30]]
    return "".join(shown) + (f"\n  ... and {len(lines) - 30} more in the scorecard" if len(lines) > 30 else "")


class ProofItem(AgentbenchItem):
    """A task's own proof: the oracle must solve it, doing nothing must not."""

    def __init__(self, *, task: TaskSpec, **kwargs: Any):
        super().__init__(**kwargs)
        self.task = task

    def runtest(self) -> None:
        """Wait for the proof; a fault of the task is a failure with its reason."""
        from agentbench.runner import Proving

        state = self.config.stash[STATE]
        assert state.proofs is not None
        proof = state.proofs.wait(Proving(self.task, self.name))
        self.duration_s = proof.duration_s
        if proof.problem is not None:
            raise Told(proof.problem)
