"""A model that this machine cannot serve: planned in full, and refused in one sentence."""

from __future__ import annotations

import shutil

import pytest

from tests.plugin.conftest import Run

BIG = ("--quant=nvfp4", "--quant-model=minimax-m2.5", "tasks/")


def test_dry_run_prints_the_engine_command_and_every_case(run: Run) -> None:
    done = run(*BIG, "--quant-dry-run")
    assert done.returncode == 0, done.stdout
    for part in (
        "lukealonso/MiniMax-M2.5-NVFP4",
        "--tool-call-parser minimax_m2",
        "--reasoning-parser minimax_m2",
        "--generation-config vllm",
        "--max-model-len 196608",
        "config/port[v0]@8k#0",
        "config/port[v1]@160k#0",
    ):
        assert part in done.stdout
    assert "--quantization" not in done.stdout


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this machine has a GPU")
def test_no_gpu_is_one_sentence_and_exit_3(run: Run) -> None:
    done = run(*BIG)
    output = done.stdout + done.stderr
    assert done.returncode == 3, output
    assert "minimax-m2.5/nvfp4 needs an NVIDIA GPU and this machine has none" in output
    assert "Traceback" not in output
