"""Foreign images: their own user, directory and root file system, and images without Python."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from agentbench.errors import SandboxDiedError
from agentbench.records import SandboxNeeds, SandboxProfile, SandboxSpec
from agentbench.sandbox import DockerProvider, image_for
from agentbench.sandbox.behaviours import Bench, behaviours, check_one
from agentbench.sandbox.exec_sandbox import ExecSandbox

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def foreign(engine: DockerClient, image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    task = tmp_path_factory.mktemp("task")
    (task / "environment").mkdir()
    (task / "environment" / "Dockerfile").write_text(
        "FROM agentbench/python\nENV FROM_IMAGE=yes\nRUN echo data > /opt/data\nWORKDIR /opt\n"
        'ENTRYPOINT ["false"]\nCMD ["x"]\n'
    )
    return image_for(SandboxNeeds(image="build:x"), task, client=engine)


def test_it_runs_as_the_image_says(provider: DockerProvider, foreign: str) -> None:
    sandbox = provider.create(SandboxSpec(image=foreign, profile=SandboxProfile.HARBOR))
    result = sandbox.run(
        "id -u; pwd; echo $FROM_IMAGE $HOME; cat data; echo new > /etc/new && cat /etc/new", timeout_s=10
    )
    assert result.stdout == "0\n/opt\nyes /root\ndata\nnew\n"
    assert sandbox.spec.workdir == "/opt"
    sandbox.write_file("/srv/deep/file", b"x")
    assert sandbox.read_file("/srv/deep/file") == b"x"
    assert sandbox.run("ls /sys/class/net", timeout_s=10).stdout == "lo\n"
    sandbox.close()


def test_a_user_can_be_asked_for(provider: DockerProvider, foreign: str) -> None:
    sandbox = provider.create(SandboxSpec(image=foreign, profile=SandboxProfile.HARBOR, user="agent", workdir="/srv"))
    assert sandbox.run("id -un; pwd; echo $HOME", timeout_s=10).stdout == "agent\n/srv\n/home/agent\n"
    assert sandbox.run("id -un", timeout_s=10, user="root").stdout == "root\n"
    sandbox.close()


@pytest.mark.parametrize("attack", ["kill -9 -1", "kill -9 1; kill -STOP 1; sleep 0.1", "b() { b | b & }; b; sleep 50"])
def test_root_inside_cannot_end_the_server(provider: DockerProvider, foreign: str, attack: str) -> None:
    sandbox = provider.create(SandboxSpec(image=foreign, profile=SandboxProfile.HARBOR, pids=64))
    sandbox.run(attack, timeout_s=1)
    assert sandbox.run("echo usable", timeout_s=20).stdout == "usable\n"
    sandbox.close()


def test_orphans_do_not_pile_up_as_zombies(provider: DockerProvider, foreign: str) -> None:
    sandbox = provider.create(SandboxSpec(image=foreign, profile=SandboxProfile.HARBOR, pids=64))
    for _ in range(3):
        result = sandbox.run(
            "for i in $(seq 40); do (setsid true &); done; sleep 0.2; grep -l ') Z' /proc/[0-9]*/stat | wc -l",
            timeout_s=20,
        )
        assert result.stdout.strip() == "0", result
    sandbox.close()


@pytest.fixture(scope="module")
def no_python(engine: DockerClient, image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    task = tmp_path_factory.mktemp("task")
    (task / "environment").mkdir()
    (task / "environment" / "Dockerfile").write_text("FROM agentbench/shell\nRUN rm -f /usr/bin/python3*\n")
    return image_for(SandboxNeeds(image="build:y"), task, client=engine)


@pytest.fixture(scope="module")
def plain(provider: DockerProvider, no_python: str) -> Iterator[Bench]:
    bench = Bench(provider, no_python)
    assert isinstance(bench.sandbox, ExecSandbox)
    yield bench
    bench.close()


NOT_WITHOUT_A_SERVER = {
    "a background process does not hold the command up, and goes on",
    "nothing of one command's shell reaches the next",
}
"""The engine's exec waits for every process that holds the output."""


def test_every_exception_is_a_behaviour() -> None:
    assert set(behaviours()) >= NOT_WITHOUT_A_SERVER


@pytest.mark.parametrize("name", [name for name in behaviours() if name not in NOT_WITHOUT_A_SERVER])
def test_an_image_without_python_behaves_the_same(name: str, plain: Bench) -> None:
    result = check_one(name, plain)
    assert result.ok, result.detail


def test_an_image_without_python_can_be_closed_during_a_call(provider: DockerProvider, no_python: str) -> None:
    sandbox = provider.create(SandboxSpec(image=no_python))
    raised = threading.Event()

    def wait() -> None:
        try:
            sandbox.run("sleep 100", timeout_s=100)
        except SandboxDiedError:
            raised.set()

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    sandbox.close()
    thread.join(10)
    assert raised.is_set()


def test_an_environment_is_built_once_per_content(engine: DockerClient, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    environment.mkdir()
    (environment / "Dockerfile").write_text("FROM agentbench/python\nCOPY x /x\n")
    (environment / "x").write_text("1")
    first = image_for(SandboxNeeds(image="build:z"), tmp_path, client=engine)
    assert image_for(SandboxNeeds(image="build:z"), tmp_path, client=engine) == first
    (environment / "x").write_text("2")
    assert image_for(SandboxNeeds(image="build:z"), tmp_path, client=engine) != first
