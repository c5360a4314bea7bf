"""Foreign tasks with steps: each is laid out, verified and rewarded, in one container or in fresh ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.errors import VerifierError
from agentbench.grading import Workplace, prove
from agentbench.records import Evidence, RenderedTask, SandboxSpec
from agentbench.sandbox import DockerProvider, image_for
from agentbench.taskset import load_task, render
from tests.taskset.task_files import write

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

TOML = """\
{head}
artifacts = ["/app"]
[verifier]
timeout_sec = 30
[[steps]]
name = "one"
{one}
[[steps]]
name = "two"
{two}
[[steps]]
name = "three"
"""
FILES = {
    "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n",
    "tests/test.sh": "cat /tests/word; set -- $(cat /tests/word); "
    "if grep -qx $1 /app/$1; then echo 1; else echo 0; fi >/logs/verifier/reward.txt\n",
    "solution/solve.sh": "ls /tests /logs/verifier >>seen 2>&1; for name in *.todo; do mv $name ${name%.todo}; done\n",
    **{f"steps/{name}/instruction.md": f"Do {name}.\n" for name in ("one", "two", "three")},
    **{f"steps/{name}/tests/word": f"{name}\n" for name in ("one", "two", "three")},
    **{f"steps/{name}/workdir/{name}.todo": f"{name}\n" for name in ("one", "two", "three")},
}

Prove = Callable[..., Evidence]


@pytest.fixture
def stepped(tmp_path: Path) -> Callable[..., RenderedTask]:
    def make(head: str = "", one: str = "", two: str = "", **changed: str) -> RenderedTask:
        files = {key.replace("__", "/").replace("_DOT_", "."): text for key, text in changed.items()}
        task = {"task.toml": TOML.format(head=head, one=one, two=two), **FILES, **files}
        return render(load_task(write(tmp_path / "stepped", task), root=tmp_path), 0, 0)

    return make


def spec_of(rendered: RenderedTask) -> SandboxSpec:
    needs = rendered.task.sandbox
    return SandboxSpec(image=image_for(needs, rendered.task.path), profile=needs.profile, workdir="", memory_mb=256)


@pytest.fixture
def proved(provider: DockerProvider, stepped: Callable[..., RenderedTask]) -> Prove:
    def run(which: str, **task: str) -> Evidence:
        rendered = stepped(**task)
        return prove(rendered, provider, spec_of(rendered), which)[0]

    return run


@pytest.mark.parametrize("mode", ["", "[steps.verifier]\nenvironment_mode = 'separate'\n"], ids=["shared", "separate"])
def test_each_step_is_laid_out_and_verified(proved: Prove, mode: str) -> None:
    evidence = proved("oracle", one=mode, two=mode)
    assert (evidence.reward, evidence.verifier_error) == (1.0, None), evidence.verifier_output
    assert evidence.step_rewards == {"one": 1.0, "two": 1.0, "three": 1.0}
    assert evidence.verifier_output.startswith("three\n")


def test_doing_nothing_is_rewarded_with_nothing(proved: Prove) -> None:
    evidence = proved("noop")
    assert (evidence.reward, evidence.step_rewards) == (0.0, {"one": 0.0, "two": 0.0, "three": 0.0})


def test_the_mean_is_over_all_steps(proved: Prove) -> None:
    evidence = proved("oracle", steps__two__solution__solve_DOT_sh="true\n")
    assert evidence.reward == pytest.approx(2 / 3)
    assert evidence.rewards == {"reward": pytest.approx(2 / 3)}
    assert evidence.step_rewards == {"one": 1.0, "two": 0.0, "three": 1.0}


def test_the_final_reward_may_be_all_that_counts(proved: Prove) -> None:
    head = 'multi_step_reward_strategy = "final"'
    evidence = proved("oracle", head=head, steps__two__solution__solve_DOT_sh="true\n")
    assert (evidence.reward, evidence.step_rewards) == (1.0, {"three": 1.0})


@pytest.mark.parametrize(("strategy", "reward"), [("mean", 0.5), ("final", 0.0)])
def test_a_minimum_that_is_missed_ends_the_task(proved: Prove, strategy: str, reward: float) -> None:
    head = f'multi_step_reward_strategy = "{strategy}"'
    evidence = proved(
        "oracle", head=head, one="min_reward = 1", two="min_reward = 1", steps__two__solution__solve_DOT_sh="true\n"
    )
    assert (evidence.reward, evidence.step_rewards) == (reward, {"one": 1.0, "two": 0.0})


def test_a_named_reward_may_have_a_minimum(proved: Prove) -> None:
    test = """echo '{"reward": 1, "style": 0.5}' >/logs/verifier/reward.json\n"""
    evidence = proved("oracle", two="min_reward = { style = 0.6 }", tests__test_DOT_sh=test)
    assert list(evidence.step_rewards) == ["one", "two"]
    assert evidence.rewards == {"reward": 1.0, "style": 0.5}


def test_nothing_of_a_steps_tests_is_left_for_the_next(proved: Prove) -> None:
    test = "cat /app/seen; echo 1 >/logs/verifier/reward.txt\n"
    output = proved("oracle", tests__test_DOT_sh=test).verifier_output
    assert output.count("cannot access '/tests'") == 3, output
    assert not any(left in output for left in ("word", "test.sh", "reward.txt\n"))


def test_a_verifier_that_breaks_is_no_reward_and_names_the_step(proved: Prove) -> None:
    evidence = proved("oracle", steps__two__tests__test_DOT_sh="true\n")
    assert evidence.reward is None
    assert (evidence.verifier_error or "").startswith("step 'two': the hidden tests wrote neither")
    assert evidence.step_rewards == {"one": 1.0}


def test_a_setup_that_fails_is_named(proved: Prove) -> None:
    with pytest.raises(VerifierError, match=r"step 'two' could not be laid out: setup\.sh ended with exit code 3: no"):
        proved("oracle", steps__two__workdir__setup_DOT_sh="echo no; exit 3\n")


@pytest.mark.parametrize(("strategy", "reward"), [("mean", 1 / 3), ("final", 0.0)])
def test_steps_that_an_agent_never_came_to_count_nothing(
    stepped: Callable[..., RenderedTask], provider: DockerProvider, strategy: str, reward: float
) -> None:
    rendered = stepped(head=f'multi_step_reward_strategy = "{strategy}"')
    sandbox = provider.create(spec_of(rendered))
    place = Workplace(rendered, sandbox, provider, spec_of(rendered))
    place.lay_out()
    sandbox.run("mv one.todo one", timeout_s=10)
    evidence = place.grade()
    assert evidence.reward == pytest.approx(reward)
    assert sandbox.closed


def test_what_the_agent_left_running_ends_with_its_step(
    stepped: Callable[..., RenderedTask], provider: DockerProvider
) -> None:
    rendered = stepped()
    sandbox = provider.create(spec_of(rendered))
    place = Workplace(rendered, sandbox, provider, spec_of(rendered))
    place.lay_out()
    sandbox.run("mv one.todo one; setsid sleep 1000 >/dev/null 2>&1 & sleep 0.1", timeout_s=10)
    assert place.advance()
    seen = sandbox.run("for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done; ls", timeout_s=10).stdout
    assert "sleep 1000" not in seen
    assert "two.todo" in seen
    sandbox.close()
