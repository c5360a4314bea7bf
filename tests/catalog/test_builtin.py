"""The families that ship, as issued."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.catalog import builtin_families, get_profile, load_family, resolve_suite
from agentbench.catalog.files import FAULT_NAMES, TOOL_NAMES
from agentbench.records import KernelClass, takes

HERE = Path(__file__).parent

CHECKPOINTS = {
    "minimax-m2.1": {
        "fp8": "MiniMaxAI/MiniMax-M2.1",
        "nvfp4": "lukealonso/MiniMax-M2.1-NVFP4",
        "awq": "mratsim/MiniMax-M2.1-FP8-INT4-AWQ",
    },
    "minimax-m2.5": {
        "fp8": "MiniMaxAI/MiniMax-M2.5",
        "nvfp4": "lukealonso/MiniMax-M2.5-NVFP4",
        "nvfp4-nvidia": "nvidia/MiniMax-M2.5-NVFP4",
        "awq": "mratsim/MiniMax-M2.5-FP8-INT4-AWQ",
        "awq-bf16": "mratsim/MiniMax-M2.5-BF16-INT4-AWQ",
        "hosted": None,
    },
}


def test_every_builtin_loads_and_has_its_reference_and_default_suite() -> None:
    names = builtin_families()
    assert {"sim", "minimax-m2.1", "minimax-m2.5"} <= set(names)
    assert "suites" not in names
    for name in names:
        family = load_family(name, rootdir=HERE)
        assert family.name == name
        assert family.reference in family.quants
        suite = resolve_suite(family, None)[1]
        assert all(size < family.context_window for size in suite.contexts)


@pytest.mark.parametrize("name", sorted(CHECKPOINTS))
def test_minimax(name: str) -> None:
    family = load_family(name, rootdir=HERE)
    assert {quant: profile.checkpoint for quant, profile in family.quants.items()} == CHECKPOINTS[name]
    assert family.reference == "fp8"
    assert family.context_window == 196608
    assert (family.sampling.temperature, family.sampling.top_p, family.sampling.top_k) == (1.0, 0.95, 40)
    assert family.reasoning_field == "reasoning_content"
    assert family.chat_template == "from:reference"
    assert family.tools == list(TOOL_NAMES)
    for profile in family.quants.values():
        args = profile.engine.args
        assert args["tool-call-parser"] == args["reasoning-parser"] == "minimax_m2"
        assert args["enable-auto-tool-choice"] is True
        assert args["generation-config"] == "vllm"
        assert "quantization" not in args
    assert family.quants["nvfp4"].expect.moe is KernelClass.NATIVE_W4A4


def test_hosted_endpoint_is_read_without_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINIMAX_BASE_URL", raising=False)
    hosted = get_profile(load_family("minimax-m2.5", rootdir=HERE), "hosted")
    assert hosted.engine.kind == "endpoint"
    assert hosted.engine.url == "${MINIMAX_BASE_URL}"
    assert hosted.engine.api_key == "${MINIMAX_API_KEY}"


def test_sim_plants_every_fault_and_has_a_clean_reference() -> None:
    family = load_family("sim", rootdir=HERE)
    assert family.reference == "clean"
    assert family.quants["clean"].faults == {}
    assert family.quants["stale15"].faults == {"stale": 0.15}
    assert family.quants["malformed10"].faults == {"malformed": 0.10}
    planted = {fault for profile in family.quants.values() for fault in profile.faults}
    assert planted == set(FAULT_NAMES) - {"salt"}  # every profile draws by its own name
    assert family.quants["noisy"].faults == family.quants["noisy-again"].faults
    assert all(profile.engine.kind == "sim" for profile in family.quants.values())
    assert family.tokenizer.builtin == "words"
    name, suite = resolve_suite(family, None)
    assert (name, suite.contexts, suite.variants, suite.trials) == ("sim", [4096, 8192, 16384], 8, 1)


def test_nightly_is_stricter_and_long() -> None:
    nightly = resolve_suite(load_family("minimax-m2.5", rootdir=HERE), "nightly")[1]
    assert nightly.alpha == 0.01
    assert nightly.contexts == [size * 1024 for size in (8, 32, 64, 128, 160)]


def test_the_last_pattern_that_matches_decides() -> None:
    assert takes(None, "any/task")
    assert not takes([], "any/task")
    patterns = ["*", "!polyglot/*", "polyglot/tally/rust"]
    assert [takes(patterns, name) for name in ("mine/x", "polyglot/tally/c", "polyglot/tally/rust")] == [
        True,
        False,
        True,
    ]
