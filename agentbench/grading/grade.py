"""From a final sandbox state to evidence.

Order matters: the details are probed before any hidden test (or the code that it runs) can touch the workspace. A
failing task is reward 0; what cannot be trusted is ``Evidence.verifier_error`` and no reward; a sandbox that fails
raises SandboxError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentbench.grading.artifacts import carry_artifacts
from agentbench.grading.probes import changed_files, probe_details
from agentbench.grading.screenshots import take_screenshots
from agentbench.grading.verifier import Verdict, run_hidden_tests
from agentbench.records import CarryReport, Evidence, RenderedTask, SandboxProfile, SandboxSpec

if TYPE_CHECKING:
    from agentbench.sandbox import DockerProvider, Sandbox


def grade(
    rendered: RenderedTask, sandbox: Sandbox, provider: DockerProvider, spec: SandboxSpec, *, again: bool = False
) -> Evidence:
    """Grade what the agent left in ``sandbox``, and close it, unless that of a strict task is to be graded ``again``.

    A strict task is graded in a fresh container with only the workspace carried over, a foreign one with a separate
    verifier in a fresh container with only its artifacts. A foreign task with a shared verifier is graded where it ran,
    after all its processes are dead.
    """
    try:
        grader: Sandbox
        carry: CarryReport | None
        if spec.profile is SandboxProfile.STRICT:
            grader, carry = provider.create_grader(spec, sandbox, keep_source=again)
        else:
            grader, carry = _grader(rendered, sandbox, provider, spec)
        try:
            return _grade_in(rendered, grader, carry)
        finally:
            grader.close()
    finally:
        if not again:
            sandbox.close()


def verify(rendered: RenderedTask, sandbox: Sandbox, provider: DockerProvider, spec: SandboxSpec) -> Verdict:
    """Run a foreign task's hidden tests on what stands in ``sandbox``, which goes on."""
    grader, _ = _grader(rendered, sandbox, provider, spec)
    try:
        return run_hidden_tests(rendered, grader)
    finally:
        if grader is not sandbox:
            grader.close()


def _grader(
    rendered: RenderedTask, sandbox: Sandbox, provider: DockerProvider, spec: SandboxSpec
) -> tuple[Sandbox, CarryReport | None]:
    """Return where a foreign task's tests run, all processes dead: the sandbox itself, or a fresh one."""
    sandbox.end_processes()
    for hook in rendered.task.collect:
        # Its failure is its author's business, as in harbor: the tests see what it left.
        sandbox.run(hook.command, timeout_s=hook.timeout_s, user=hook.user)
    if rendered.task.sandbox.verifier_mode == "shared":
        return sandbox, None
    grader = provider.create(spec)
    try:
        return grader, carry_artifacts(rendered.task.artifacts, sandbox, grader)
    except BaseException:
        grader.close()
        raise


def _grade_in(rendered: RenderedTask, sandbox: Sandbox, carry: CarryReport | None) -> Evidence:
    # Listed first: a detail's command may run agent code, which may write.
    changed = changed_files(rendered, sandbox)
    probes = probe_details(rendered, sandbox)
    sandbox.end_processes()
    verdict = run_hidden_tests(rendered, sandbox)
    return Evidence(
        probes=probes,
        reward=verdict.reward,
        rewards=verdict.rewards,
        report=verdict.report,
        verifier_error=verdict.error,
        verifier_output=verdict.output,
        carry=carry,
        changed_files=changed,
        screenshots=take_screenshots(sandbox) if rendered.task.native else {},
    )
