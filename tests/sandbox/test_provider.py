from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from docker import DockerClient

from agentbench.errors import ImageError, SandboxDiedError, SandboxError
from agentbench.records import SandboxSpec
from agentbench.sandbox import DockerProvider, owner, reaper

pytestmark = pytest.mark.docker

RUNNER = """
import sys
from agentbench.records import SandboxSpec
from agentbench.sandbox import DockerProvider
provider = DockerProvider(sys.argv[1])
spec = SandboxSpec(image=sys.argv[2], case_id="left")
boxes = [provider.create(spec) for _ in range(2)]
grader, _ = provider.create_grader(spec, provider.create(spec))
print("ready", flush=True)
boxes[0].run("setsid sleep 1000 & sleep 1000", timeout_s=1000)
"""


def containers(engine: DockerClient, run_id: str) -> list[str]:
    return [c["Id"] for c in engine.api.containers(all=True, filters={"label": f"{owner.RUN}={run_id}"})]


def volumes(engine: DockerClient, run_id: str) -> list[str]:
    found = engine.api.volumes(filters={"label": f"{owner.RUN}={run_id}"})["Volumes"] or []
    return [volume["Name"] for volume in found]


def eventually(condition: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def test_a_killed_runner_leaves_no_container_and_the_next_run_reaps_its_volume(
    engine: DockerClient, image: str
) -> None:
    run_id = f"killed-{os.getpid()}"
    runner = subprocess.Popen([sys.executable, "-c", RUNNER, run_id, image], stdout=subprocess.PIPE)
    assert runner.stdout is not None and runner.stdout.readline() == b"ready\n"
    assert len(containers(engine, run_id)) >= 3
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    runner.stdout.close()
    assert eventually(lambda: not containers(engine, run_id), 5)
    with DockerProvider("next", engine) as provider:
        assert eventually(lambda: bool(provider.reap()) or not volumes(engine, run_id), 10)
    assert not volumes(engine, run_id)


def test_close_leaves_neither_containers_nor_volumes(engine: DockerClient, image: str) -> None:
    with DockerProvider("leaves-nothing", engine) as provider:
        spec = SandboxSpec(image=image)
        provider.create(spec)
        provider.create_grader(spec, provider.create(spec))
        assert len(containers(engine, "leaves-nothing")) >= 2
    assert not containers(engine, "leaves-nothing")
    assert eventually(lambda: not volumes(engine, "leaves-nothing"), 5)  # the engine takes them after it


def test_a_live_run_is_not_reaped(engine: DockerClient, provider: DockerProvider, image: str) -> None:
    sandbox = provider.create(SandboxSpec(image=image, expires_s=-10))
    with DockerProvider("other", engine) as other:
        assert not [line for line in other.reap() if sandbox.id[:12] in line]
    assert sandbox.run("echo here", timeout_s=10).stdout == "here\n"
    sandbox.close()


def test_create_refuses_an_image_that_is_not_there(provider: DockerProvider) -> None:
    with pytest.raises(ImageError, match="agentbench sandboxes build"):
        provider.create(SandboxSpec(image="agentbench/no-such-image:latest"))


def test_what_the_engine_refuses_is_a_sandbox_error_and_leaves_nothing(
    engine: DockerClient, provider: DockerProvider, image: str
) -> None:
    before = containers(engine, provider.run_id)
    with pytest.raises(SandboxError, match="refused"):
        provider.create(SandboxSpec(image=image, cpus=0.001))
    assert set(containers(engine, provider.run_id)) <= set(before)  # an earlier test's may still be going


def test_creations_overlap(provider: DockerProvider, image: str) -> None:
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(provider.create(SandboxSpec(image=image)))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({sandbox.id for sandbox in made}) == 6
    for sandbox in made:
        sandbox.close()


def test_a_container_killed_from_outside_is_a_dead_sandbox_with_a_cause(
    engine: DockerClient, provider: DockerProvider, image: str
) -> None:
    sandbox = provider.create(SandboxSpec(image=image))
    killer = threading.Timer(0.3, lambda: reaper.remove_container(engine, sandbox.id))
    killer.start()
    with pytest.raises(SandboxDiedError, match="killed from outside, exit code 137"):
        sandbox.run("sleep 100", timeout_s=100)
    killer.join()
    assert sandbox.closed


def test_a_silent_server_is_a_dead_sandbox(
    engine: DockerClient, provider: DockerProvider, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentbench.sandbox.docker_sandbox.MARGIN_S", 0.5)
    sandbox = provider.create(SandboxSpec(image=image))
    engine.api.pause(sandbox.id)
    with pytest.raises(SandboxDiedError, match="did not answer"):
        sandbox.run("true", timeout_s=0.5)
    assert eventually(lambda: sandbox.id not in containers(engine, provider.run_id), 10)


def test_after_close_the_provider_creates_nothing(engine: DockerClient, image: str) -> None:
    provider = DockerProvider("closed", engine)
    provider.close()
    with pytest.raises(SandboxDiedError, match="closed"):
        provider.create(SandboxSpec(image=image))


def test_close_removes_all_though_the_engine_fails_to_kill_one(
    engine: DockerClient, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_client: DockerClient, _container_id: str) -> None:
        raise SandboxError("an internal error of the engine")

    provider = DockerProvider("unkillable", engine)
    for _ in range(3):
        provider.create(SandboxSpec(image=image))
    monkeypatch.setattr("agentbench.sandbox.contained.kill_container", refuse)
    provider.close()
    assert not containers(engine, "unkillable")


def test_close_waits_for_containers_that_are_on_their_way(engine: DockerClient, image: str) -> None:
    """However far their creation has come, none is there after ``close``, and each creator learns of it."""
    provider = DockerProvider("on-their-way", engine)
    ended: list[str] = []

    def create() -> None:
        try:
            sandbox = provider.create(SandboxSpec(image=image))
            sandbox.run("sleep 100", timeout_s=100)
        except SandboxError as error:
            ended.append(type(error).__name__)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        time.sleep(0.02 * number)
    provider.close()
    assert not containers(engine, "on-their-way")
    for thread in threads:
        thread.join()
    assert not containers(engine, "on-their-way")
    assert len(ended) == 8


def test_kept_sandboxes_stay_until_they_expire(engine: DockerClient, image: str) -> None:
    with DockerProvider("kept", engine, keep=True) as provider:
        kept = provider.create(SandboxSpec(image=image, expires_s=3600))
        expired = provider.create(SandboxSpec(image=image, expires_s=-10))
    try:
        assert set(containers(engine, "kept")) == {kept.id, expired.id}
        assert engine.api.inspect_container(kept.id)["State"]["Running"]
        with DockerProvider("later", engine) as later:
            later.reap()
        assert containers(engine, "kept") == [kept.id]
    finally:
        for one in containers(engine, "kept"):
            reaper.remove_container(engine, one)


def test_a_neighbour_is_unharmed(provider: DockerProvider, image: str) -> None:
    spec = SandboxSpec(image=image, memory_mb=128, pids=64, workspace_mb=16, tmp_mb=8)
    bad, good = provider.create(spec), provider.create(spec)
    good.run("setsid sleep 8000 &", timeout_s=10)
    attacks = [
        "b() { b | b & }; b; sleep 100",
        "x=$(yes | tr -d '\\n' | head -c 2G)",
        "for i in $(seq 1000); do head -c 100M /dev/zero > f$i; done",
        "kill -9 -1",
    ]

    def attack() -> None:
        for command in attacks:
            bad.run(command, timeout_s=2)

    thread = threading.Thread(target=attack)
    thread.start()
    seen = []
    while thread.is_alive():
        seen.append(good.run("for i in $(seq 20); do (echo) & done; wait; pgrep -c sleep", timeout_s=30))
        time.sleep(0.1)
    thread.join()
    assert seen and all(result.exit_code == 0 and result.stdout.split()[-1] == "1" for result in seen), seen
    assert bad.run("echo usable", timeout_s=10).stdout == "usable\n"
    bad.close()
    good.close()


def test_a_container_with_another_python_compiles_the_server_itself(
    provider: DockerProvider, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentbench.sandbox.program.MAGIC_NUMBER", b"another")
    sandbox = provider.create(SandboxSpec(image=image))
    assert sandbox.run("echo here", timeout_s=10).stdout == "here\n"
    sandbox.close()
