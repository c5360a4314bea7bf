"""Runs the hidden tests in a sandbox whose agent is gone, and reads their reward and report."""

from __future__ import annotations

import posixpath
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentbench.errors import SandboxFileError, VerifierError
from agentbench.grading.rewards import REPORT_FILES, REWARD_FILES, judge, parse_report, parse_rewards
from agentbench.records import CommandResult, FileContent, RenderedTask, SandboxProfile, TestReport

if TYPE_CHECKING:
    from agentbench.sandbox import Sandbox

TESTS_DIR = "/tests"
LOGS_DIR = "/logs/verifier"
OUTPUT_TAIL_CHARS = 8_000
"""How much of the hidden tests' output is kept as evidence, from its end."""

_RESULT_LIMIT_BYTES = 4 << 20
_BUDGET_SHARE = 0.8
"""Of the verifier's time limit that commands under test may use up, so that hanging ones fail and do not void it."""

_CLEAN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_MAKE_ROOM = {
    # Both stand on mounts or directories of the image that root owns and the agent never had a right to.
    SandboxProfile.STRICT: "set -e; umask 077; mkdir -p /logs/verifier; chmod 0700 /tests /logs/verifier; "
    "rm -rf /logs/verifier/reward.txt /logs/verifier/reward.json",
    # The agent may have been root here: whatever it put there goes.
    SandboxProfile.HARBOR: "set -e; rm -rf /tests /logs/verifier; "
    "mkdir -p /tests /logs/verifier /logs/agent /logs/artifacts",
}


class Verdict(NamedTuple):
    """What the hidden tests said; ``error`` instead of a reward where they cannot be trusted."""

    reward: float | None
    rewards: dict[str, float]
    report: TestReport | None
    error: str | None
    output: str


def run_hidden_tests(rendered: RenderedTask, sandbox: Sandbox) -> Verdict:
    """Put the hidden tests in, run ``/tests/test.sh`` as root, and return what they said.

    Raises SandboxError where the sandbox failed, and nothing for a verifier that did: that is an ``error``.
    """
    output = ""
    try:
        _make_room(sandbox)
        _put_tests(rendered, sandbox)
        result = _run_test_script(rendered, sandbox)
        output = _tail(result)
        if result.timed_out:
            raise VerifierError(f"tests/test.sh did not end within {rendered.task.verifier_timeout_s:g} s")
        reward, rewards, report = _read_results(rendered, sandbox, result)
    except VerifierError as error:
        return Verdict(None, {}, None, str(error), output)
    if report is None:
        output += "\n[no test report: the reward is all the hidden tests left]"
    return Verdict(reward, rewards, report, None, output)


def remove_tests(sandbox: Sandbox) -> None:
    """Leave nothing of the hidden tests for an agent that goes on in the same sandbox."""
    sandbox.run(["rm", "-rf", TESTS_DIR, LOGS_DIR], timeout_s=30, cwd="/", user="root")


@cache
def verify_library() -> bytes:
    """Return the source of the library that native hidden tests import."""
    return Path(__file__).with_name("verify.py").read_bytes()


def _tests_of(rendered: RenderedTask) -> dict[str, FileContent]:
    if not rendered.task.native:
        return rendered.tests
    return {**rendered.tests, "agentbench_verify.py": FileContent(data=verify_library())}


def _put_tests(rendered: RenderedTask, sandbox: Sandbox) -> None:
    dir_mode = 0o700 if sandbox.spec.profile is SandboxProfile.STRICT else 0o755
    try:
        sandbox.put_tree(TESTS_DIR, _tests_of(rendered), owner="root", dir_mode=dir_mode)
    except SandboxFileError as error:
        raise VerifierError(f"the hidden tests could not be put into the sandbox: {error}") from error


def _make_room(sandbox: Sandbox) -> None:
    result = sandbox.run(["/bin/sh", "-c", _MAKE_ROOM[sandbox.spec.profile]], timeout_s=30, cwd="/", user="root")
    if result.exit_code != 0:
        raise VerifierError(f"{TESTS_DIR} and {LOGS_DIR} could not be made in the sandbox: {result.stderr.strip()}")


def _run_test_script(rendered: RenderedTask, sandbox: Sandbox) -> CommandResult:
    task = rendered.task
    script = f"{TESTS_DIR}/test.sh"
    if not task.native:
        return sandbox.run(["bash", script], timeout_s=task.verifier_timeout_s, env=task.verifier_env, user="root")
    # An empty environment: nothing that an image or a task sets (BASH_ENV, LD_PRELOAD, PYTHON*) reaches the verifier.
    budget = f"AGENTBENCH_VERIFY_BUDGET_S={task.verifier_timeout_s * _BUDGET_SHARE:g}"
    environment = ["/usr/bin/env", "-i", f"PATH={_CLEAN_PATH}", "HOME=/root", "LANG=C.UTF-8", budget]
    command = [*environment, "/bin/bash", "--noprofile", "--norc", script]
    return sandbox.run(command, timeout_s=task.verifier_timeout_s, cwd="/", user="root")


def _read_results(
    rendered: RenderedTask, sandbox: Sandbox, result: CommandResult
) -> tuple[float, dict[str, float], TestReport | None]:
    rewards_found = _read_existing(sandbox, REWARD_FILES)
    if not rewards_found and rendered.task.native:
        said = (result.stderr.strip() or result.stdout.strip() or "nothing")[-400:]
        raise VerifierError(f"tests/test.sh ended with exit code {result.exit_code} and no reward; it said: {said}")
    reward, rewards = parse_rewards(rewards_found)
    names = REPORT_FILES[:1] if rendered.task.native else REPORT_FILES
    report = next((parse_report(name, data) for name, data in _read_existing(sandbox, names).items()), None)
    judge(reward, report, _expected_tests(rendered))
    return reward, rewards, report


def _expected_tests(rendered: RenderedTask) -> int | None:
    task = rendered.task
    if task.native and task.tests is None:
        raise VerifierError(
            f"{task.id}: task.toml: [metadata.agentbench] tests is missing; expected the number of checks"
        )
    return task.tests if task.native else None


def _read_existing(sandbox: Sandbox, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of the log directory that exist; a link, a directory or another owner's file is refused."""
    found = {}
    for name in names:
        path = posixpath.join(LOGS_DIR, name)
        entry = sandbox.stat(path, user="root")
        if entry is None:
            continue
        if entry.kind != "file":
            raise VerifierError(f"{path} is a {entry.kind}; expected a regular file")
        if sandbox.spec.profile is SandboxProfile.STRICT:
            _demand_owner_root(sandbox, path)
        try:
            found[name] = sandbox.read_file(path, max_bytes=_RESULT_LIMIT_BYTES, user="root")
        except SandboxFileError as error:
            raise VerifierError(f"{path} cannot be read: {error}") from error
    return found


def _demand_owner_root(sandbox: Sandbox, path: str) -> None:
    result = sandbox.run(["/usr/bin/stat", "-c", "%u", path], timeout_s=10, cwd="/", user="root")
    if result.stdout.strip() != "0":
        raise VerifierError(f"{path} belongs to uid {result.stdout.strip() or '?'}; expected root, who runs the tests")


def _tail(result: CommandResult) -> str:
    text = result.stdout + (f"\n[stderr]\n{result.stderr}" if result.stderr.strip() else "")
    return text if len(text) <= OUTPUT_TAIL_CHARS else "[...]" + text[-OUTPUT_TAIL_CHARS:]
