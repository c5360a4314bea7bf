"""Real vLLM on the CPU: a boot from end to end, explained deaths, and a killed runner.

The interpreter is AGENTBENCH_VLLM_PYTHON, or the environment that agentbench prepares for itself (3.8 GB, minutes the
first time).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from agentbench.errors import ServerBootError
from agentbench.records import Expectation, KernelClass, ModelFamily, QuantProfile, ServerInfo, Tokenizer
from agentbench.records.family import Engine
from agentbench.serving import Server, boot, managed_python

from .conftest import Until, a_runner, running, tree

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(900)]

ENV = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_NUM_OF_RESERVED_CPU": "0", "HF_HUB_OFFLINE": "1"}
ARGS = {"enforce-eager": True, "max-num-seqs": 4, "enable-auto-tool-choice": True, "tool-call-parser": "hermes"}


@pytest.fixture(scope="module")
def python() -> Path:
    return managed_python("vllm-cpu", lambda text: print(text, file=sys.stderr))


@pytest.fixture(scope="module")
def checkpoint(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    script = Path(__file__).parent / "tiny_checkpoint.py"
    done = subprocess.run(
        [python, script, folder], env={**os.environ, **ENV}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def tiny_family(python: Path, checkpoint: Path | str, **args: object) -> ModelFamily:
    engine = {
        "python": str(python),
        "gpus": "none",
        "boot_timeout_s": 240,
        "env": ENV,
        "args": {**ARGS, **args},
    }
    return ModelFamily(
        name="tiny",
        source="tiny.toml",
        context_window=2048,
        reference="q",
        tokenizer=Tokenizer(builtin="words"),
        tools=["read_file", "submit"],
        default_suite="smoke",
        quants={
            "q": QuantProfile(
                name="q",
                checkpoint=str(checkpoint),
                engine=Engine.model_validate(engine),
                expect=Expectation(linear=KernelClass.UNQUANTIZED),
            )
        },
    )


def start(family: ModelFamily, run_dir: Path, said: list[str]) -> Server:
    return boot(family.quants["q"], family, run_dir=run_dir, progress=said.append)


def test_boot_answer_and_killed_runner(python: Path, checkpoint: Path, until: Until, tmp_path: Path) -> None:
    """One boot for all of it, since each takes half a minute: the runner boots, we talk to its server, then kill it."""
    with a_runner(tiny_family(python, checkpoint), tmp_path / "run") as runner:
        assert runner.stdout is not None
        said = []
        for line in runner.stdout:
            said.append(line.strip())
            if line.startswith("READY"):
                break
        steps = "\n".join(said)
        assert said[-1].startswith("READY"), steps
        for step in ("architecture LlamaForCausalLM", "loading weights: 1 of 1 files", "KV cache:", "ready after"):
            assert step in steps
        assert "METRICS ServerMetrics(running=0, waiting=0, kv=0.0, prompt_tokens=" in said[-2]
        assert said[-2].endswith("STUCK None")
        _check_info(ServerInfo.model_validate_json(said[-1].removeprefix("READY ")))
        started = tree(runner.pid)
        assert len(started) >= 4  # supervisor, API server, engine core, worker
        runner.kill()
        runner.wait()
        assert until(lambda: not running(started), 5)


def _check_info(info: ServerInfo) -> None:
    assert info.version is not None and info.version.startswith("0.32")
    assert (info.kind, info.model, info.max_model_len) == ("vllm", "tiny-q", 2048)
    assert info.preflight is not None
    assert info.preflight.completion_ok and info.preflight.tools_ok and info.preflight.tokenize
    assert not info.preflight.tool_call  # random weights
    assert info.provenance is not None
    assert info.provenance.declared.kernel_class is KernelClass.UNQUANTIZED
    assert info.provenance.warnings == []
    body = {"model": "tiny-q", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8, "ignore_eos": True}
    answer = httpx.post(info.base_url + "/chat/completions", json=body, timeout=120, trust_env=False).json()
    assert answer["usage"]["completion_tokens"] == 8


def test_a_bad_flag_is_named(python: Path, checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ServerBootError, match=r"does not know the argument --no-such-flag.*server\.log") as caught:
        start(tiny_family(python, checkpoint, **{"no-such-flag": 3}), tmp_path, [])
    assert "\n" not in str(caught.value)


def test_a_missing_checkpoint_is_named(python: Path, tmp_path: Path) -> None:
    with pytest.raises(ServerBootError, match=r"tiny/q: its server died while booting: the checkpoint is not on this"):
        start(tiny_family(python, "no-such-user/no-such-model"), tmp_path, [])
