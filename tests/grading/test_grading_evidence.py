"""What grading keeps: probes, changed files, rewards, and when it says that the verifier broke."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentbench.errors import SandboxDiedError
from agentbench.grading import grade, prove
from agentbench.records import Check, Detail, Evidence, FileContent, Probe, SandboxSpec
from agentbench.sandbox import DockerProvider
from tests.grading.tiny_task import CHECKS_HEAD, SECRET, TEST_SH, native_task

pytestmark = pytest.mark.docker

Grade = Callable[..., Evidence]

WORKSPACE = {"config.toml": "port = 1\n", "LICENSE": "MIT\n", "old.py": "pass\n", "deep/er/data.bin": b"\x00\xff"}


def details(**checks: dict[str, object]) -> list[Detail]:
    return [Detail(id=name, value="x", check=Check.model_validate(check)) for name, check in checks.items()]


def probes_of(evidence: Evidence) -> dict[str, Probe]:
    return {probe.detail_id: probe for probe in evidence.probes}


def test_probes_hold_what_stood_before_and_stands_now(graded: Grade) -> None:
    task = native_task(
        workspace=WORKSPACE,
        details=details(
            port={"file": "config.toml", "toml": "port"},
            license={"file": "LICENSE", "unchanged": True},
            gone={"file": "./old.py", "absent": True},
            new={"file": "new.txt", "text": True},
            data={"file": "/workspace/deep/er/data.bin", "text": True},
            missing={"file": "never/was", "text": True},
        ),
    )
    probes = probes_of(graded(task, "echo 'port = 2' > config.toml; rm old.py; echo n > new.txt"))
    assert (probes["port"].content, probes["port"].initial) == (b"port = 2\n", b"port = 1\n")
    assert (probes["license"].content, probes["license"].initial) == (b"MIT\n", b"MIT\n")
    assert (probes["gone"].exists, probes["gone"].content, probes["gone"].initial) == (False, None, b"pass\n")
    assert (probes["new"].exists, probes["new"].content, probes["new"].initial) == (True, b"n\n", None)
    assert (probes["data"].content, probes["data"].initial) == (b"\x00\xff", b"\x00\xff")
    assert (probes["missing"].exists, probes["missing"].initial) == (False, None)
    assert probes["missing"].error


@pytest.mark.parametrize(
    ("agent", "exists"),
    [
        ("mkdir place", True),
        ("truncate -s 2M place", True),
        ("mkfifo place", False),
        ("ln -s /etc/passwd place", False),
        ("ln -s /tests/expected place", False),
        ("ln -s nowhere place", True),
        ("mkdir -p d; chmod 0 d; ln -s d/x place", True),
    ],
)
def test_a_probe_of_what_is_no_readable_file_says_why(agent: str, exists: bool, graded: Grade) -> None:
    probe = probes_of(graded(native_task(details=details(it={"file": "place", "text": True})), agent))["it"]
    assert (probe.exists, probe.content) == (exists, None)
    assert probe.error
    assert "place" in probe.error


def test_commands_are_probed_as_the_agent_with_what_they_print(graded: Grade) -> None:
    task = native_task(
        details=details(
            prints={"command": "id -u; pwd; cat said; cat /tests/expected"},
            works={"command": "cat said"},
            floods={"command": "head -c 5M /dev/zero"},
        )
    )
    probes = probes_of(graded(task, "echo it > said"))
    assert (probes["prints"].exists, probes["prints"].exit_code) == (False, 1)
    assert probes["prints"].content == b"1000\n/workspace\nit\n"
    assert "/tests/expected" in (probes["prints"].error or "")
    assert (probes["works"].exists, probes["works"].content, probes["works"].exit_code) == (True, b"it\n", 0)
    assert probes["floods"].content is not None
    assert len(probes["floods"].content) <= 1 << 20


def test_details_are_probed_before_hidden_tests_touch_the_workspace(graded: Grade) -> None:
    checks = CHECKS_HEAD + "@check('x')\ndef _():\n    run('echo from-the-tests > said')\nmain()\n"
    task = native_task(checks=checks, tests=1, details=details(said={"file": "said", "text": True}))
    assert probes_of(graded(task, "echo from-the-agent > said"))["said"].content == b"from-the-agent\n"


def test_a_probed_command_leaves_no_process_to_the_hidden_tests(graded: Grade) -> None:
    checks = CHECKS_HEAD + "@check('x')\ndef _():\n    assert 'sleep' not in run('ps -eo args').stdout\nmain()\n"
    task = native_task(checks=checks, tests=1, details=details(daemon={"command": "setsid sleep 1000 & echo up"}))
    evidence = graded(task)
    assert (probes_of(evidence)["daemon"].content, evidence.reward) == (b"up\n", 1.0)


def test_changed_files_are_those_added_changed_and_removed(graded: Grade) -> None:
    agent = "echo port = 3 > config.toml; rm old.py; mkdir -p a/b empty; echo x > a/b/c; chmod +x LICENSE; ln -s a link"
    evidence = graded(native_task(workspace={**WORKSPACE, "same.txt": "same"}), agent + "; touch same.txt")
    assert evidence.changed_files == ["LICENSE", "a/b/c", "config.toml", "link", "old.py"]


def test_what_was_not_carried_over_is_reported(graded: Grade) -> None:
    evidence = graded(native_task(), "ln -s /etc/passwd out; mkfifo pipe")
    assert evidence.carry is not None
    assert sorted(line.split(":")[0] for line in evidence.carry.dropped) == ["out", "pipe"]


BROKEN = {
    "no reward": ({"test_sh": "echo cannot find uv >&2; exit 7\n"}, ["exit code 7", "cannot find uv"]),
    "no report": ({"test_sh": "echo 1 > /logs/verifier/reward.txt\n"}, ["no report", "exactly 3 tests"]),
    "no report for a failure either": ({"test_sh": "echo 0 > /logs/verifier/reward.txt\n"}, ["no report"]),
    "too few tests": ({"tests": 4}, ["3 tests", "exactly 4"]),
    "too many tests": ({"tests": 2}, ["3 tests", "exactly 2"]),
    "an untold number of tests": ({"tests": None}, ["tests is missing"]),
    "no number": ({"test_sh": TEST_SH.replace("exec ", "") + "echo nan > /logs/verifier/reward.txt\n"}, ["'nan'"]),
    "a contradiction": ({"test_sh": TEST_SH.replace("exec ", "") + "echo 1 > /logs/verifier/reward.txt\n"}, ["0 of 3"]),
    "a link": (
        {"test_sh": TEST_SH.replace("exec ", "") + "cd /logs/verifier; mv reward.txt x; ln -s x reward.txt"},
        ["link"],
    ),
    "a directory": ({"test_sh": TEST_SH.replace("exec ", "") + "mkdir /logs/verifier/reward.json"}, ["is a dir"]),
    "another's file": (
        {"test_sh": TEST_SH.replace("exec ", "") + "chown 1000 /logs/verifier/reward.txt"},
        ["uid 1000"],
    ),
    "a verifier that hangs": ({"test_sh": "sleep 1000\n", "verifier_timeout_s": 1}, ["within 1 s"]),
    "a fault in the checks": ({"checks": "import no_such_module\n"}, ["no_such_module"]),
    "no checks": ({"checks": CHECKS_HEAD + "main()\n"}, ["no check is defined"]),
    "two checks of one name": ({"checks": CHECKS_HEAD + "check('a')(int)\ncheck('a')(int)\nmain()\n"}, ["'a'"]),
}


@pytest.mark.parametrize(("options", "named"), BROKEN.values(), ids=BROKEN)
def test_a_verifier_that_cannot_be_trusted_is_an_error_and_no_reward(
    options: dict[str, object], named: list[str], graded: Grade
) -> None:
    task = native_task(**options, details=details(readme={"file": "README", "text": True}))  # type: ignore[arg-type]
    evidence = graded(task)
    assert evidence.reward is None
    assert evidence.verifier_error is not None
    assert all(name in evidence.verifier_error for name in named), evidence.verifier_error
    assert probes_of(evidence)["readme"].content == b"read me\n"


def test_rewards_of_an_earlier_time_do_not_count(provider: DockerProvider, spec: SandboxSpec) -> None:
    task = native_task(test_sh="exit 0\n")
    sandbox = provider.create(spec)
    sandbox.run("mkdir -p /logs/verifier; echo 1 > /logs/verifier/reward.txt", timeout_s=10, user="root")
    evidence = grade(task, sandbox, provider, spec)
    assert evidence.reward is None
    assert sandbox.closed


@pytest.mark.parametrize("which", ["oracle", "noop"])
def test_the_solution_is_solved_and_doing_nothing_is_not(
    which: str, provider: DockerProvider, spec: SandboxSpec
) -> None:
    [evidence] = prove(native_task(), provider, spec, which)  # type: ignore[arg-type]
    assert (evidence.reward, evidence.verifier_error) == (float(which == "oracle"), None), evidence.verifier_output


def test_a_solution_script_that_fails_is_told(provider: DockerProvider, spec: SandboxSpec) -> None:
    task = native_task()
    broken = {"solve.sh": FileContent(data=b"echo half done; no-such-program\n")}
    [evidence] = prove(task.model_copy(update={"solution": broken}), provider, spec, "oracle")
    assert evidence.reward == 0.0
    assert "[solution/solve.sh ended with exit code 127]\nhalf done" in evidence.verifier_output


def test_the_agent_does_not_meet_the_solution(provider: DockerProvider, spec: SandboxSpec) -> None:
    task = native_task(test_sh="ls /solution >&2; exit 1\n")
    [evidence] = prove(task, provider, spec, "oracle")
    assert SECRET not in evidence.model_dump_json()
    assert "files" not in evidence.verifier_output


def test_a_dead_sandbox_is_no_graded_failure(provider: DockerProvider, spec: SandboxSpec) -> None:
    sandbox = provider.create(spec)
    sandbox.close()
    with pytest.raises(SandboxDiedError):
        grade(native_task(), sandbox, provider, spec)


PICTURES = """
@check("pictures")
def _():
    ran = run("mkdir /tmp/agentbench-shots && cd /tmp/agentbench-shots && printf '\\\\211PNG\\\\r\\\\n\\\\032\\\\nx' > a.png && "
              "echo text > b.png && ln -s a.png c.png && mkdir d.png && truncate -s 3M e.png")
    assert ran.exit_code == 0, ran
main()
"""  # noqa: E501


def test_pictures_of_pages_are_taken_and_nothing_else_that_lies_there(graded: Grade) -> None:
    evidence = graded(native_task(checks=CHECKS_HEAD + PICTURES, tests=1))
    assert evidence.reward == 1, evidence.verifier_output
    assert evidence.screenshots == {"a": b"\x89PNG\r\n\x1a\nx"}
