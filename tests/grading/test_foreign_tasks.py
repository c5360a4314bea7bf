"""A plain harbor task directory, with nothing of ours in it, runs as it is: as root if its image says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentbench.grading import grade, prove
from agentbench.grading.rewards import parse_report
from agentbench.grading.verifier import verify_library
from agentbench.records import Evidence, FileContent, RenderedTask, SandboxProfile, SandboxSpec
from agentbench.runner.episode import sandbox_spec
from agentbench.sandbox import DockerProvider, ensure_image, image_for
from agentbench.taskset import load_task, render
from tests.grading.tiny_task import APP, CHECKS, SECRET, files, native_task

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

TASK_TOML = """\
version = "1.0"

[metadata]
author_name = "somebody"
difficulty = "easy"

[verifier]
timeout_sec = 20.0
env = { WORD = "hello" }

[agent]
timeout_sec = 60.0

[solution]
env = { GREETING = "hello" }

[environment]
build_timeout_sec = 600.0
cpus = 1
memory = "512M"
"""

PYTHON = "RUN apt-get update && apt-get install -y --no-install-recommends python3\n"
DOCKERFILE = "FROM debian:bookworm-slim\nRUN mkdir /app && echo old > /app/state\nWORKDIR /app\n"

FILES = {
    "task.toml": TASK_TOML,
    "instruction.md": "Write hello into out.txt, and be root.\n",
    "environment/Dockerfile": DOCKERFILE + PYTHON,
    "tests/test.sh": '#!/bin/bash\nif grep -qx "$WORD" out.txt && grep -qx 0 user.txt; then\n'
    "  echo 1 > /logs/verifier/reward.txt\nelse\n  echo 0 > /logs/verifier/reward.txt\nfi\nexit 5\n",
    "solution/solve.sh": '#!/bin/bash\nset -e\necho "$GREETING" > out.txt\nid -u > user.txt\n',
}


@pytest.fixture
def write_task(tmp_path: Path) -> Callable[..., RenderedTask]:
    def write(**changed: str) -> RenderedTask:
        root = tmp_path / "tasks"
        names = {"toml": "task.toml", "dockerfile": "environment/Dockerfile", "test": "tests/test.sh"}
        for name, text in {**FILES, **{names[key]: text for key, text in changed.items()}}.items():
            path = root / "foreign" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return render(load_task(root / "foreign", root=root), 0, 0)

    return write


@pytest.fixture
def foreign_spec() -> Iterator[Callable[[RenderedTask], SandboxSpec]]:
    def spec(rendered: RenderedTask) -> SandboxSpec:
        needs = rendered.task.sandbox
        return SandboxSpec(
            image=image_for(needs, rendered.task.path),
            profile=needs.profile,
            workdir=needs.workdir or "",
            user=needs.user,
            memory_mb=512,
        )

    return spec


@pytest.fixture
def foreign(
    provider: DockerProvider, foreign_spec: Callable[[RenderedTask], SandboxSpec]
) -> Callable[[RenderedTask, str], Evidence]:
    def run(rendered: RenderedTask, agent: str) -> Evidence:
        spec = foreign_spec(rendered)
        sandbox = provider.create(spec)
        try:
            sandbox.run(agent, timeout_s=30)
            return grade(rendered, sandbox, provider, spec)
        finally:
            sandbox.close()

    return run


Foreign = Callable[[RenderedTask, str], Evidence]
Write = Callable[..., RenderedTask]
Spec = Callable[[RenderedTask], SandboxSpec]


@pytest.mark.parametrize("dockerfile", [DOCKERFILE + PYTHON, DOCKERFILE], ids=["python", "no python"])
@pytest.mark.parametrize("which", ["oracle", "noop"])
def test_runs_as_it_is(
    which: str, dockerfile: str, write_task: Write, foreign_spec: Spec, provider: DockerProvider
) -> None:
    task = write_task(dockerfile=dockerfile)
    assert (task.task.native, task.task.sandbox.profile) == (False, SandboxProfile.HARBOR)
    [evidence] = prove(task, provider, foreign_spec(task), which)  # type: ignore[arg-type]
    assert (evidence.reward, evidence.verifier_error) == (float(which == "oracle"), None), evidence.verifier_output
    assert "no test report" in evidence.verifier_output
    assert (evidence.carry, evidence.changed_files, evidence.probes) == (None, [], [])


def test_runs_as_the_user_that_its_image_names(write_task: Write, foreign: Foreign) -> None:
    docker = (
        "FROM debian:bookworm-slim\nRUN useradd -m dev && mkdir /app && chown dev /app\nWORKDIR /app\n"
        + PYTHON
        + "USER dev\n"
    )
    test = 'id -u; cat who; [ "$(cat who)" = dev ]; echo $((1 - $?)) > /logs/verifier/reward.txt\n'
    evidence = foreign(write_task(dockerfile=docker, test=test), "id -un > who")
    assert evidence.reward == 1.0
    assert evidence.verifier_output.startswith("0\ndev\n")


def test_reads_reward_json_and_reports(write_task: Write, foreign: Foreign) -> None:
    test = """\
cat > /logs/verifier/reward.json <<END
{"reward": 0.5, "style": 1}
END
echo 1 > /logs/verifier/reward.txt
cat > /logs/verifier/junit.xml <<END
<testsuites><testsuite tests="2"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuites>
END
"""
    evidence = foreign(write_task(test=test), "true")
    assert (evidence.reward, evidence.rewards) == (0.5, {"reward": 0.5, "style": 1.0})
    assert evidence.report is not None
    assert (evidence.report.tests, evidence.report.failed) == (2, ["b"])


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("uvx pytest\n", "neither"),
        ("echo > /logs/verifier/reward.txt\n", "reward.txt"),
        ("echo 1 > /logs/verifier/reward.txt; echo '{}' > /logs/verifier/ctrf.json\n", "ctrf.json"),
        (
            "echo 0 > /logs/verifier/reward.txt; echo '<testsuite tests=\"0\"/>' > /logs/verifier/junit.xml\n",
            "no test at all",
        ),
    ],
)
def test_a_verifier_that_did_not_work_is_an_error_and_no_reward(
    test: str, said: str, write_task: Write, foreign: Foreign
) -> None:
    evidence = foreign(write_task(test=test), "true")
    assert evidence.reward is None
    assert said in (evidence.verifier_error or "")


def test_a_verifier_that_hangs_is_an_error_and_no_reward(write_task: Write, foreign: Foreign) -> None:
    toml = TASK_TOML.replace("timeout_sec = 20.0", "timeout_sec = 1.0")
    test = "echo 1 > /logs/verifier/reward.txt; sleep 1000\n"
    evidence = foreign(write_task(toml=toml, test=test), "true")
    assert (evidence.reward, evidence.verifier_error) == (None, "tests/test.sh did not end within 1 s")


@pytest.mark.parametrize("dockerfile", [DOCKERFILE + PYTHON, DOCKERFILE], ids=["python", "no python"])
def test_the_agents_processes_are_dead_and_its_rewards_gone_when_the_tests_come(
    dockerfile: str, write_task: Write, foreign: Foreign
) -> None:
    test = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done; ls /tests; exit 0\n"
    agent = (
        "mkdir -p /logs/verifier /tests; echo 1 > /logs/verifier/reward.txt; touch /tests/conftest.py; "
        "for i in 1 2 3; do setsid sh -c 'while :; do echo 1 > /logs/verifier/reward.txt; sleep 7; done' & done; "
        "sleep 0.2"
    )
    evidence = foreign(write_task(dockerfile=dockerfile, test=test), agent)
    assert evidence.reward is None
    assert "sleep 7" not in evidence.verifier_output
    assert "conftest" not in evidence.verifier_output
    assert "test.sh" in evidence.verifier_output


def test_a_separate_verifier_sees_only_the_artifacts(write_task: Write, foreign: Foreign) -> None:
    toml = TASK_TOML.replace("[verifier]", '[verifier]\nenvironment_mode = "separate"')
    toml = 'artifacts = ["/app/out", {source = "single.txt"}, "/nowhere"]\n' + toml
    test = (
        "cd /app; cat state; find . -type f -o -type l | sort; cat out/deep/file; echo 1 > /logs/verifier/reward.txt\n"
    )
    agent = (
        "echo changed > state; mkdir -p out/deep /logs/artifacts; echo carried > out/deep/file; echo x > single.txt; "
        "chmod 755 single.txt; echo y > other.txt; ln -s /tests/test.sh out/link; mkfifo out/pipe; "
        "echo z > /logs/artifacts/z"
    )
    evidence = foreign(write_task(toml=toml, test=test), agent)
    assert evidence.reward == 1.0
    assert evidence.verifier_output.startswith("old\n./out/deep/file\n./single.txt\n./state\ncarried\n")
    assert evidence.carry is not None
    assert (evidence.carry.files, evidence.carry.bytes) == (3, 12)
    assert sorted(line.split(":")[0] for line in evidence.carry.dropped) == [
        "/app/out/link",
        "/app/out/pipe",
        "/nowhere",
    ]


def test_what_is_collected_reaches_a_separate_verifier(
    write_task: Write, foreign_spec: Spec, provider: DockerProvider
) -> None:
    hooks = "".join(f"[[verifier.collect]]\ncommand = '{command}'\n{more}" for command, more in (
        ("id -u >/logs/artifacts/who; cp out.txt /logs/artifacts", ""),
        ("sleep 100", "timeout_sec = 0.5\n"),
        ("no-such-program", "user = 0\n"),
    ))  # fmt: skip
    toml = TASK_TOML.replace("[agent]", f'environment_mode = "separate"\n{hooks}[agent]')
    test = "cat /logs/artifacts/who /logs/artifacts/out.txt; ls out.txt; echo 1 >/logs/verifier/reward.txt\n"
    task = write_task(toml=toml, test=test)
    [evidence] = prove(task, provider, foreign_spec(task), "oracle")
    assert evidence.verifier_output.startswith("0\nhello\n\n[stderr]\nls: "), evidence.verifier_output


def test_its_limits_hold(write_task: Write, provider: DockerProvider) -> None:
    """``cpus`` and ``memory_mb``; more processors than the machine has are all of them, and no error."""
    task = write_task(toml=TASK_TOML.replace("cpus = 1", "cpus = 1000").replace("512M", "192M"))
    spec = sandbox_spec(task.task, image_for(task.task.sandbox, task.task.path), "", allow_network=False)
    sandbox = provider.create(spec)
    assert (spec.cpus, sandbox.spec.cpus) == (1000, provider.client.info()["NCPU"])
    hog = "python3 -c 'x = bytearray({} << 20); print(len(x) >> 20)'"
    assert sandbox.run(hog.format(128), timeout_s=30).stdout == "128\n"
    assert sandbox.run(hog.format(320), timeout_s=30).exit_code == 137
    sandbox.close()


def test_a_shared_verifier_is_only_as_careful_as_its_author(write_task: Write, foreign: Foreign) -> None:
    """Why native tasks are graded elsewhere and read with the agent's rights: here a link to the answer passes."""
    test = "cmp answer /tests/test.sh && echo 1 > /logs/verifier/reward.txt || echo 0 > /logs/verifier/reward.txt\n"
    assert foreign(write_task(test=test), "ln -s /tests/test.sh answer").reward == 1.0


@pytest.mark.parametrize("user", ["agent", "nobody"])
def test_a_rendered_native_task_works_as_plain_root_in_a_common_container(
    user: str, write_task: Write, foreign_spec: Spec, provider: DockerProvider
) -> None:
    """As other harnesses run it: the workspace in root's hands, the test directories open, no capability dropped."""
    dockerfile = f"FROM {ensure_image('python', build=True)}\n" if user == "agent" else DOCKERFILE + PYTHON
    sandbox = provider.create(foreign_spec(write_task(dockerfile=dockerfile)))
    task = native_task()
    app = APP.replace("unknown", SECRET).encode()
    sandbox.put_tree("/workspace", files({"app.py": app, "answer": SECRET}), owner="root")
    sandbox.put_tree("/tests", {**task.tests, "agentbench_verify.py": FileContent(data=verify_library())}, owner="root")
    checks = CHECKS.replace("main()\n", f"check('user')(lambda: 1 / (run('id -un').stdout == '{user}\\n'))\nmain()\n")
    sandbox.write_file("/tests/checks.py", checks.encode(), user="root")
    result = sandbox.run(["bash", "/tests/test.sh"], timeout_s=60, user="root")
    assert sandbox.read_file("/logs/verifier/reward.txt", user="root") == b"1\n", result
    report = parse_report("report.json", sandbox.read_file("/logs/verifier/report.json", user="root"))
    assert (report.tests, report.failed) == (4, [])
