"""Proves a task on this host: its own solution must be solved, and doing nothing must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agentbench.grading.grade import grade
from agentbench.records import Evidence, RenderedTask, SandboxSpec

if TYPE_CHECKING:
    from agentbench.sandbox import DockerProvider, Sandbox

SOLUTION_DIR = "/solution"
DEFAULT_SOLUTION_TIMEOUT_S = 600.0


def prove(
    rendered: RenderedTask, provider: DockerProvider, spec: SandboxSpec, which: Literal["oracle", "noop"]
) -> Evidence:
    """Grade the task after its own solution ran (``oracle``), or after nothing did (``noop``).

    A solution script that fails is no error here: its end is told in ``verifier_output``, and the reward speaks.
    """
    sandbox = provider.create(spec)
    try:
        if rendered.workspace:
            sandbox.put_tree(sandbox.spec.workdir, rendered.workspace, owner="agent")
        note = _solve(rendered, sandbox) if which == "oracle" else ""
        evidence = grade(rendered, sandbox, provider, spec)
    finally:
        sandbox.close()
    return evidence.model_copy(update={"verifier_output": note + evidence.verifier_output})


def _solve(rendered: RenderedTask, sandbox: Sandbox) -> str:
    """Run ``solution/solve.sh`` as the agent's user, who may read the solution only from now on."""
    sandbox.put_tree(SOLUTION_DIR, rendered.solution, owner="agent", dir_mode=0o755)
    result = sandbox.run(
        ["bash", f"{SOLUTION_DIR}/solve.sh"],
        timeout_s=rendered.task.agent_timeout_s or DEFAULT_SOLUTION_TIMEOUT_S,
        env=rendered.task.solution_env,
        user="agent",
    )
    if result.exit_code == 0:
        return ""
    end = "did not end in time" if result.timed_out else f"ended with exit code {result.exit_code}"
    return f"[solution/solve.sh {end}]\n{(result.stdout + result.stderr)[-2000:]}\n"
