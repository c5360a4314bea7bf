"""Servers that somebody else runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from agentbench.errors import CancelledError, ServerBootError, UsageError
from agentbench.records import ModelFamily
from agentbench.serving import ENDPOINT_KEY, Server, boot, engine_command

from .conftest import STUB, Stub, Until


@pytest.fixture
def port(stub: Stub, request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    options = f"--host 127.0.0.1 --port {number} --served-model-name big --max-model-len 9000"
    command = [sys.executable, str(STUB), *options.split()]
    env = {"STUB_MODE": getattr(request, "param", ""), "STUB_MARK": stub.mark, "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    yield number
    process.kill()
    process.wait()


def endpoint_family(stub: Stub, **engine: object) -> ModelFamily:
    return stub.family(kind="endpoint", **engine)


def reach(stub: Stub, family: ModelFamily, endpoint: str | None = None) -> Server:
    return boot(family.quants["q"], family, run_dir=stub.run_dir, progress=stub.said.append, endpoint=endpoint)


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
def test_quant_endpoint_needs_no_engine(stub: Stub, port: int, tail: str) -> None:
    with reach(stub, stub.family(gpus="all"), f"http://127.0.0.1:{port}{tail}") as server:
        assert server.info.kind == "endpoint"
        assert server.base_url == f"http://127.0.0.1:{port}/v1"
        assert (server.model, server.info.max_model_len, server.info.version) == ("big", 9000, "0.33.0")
        assert server.info.provenance is None
        assert server.info.preflight is not None and server.info.preflight.tool_call
        assert server.metrics().running == 2
        assert server.alive()
    assert not stub.run_dir.exists()


@pytest.mark.parametrize("port", ["locked"], indirect=True)
def test_keys_come_from_the_environment_and_reach_no_record(
    stub: Stub, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = endpoint_family(stub, url="http://127.0.0.1:${STUB_PORT}/v1", api_key="${STUB_KEY}", served_name="big")
    with pytest.raises(
        ServerBootError, match=r"'url' is read from the environment variable STUB_PORT, which is not set"
    ):
        reach(stub, family)
    monkeypatch.setenv("STUB_PORT", str(port))
    with pytest.raises(ServerBootError, match=r"'api_key' .* variable STUB_KEY"):
        reach(stub, family)
    monkeypatch.setenv("STUB_KEY", "wrong")
    with pytest.raises(ServerBootError, match=r"refused the API key \(401\): who are you\?"):
        reach(stub, family)
    monkeypatch.setenv("STUB_KEY", "sesame")
    with reach(stub, family) as server:
        assert server.api_key == "sesame"
        assert "sesame" not in server.info.model_dump_json()
    monkeypatch.setenv(ENDPOINT_KEY, "sesame")
    with reach(stub, stub.family(), f"http://127.0.0.1:{port}") as server:
        assert server.model == "big"


def test_a_model_that_is_not_served(stub: Stub, port: int) -> None:
    family = endpoint_family(stub, url=f"http://127.0.0.1:{port}", served_name="bag")
    with pytest.raises(ServerBootError, match=r"does not serve 'bag'; did you mean 'big'\?"):
        reach(stub, family)


@pytest.mark.parametrize("port", ["many"], indirect=True)
def test_a_choice_of_models_is_not_made_by_chance(stub: Stub, port: int) -> None:
    with pytest.raises(ServerBootError, match=r'lists 3 models and .* big, small, tiny; .* served_name = "big"'):
        reach(stub, stub.family(), f"http://127.0.0.1:{port}")
    with reach(stub, endpoint_family(stub, url=f"http://127.0.0.1:{port}", served_name="small")) as server:
        assert server.model == "small"


def test_engine_arguments_for_a_running_server_are_refused(stub: Stub, port: int) -> None:
    family = stub.family()
    with pytest.raises(UsageError, match=r"--quant-engine-arg max-num-seqs does nothing to a server that is up"):
        boot(
            family.quants["q"],
            family,
            run_dir=stub.run_dir,
            progress=stub.said.append,
            extra_args={"max-num-seqs": 4},
            endpoint=f"http://127.0.0.1:{port}",
        )


@pytest.mark.parametrize("port", ["mute"], indirect=True)
def test_a_server_that_never_answers_does_not_hold_up_a_cancel(stub: Stub, port: int, until: Until) -> None:
    family, cancel, caught = stub.family(), threading.Event(), list[CancelledError]()

    def run() -> None:
        with pytest.raises(CancelledError) as error:
            url = f"http://127.0.0.1:{port}"
            boot(
                family.quants["q"],
                family,
                run_dir=stub.run_dir,
                progress=stub.said.append,
                endpoint=url,
                cancel=cancel,
            )
        caught.append(error.value)

    thread = threading.Thread(target=run)
    thread.start()
    assert until(lambda: any("connecting" in said for said in stub.said), 20)
    cancel.set()
    thread.join(20)
    assert caught


def test_nobody_answers_and_no_url(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentbench.serving.booting._ENDPOINT_PATIENCE_S", 0.5)
    with pytest.raises(ServerBootError, match=r"stub/q at http://127\.0\.0\.1:1/v1: no answer"):
        reach(stub, stub.family(), "http://127.0.0.1:1")
    with pytest.raises(ServerBootError, match=r"'localhost:8000' is no URL; expected one like http://"):
        reach(stub, stub.family(), "localhost:8000")


def test_an_endpoint_has_no_command(stub: Stub) -> None:
    family = endpoint_family(stub, url="http://x")
    with pytest.raises(ServerBootError, match=r"is an endpoint \(http://x\)"):
        engine_command(family.quants["q"], family)


def test_dead_endpoint_is_not_alive(stub: Stub, port: int) -> None:
    with reach(stub, stub.family(), f"http://127.0.0.1:{port}") as server:
        assert server.alive()
        for pid in stub.processes():
            os.kill(pid, signal.SIGKILL)
        assert not server.alive()
        assert server.stuck() is None
