"""A task in its sandbox: laid out for the agent, taken from step to step, and graded.

A task without steps is one step. Of one with steps, a step is verified where its reward counts: for a mean, or against
a minimum. Its tests run in the very container that the work goes on in (or in a fresh one, if its verifier is
separate), after every process is dead, and are gone before the next step begins.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from agentbench.errors import VerifierError
from agentbench.grading.grade import grade, verify
from agentbench.grading.verifier import Verdict, remove_tests
from agentbench.records import Evidence, RenderedTask, SandboxSpec
from agentbench.taskset import of_step

if TYPE_CHECKING:
    from agentbench.sandbox import DockerProvider, Sandbox, UserName

_LOGS = "mkdir -p /logs/agent /logs/artifacts /logs/verifier; chmod 777 /logs/agent /logs/artifacts /logs/verifier"
"""Where harbor's tasks expect to put what they leave."""

SETUP_DIR = "/setup"
SETUP_TIMEOUT_S = 600.0
"""For a script that a task brings along to lay itself out."""


class Workplace:
    """One episode's task and sandbox."""

    def __init__(self, rendered: RenderedTask, sandbox: Sandbox, provider: DockerProvider, spec: SandboxSpec) -> None:
        """Take the task, and the sandbox that was made for it by the provider to this spec."""
        self._task, self._sandbox, self._provider, self._spec = rendered, sandbox, provider, spec
        self._steps = rendered.task.steps
        self._at = 0
        self._verdicts: dict[str, Verdict] = {}
        """By step: of those that were verified."""
        self._stopped = False
        """Whether the last verdict ends the episode."""

    @property
    def here(self) -> RenderedTask:
        """The task as it is during the current step."""
        return of_step(self._task, self._at) if self._steps else self._task

    def lay_out(self) -> None:
        """Put the workspace, and what the first step brings along, where the agent will find it.

        Raises:
            VerifierError: A script that the task brings along for this failed.

        """
        if not self._task.task.native:
            self._sandbox.run(_LOGS, timeout_s=30, cwd="/", user="root")
        if self._task.workspace:
            self._sandbox.put_tree(self._sandbox.spec.workdir, self._task.workspace, owner="agent")
        if self._task.setup:
            self._sandbox.put_tree(SETUP_DIR, self._task.setup, owner="root", dir_mode=0o700)
            self._run_setup(SETUP_DIR, "root")
            self._sandbox.run(["rm", "-rf", SETUP_DIR], timeout_s=30, cwd="/", user="root")
        self._lay_out_step()

    def advance(self) -> bool:
        """End the current step, of several, and lay out the next one; False if the episode ends here instead.

        Raises:
            VerifierError: As for ``lay_out``.

        """
        if self._counts(self._at):
            verdict = verify(self.here, self._sandbox, self._provider, self._spec)
            remove_tests(self._sandbox)
            self._verdicts[self._steps[self._at].name] = verdict
            if verdict.error is not None or self._is_too_low(verdict.rewards):
                self._stopped = True
                return False
        self._at += 1
        self._lay_out_step()
        return True

    def grade(self, *, again: bool = False) -> Evidence:
        """Grade what the agent left, and close the sandbox, unless that of a strict task is to be graded ``again``."""
        if not self._steps:
            return grade(self._task, self._sandbox, self._provider, self._spec, again=again)
        if self._stopped:
            self._sandbox.close()
            return self._combined(Evidence())
        if self._task.task.reward_strategy == "final":
            self._at = len(self._steps) - 1  # an agent that stopped before is measured by what it left
        evidence = grade(self.here, self._sandbox, self._provider, self._spec)
        self._verdicts[self._steps[self._at].name] = Verdict(
            evidence.reward, evidence.rewards, evidence.report, evidence.verifier_error, evidence.verifier_output
        )
        return self._combined(evidence)

    def _combined(self, evidence: Evidence) -> Evidence:
        """Return the evidence with the rewards of all steps made into one."""
        verdicts = list(self._verdicts.values())
        last = verdicts[-1]
        reward, rewards, error = last.reward, last.rewards, last.error
        if error is not None:
            error = f"step '{self._steps[self._at].name}': {error}"
        elif self._task.task.reward_strategy == "mean":
            # A minimum that was missed ends a task by its author's will; a step that was never come to counts 0.
            count = len(verdicts) if self._stopped else len(self._steps)
            names = dict.fromkeys(name for verdict in verdicts for name in verdict.rewards)
            rewards = {name: sum(one.rewards.get(name, 0.0) for one in verdicts) / count for name in names}
            reward = sum(one.reward or 0.0 for one in verdicts) / count
        return evidence.model_copy(
            update={
                "reward": reward,
                "rewards": rewards,
                "step_rewards": {name: one.reward for name, one in self._verdicts.items() if one.reward is not None},
                "report": last.report,
                "verifier_error": error,
                "verifier_output": last.output,
            }
        )

    def _counts(self, index: int) -> bool:
        return self._task.task.reward_strategy == "mean" or bool(self._steps[index].min_reward)

    def _is_too_low(self, rewards: dict[str, float]) -> bool:
        least = self._steps[self._at].min_reward
        return any(rewards.get(name, float("-inf")) < value for name, value in least.items())

    def _lay_out_step(self) -> None:
        files = self._task.steps[self._at].workdir if self._steps else {}
        if files:
            workdir = self._sandbox.spec.workdir
            self._sandbox.put_tree(workdir, files, owner="agent")
            if "setup.sh" in files:
                self._run_setup(workdir, "agent")

    def _run_setup(self, directory: str, user: UserName) -> None:
        result = self._sandbox.run(
            ["bash", posixpath.join(directory, "setup.sh")], timeout_s=SETUP_TIMEOUT_S, user=user
        )
        if result.exit_code != 0:
            end = "did not end in time" if result.timed_out else f"ended with exit code {result.exit_code}"
            where = f"step '{self._steps[self._at].name}'" if self._steps else "the task"
            raise VerifierError(
                f"{where} could not be laid out: setup.sh {end}: {(result.stdout + result.stderr)[-400:]}"
            )
