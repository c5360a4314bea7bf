"""The tuning itself, in the environment that it runs in. The first time this makes environments and checkpoints."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentbench.serving import managed_python
from agentbench.serving.demo import CONVERT
from training.curriculum import ROOT, settings

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def python() -> Path:
    return managed_python("llmcompressor", lambda text: print(text, file=sys.stderr))


@pytest.fixture(scope="module")
def base(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("base")
    subprocess.run([python, CONVERT, out], check=True)
    return out


def run(*command: str | Path) -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_attention_over_a_past_is_attention(python: Path, base: Path) -> None:
    assert run(python, Path(__file__).parent / "attention_check.py", base).splitlines()[-1] == "equal"


def test_an_adapter_is_merged_as_peft_does_it(python: Path, base: Path) -> None:
    said = run(python, Path(__file__).parent / "merge_check.py", base, CONVERT)
    assert said.splitlines()[-1] == "equal in 134515008 values"


@pytest.mark.acceptance
def test_what_is_learnt_is_known_and_stopping_changes_nothing(python: Path, base: Path, tmp_path: Path) -> None:
    """A few short rows, learnt over and over: the loss falls, and in two goes it falls the very same way."""
    text = [7] * 20 + list(range(300, 340))
    rows = [{"ids": [*text, 1000 + at % 2, *text[:30]], "spans": [[60, 61], [70, 91]]} for at in range(12)]
    said = {**settings()["tuning"], "batch": 2, "warm_up": 0.2, "reach": 15, "seed": 1}
    whole = learn(python, base, tmp_path / "whole", rows, said)
    learn(python, base, tmp_path / "parts", rows, {**said, "stop": 3})
    parts = learn(python, base, tmp_path / "parts", rows, said)
    assert [entry["loss"] for entry in whole] == [entry["loss"] for entry in parts]
    assert whole[-1]["loss"] < 0.5 * whole[0]["loss"]
    files = [(tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("whole", "parts")]
    assert files[0] == files[1]
    config = json.loads((tmp_path / "whole" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"


def learn(python: Path, base: Path, out: Path, rows: list[Any], said: dict[str, Any]) -> list[dict[str, Any]]:
    out.mkdir(exist_ok=True)
    data = out / "rows.jsonl.gz"
    data.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    run(python, "-m", "training.tune", base, data, out, json.dumps(said))
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
