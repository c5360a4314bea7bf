"""Proves a task on this host: its own solution must be solved, and doing nothing, or mischief, must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentbench.errors import UsageError
from agentbench.grading.hostile import HOSTILE_AGENTS, hostile_program
from agentbench.grading.workplace import Workplace
from agentbench.records import Evidence, RenderedTask, SandboxSpec

if TYPE_CHECKING:
    from agentbench.sandbox import DockerProvider, Sandbox

ORACLE, NOOP = "oracle", "noop"
SOLUTION_DIR = "/solution"
DEFAULT_SOLUTION_TIMEOUT_S = 600.0
HOSTILE_TIMEOUT_S = 60.0


def prove(
    rendered: RenderedTask, provider: DockerProvider, spec: SandboxSpec, which: str, *, gradings: int = 1
) -> list[Evidence]:
    """Grade the task after an agent of a known kind.

    Args:
        rendered: The variant.
        provider: Makes the sandboxes.
        spec: Of the sandbox.
        which: ``oracle``: its own solution ran. ``noop``: nothing did. Or a name of ``HOSTILE_AGENTS``. A solution or
            a hostile program that fails is no error here: its end is told in ``verifier_output``.
        gradings: How often the same work is graded, each time in a fresh container; of a strict task.

    """
    sandbox = provider.create(spec)
    try:
        place = Workplace(rendered, sandbox, provider, spec)
        place.lay_out()
        seen = _visible(sandbox) if rendered.task.native and which == NOOP else ""
        note = _act(place.here, sandbox, which)
        for _ in rendered.steps[1:]:
            if not place.advance():
                break
            note += _act(place.here, sandbox, which)
        evidence = [place.grade(again=left > 0) for left in reversed(range(gradings))]
    finally:
        sandbox.close()
    if seen:
        error = f"the agent can see {seen} before it starts"
        return [one.model_copy(update={"verifier_error": error}) for one in evidence]
    return [one.model_copy(update={"verifier_output": note + one.verifier_output}) for one in evidence]


def _visible(sandbox: Sandbox) -> str:
    """Return a file of the solution or of the hidden tests that the agent could read; empty if there is none."""
    names = " -o ".join(f"-name '{name}'" for name in ("solve.sh", "checks.py*", "agentbench_verify*", "task.toml"))
    command = f"find / -xdev \\( {names} \\) 2>/dev/null; ls -A {SOLUTION_DIR} /tests /logs 2>/dev/null | grep -v ':$'"
    return sandbox.run(command, timeout_s=30).stdout.strip().replace("\n", " ")


def _act(rendered: RenderedTask, sandbox: Sandbox, which: str) -> str:
    if which == NOOP:
        return ""
    if which == ORACLE:
        return _solve(rendered, sandbox)
    if which not in HOSTILE_AGENTS:
        raise UsageError(f"there is no proof '{which}'; known: oracle, noop, {', '.join(HOSTILE_AGENTS)}")
    # Through its standard input: what it is leaves no file behind that a later look could take for work.
    result = sandbox.run(["python3", "-"], stdin=hostile_program(which), timeout_s=HOSTILE_TIMEOUT_S)
    return "" if result.exit_code == 0 else f"[{which} ended with {result.exit_code}]\n{result.stderr[-500:]}\n"


def _solve(rendered: RenderedTask, sandbox: Sandbox) -> str:
    """Run ``solution/solve.sh`` as the agent's user, who may read the solution only from now on."""
    if rendered.steps:
        sandbox.run(["rm", "-rf", SOLUTION_DIR], timeout_s=30, cwd="/", user="root")  # an earlier step's
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
