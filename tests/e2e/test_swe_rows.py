"""SWE-bench and SWE-smith rows, proved and worked on in real containers."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from agentbench.grading import Workplace
from agentbench.records import Evidence
from agentbench.runner.episode import sandbox_spec
from agentbench.sandbox import DockerProvider, Sandbox, ensure_engine, ensure_image
from agentbench.taskset import load_row, render
from tests.e2e.conftest import Project
from tests.taskset.task_files import write

pytestmark = [pytest.mark.docker, pytest.mark.slow]

SOUND = "def add(a, b):\n    return a + b\n\n\ndef double(a):\n    return add(a, a)\n"
BROKEN = SOUND.replace("a + b", "a - b")
OLD_TESTS = "from demo import add\n\n\ndef test_nothing():\n    assert add(3, 0) == 3\n"
NEW_TESTS = OLD_TESTS + "\n\ndef test_sum():\n    assert add(3, 4) == 7\n"
OTHER_TESTS = (
    "import pytest\nfrom demo import double\n\n\n@pytest.mark.parametrize('a', ['x y'])\ndef test_text(a):\n"
    "    assert a\n\n\n@pytest.mark.skip(reason='no')\ndef test_skipped():\n    pass\n\n\n"
    "@pytest.mark.xfail\ndef test_expected():\n    assert double(1) == 3\n"
)
TESTS = {
    "FAIL_TO_PASS": ["tests/test_demo.py::test_sum"],
    "PASS_TO_PASS": [
        "tests/test_demo.py::test_nothing",
        "tests/test_other.py::test_text[x",  # cut off at a blank, as SWE-bench has them
        "tests/test_other.py::test_skipped",
        "tests/test_other.py::test_expected",
    ],
}
DOCKERFILE = """\
FROM {base}
RUN apt-get update && apt-get install -y --no-install-recommends git
COPY repo /testbed
WORKDIR /testbed
ENV PYTHONPATH=/testbed
RUN git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -q -m base && echo x > untracked
"""


def patch(before: str, after: str, name: str) -> str:
    """A change of one file as git tells it."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{name}", f"b/{name}")
    return f"diff --git a/{name} b/{name}\n" + "".join(lines)


BENCH = {
    "instance_id": "acme__demo-1",
    "repo": "acme/demo",
    "problem_statement": "add(3, 4) is not 7.",
    "patch": patch(BROKEN, SOUND, "demo.py"),
    "test_patch": patch(OLD_TESTS, NEW_TESTS, "tests/test_demo.py"),
    **{key: json.dumps(tests) for key, tests in TESTS.items()},
}
SMITH = {
    "instance_id": "acme__demo.1a2b3c4d.func_pm_op_change__x1",
    "repo": "swesmith/acme__demo.1a2b3c4d",
    "image_name": "swebench/swesmith.x86_64.acme_1776_demo.1a2b3c4d",
    "problem_statement": "add(3, 4) is not 7.",
    "patch": patch(SOUND, BROKEN, "demo.py"),
    **TESTS,
}
ROWS = {"bench": BENCH, "smith": SMITH}
IMAGES = {"swebench/sweb.eval.x86_64.acme_1776_demo-1": (BROKEN, OLD_TESTS), SMITH["image_name"]: (SOUND, NEW_TESTS)}


@pytest.fixture(scope="module", autouse=True)
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Images named as the data sets name theirs, with git and a repository at /testbed."""
    client: DockerClient = ensure_engine()
    base = ensure_image("python", build=True, client=client)
    for tag, (module, tests) in IMAGES.items():
        place = tmp_path_factory.mktemp("image")
        files = {"demo.py": module, "tests/test_demo.py": tests, "tests/test_other.py": OTHER_TESTS}
        write(place, {"Dockerfile": DOCKERFILE.format(base=base), **{f"repo/{name}": files[name] for name in files}})
        client.images.build(path=str(place), tag=str(tag), rm=True)
    yield
    for tag in IMAGES:
        client.images.remove(str(tag), force=True)
    client.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS.values()))
    return Project(tmp_path)


def test_rows_are_proved(project: Project) -> None:
    done = project.run("-v", "rows.jsonl")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    for row in ROWS.values():
        assert f"rows.jsonl::{row['instance_id']}::oracle PASSED" in done.stdout


def test_a_model_plays_rows(project: Project) -> None:
    (project.path / "list.txt").write_text("rows.jsonl\n")
    done = project.run("--quant=clean", "--quant-task-list=list.txt")
    assert done.returncode == 0, done.stdout
    assert "2 solved" in done.stdout
    ids = sorted(episode["case"] for episode in project.scorecard("clean")["episodes"])
    assert ids == sorted(f"rows/{row['instance_id']}[v0]@0k#0" for row in ROWS.values())


def test_a_row_whose_patch_is_no_fix_is_red(project: Project) -> None:
    row = {**BENCH, "patch": patch(BROKEN, BROKEN.replace("a - b", "a * b"), "demo.py")}
    (project.path / "rows.jsonl").write_text(json.dumps(row))
    done = project.run("rows.jsonl")
    assert done.returncode == 1, done.stdout
    assert "got reward 0.0; failed: tests/test_demo.py::test_sum, tests/test_demo.py::test_nothing" in done.stdout


Work = Callable[[str, Callable[[Sandbox], object] | str], Evidence]


@pytest.fixture(scope="module")
def provider() -> Iterator[DockerProvider]:
    with DockerProvider("test-swe-rows") as made:
        yield made


@pytest.fixture
def work(project: Project, provider: DockerProvider) -> Work:
    """Lay a row out, let an agent work, and grade it."""

    def run(kind: str, agent: Callable[[Sandbox], object] | str) -> Evidence:
        task = load_row(project.path / "rows.jsonl", str(ROWS[kind]["instance_id"]), root=project.path)
        spec = sandbox_spec(task, task.sandbox.image, "", allow_network=False)
        sandbox = provider.create(spec)
        place = Workplace(render(task, 0, 0), sandbox, provider, spec)
        try:
            place.lay_out()
            if isinstance(agent, str):
                result = sandbox.run(agent, timeout_s=30)
                assert result.exit_code == 0, result
            else:
                agent(sandbox)
            return place.grade()
        finally:
            sandbox.close()

    return run


MEND = "sed -i 's/a - b/a + b/' demo.py"
COMMIT = "git add -A && git -c user.name=a -c user.email=a@b commit -q -m done"


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize(
    ("agent", "reward"),
    [
        (MEND, 1.0),
        (f"{MEND} && {COMMIT} && git checkout -q -b mine", 1.0),
        (f"{MEND} && echo broken >> tests/test_demo.py && echo 'x = 1' > tests/more.py", 1.0),
        ("mkdir -p tests; echo 'def test_sum(): pass' > tests/test_demo.py", 0.0),
        (f"{MEND} && echo 'x = 1/0' >> demo.py", 0.0),
        (f"{MEND} && sed -i 's/add(a, a)/3/' demo.py", 1.0),
        (f"{MEND} && rm -rf .git", 0.0),
        (f"{MEND} && echo 'syntax error' > conftest.py", 0.0),
    ],
)
def test_the_agents_diff_is_graded_in_a_fresh_container(work: Work, kind: str, agent: str, reward: float) -> None:
    evidence = work(kind, agent)
    assert (evidence.reward, evidence.verifier_error) == (reward, None), evidence.verifier_output
    assert evidence.report is not None
    assert evidence.report.tests == 5
    assert "tests/test_other.py::test_expected" not in evidence.report.failed or reward == 0


def test_an_expected_failure_that_passes_is_none_the_worse_off(work: Work) -> None:
    evidence = work("bench", f"{MEND} && sed -i 's/add(a, a)/3/' demo.py")
    assert evidence.reward == 1.0


def test_the_bug_of_a_swe_smith_row_leaves_no_trace(work: Work) -> None:
    def look(sandbox: Sandbox) -> None:
        said = sandbox.run(
            "git log --all --oneline | wc -l; git reflog | wc -l; git status --short; git stash list; ls tests /setup; "
            "find / -xdev -name '*.patch' -not -path '/usr/*'; grep -c 'a - b' demo.py",
            timeout_s=60,
        )
        assert said.stdout.split() == ["1", "1", "tests:", "test_other.py", "1"], said

    assert work("smith", look).reward == 0.0


def test_a_shell_of_the_agent_has_the_images_conda_environment(work: Work) -> None:
    def look(sandbox: Sandbox) -> None:
        sandbox.run("mkdir -p /opt/miniconda3/envs/testbed/bin", timeout_s=10, user="root")
        assert sandbox.run("echo $CONDA_DEFAULT_ENV:$PATH", timeout_s=10).stdout.startswith(
            "testbed:/opt/miniconda3/envs/testbed/bin:/opt/miniconda3/bin:/usr/local/sbin:"
        )

    work("bench", look)


def test_an_image_without_pytest_is_no_reward(work: Work, provider: DockerProvider, project: Project) -> None:
    row = {**BENCH, "instance_id": "acme__demo-2", "image_name": "swebench/without-pytest"}
    (project.path / "rows.jsonl").write_text(json.dumps(row))
    place = project.path / "image"
    tag = next(iter(IMAGES))
    write(
        place,
        {"Dockerfile": f"FROM {tag}\nRUN rm -r /usr/bin/*py*test* /usr/lib/python3/dist-packages/pytest\n"},
    )
    provider.client.images.build(path=str(place), tag=row["image_name"], rm=True)
    try:
        done = project.run("rows.jsonl::acme__demo-2")
    finally:
        provider.client.images.remove(row["image_name"], force=True)
    assert done.returncode == 1, done.stdout
    assert done.stdout.count("the hidden tests gave no result: the hidden tests wrote neither") == 2
