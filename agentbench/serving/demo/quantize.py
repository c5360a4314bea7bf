"""A plain checkpoint becomes a quantized one, by llm-compressor. Runs in the quantizer's environment, as a script.

    python quantize.py SOURCE OUT SCHEME CALIBRATION

``CALIBRATION`` is a JSON list of texts. It imports nothing of agentbench. All linear layers but ``lm_head`` (which is
the embedding) are quantized, but where the scheme's name says otherwise.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from datasets import Dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from llmcompressor.modifiers.transform.awq import AWQModifier
from llmcompressor.pipelines.cache import IntermediatesCache
from transformers import AutoModelForCausalLM, AutoTokenizer

IGNORE = ["lm_head"]
AS_THEY_ARE = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")
ATTENTION = "re:.*self_attn.*"
GROUP = 32
"""Of integer weights. The default of 128 does not divide the model's 576 columns."""
AWQ_SAMPLES = 4
"""AWQ runs every layer twenty times over its samples in search of the best scales: minutes on two cores."""


def quantize(source: Path, out: Path, scheme: str, texts: list[str]) -> None:
    """Write the quantized checkpoint into the empty directory ``out``."""
    # Calibrating in float32, which holds the weights exactly: bfloat16 is several times slower on most CPUs.
    print("progress: loading the model", flush=True)
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(source)
    print(f"progress: quantizing to {scheme}", flush=True)
    oneshot(model=model, recipe=_recipe(scheme), **_data(scheme, texts, tokenizer))
    print("progress: writing the checkpoint", flush=True)
    _store_rest_as_bfloat16(model)
    model.save_pretrained(out, save_compressed=True)
    for name in AS_THEY_ARE:
        shutil.copyfile(source / name, out / name)


def _recipe(scheme: str) -> list[Any]:
    match scheme:
        case "fp8":  # weights per channel, activations per token
            return [QuantizationModifier(targets="Linear", scheme="FP8_DYNAMIC", ignore=IGNORE)]
        case "int8":  # likewise
            return [QuantizationModifier(targets="Linear", scheme="INT8", ignore=IGNORE)]
        case "nvfp4" | "nvfp4-poor-calibration":  # W4A4
            return [QuantizationModifier(targets="Linear", scheme="NVFP4", ignore=IGNORE)]
        case "nvfp4-keep-attention":
            return [QuantizationModifier(targets="Linear", scheme="NVFP4", ignore=[*IGNORE, ATTENTION])]
        case "awq":
            return [AWQModifier(), QuantizationModifier(config_groups=_integers(4, symmetric=False), ignore=IGNORE)]
        case "rtn3":  # each weight rounded to the nearest of eight values
            return [QuantizationModifier(config_groups=_integers(3, symmetric=True), ignore=IGNORE)]
    raise SystemExit(f"unknown scheme {scheme}")


def _integers(bits: int, *, symmetric: bool) -> dict[str, QuantizationScheme]:
    """Return integer weights in groups, and activations as they are."""
    weights = QuantizationArgs(num_bits=bits, type="int", symmetric=symmetric, strategy="group", group_size=GROUP)
    return {"group_0": QuantizationScheme(targets=["Linear"], weights=weights)}


def _data(scheme: str, texts: list[str], tokenizer: Any) -> dict[str, Any]:
    if scheme in ("fp8", "int8", "rtn3"):
        return {}  # activations are scaled as they come, or not at all
    if scheme == "awq":
        texts = texts[:AWQ_SAMPLES]
        # llm-compressor 0.14 pins cached activations for a GPU that need not be there.
        IntermediatesCache.pin_memory = lambda *_, **__: None
    rows = [tokenizer(text, add_special_tokens=False) for text in texts]
    longest = max(len(row["input_ids"]) for row in rows)
    # One pass over the whole model is enough to see each layer's activations; AWQ changes layers as it goes.
    pipeline = "sequential" if scheme == "awq" else "basic"
    return {
        "dataset": Dataset.from_list([dict(row) for row in rows]),
        "num_calibration_samples": len(rows),
        "max_seq_length": longest,
        "shuffle_calibration_samples": False,
        "pipeline": pipeline,
    }


def _store_rest_as_bfloat16(model: Any) -> None:
    """Store what is not quantized as the source did."""
    for module in model.modules():
        if getattr(module, "quantization_scheme", None) is None:
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.to(torch.bfloat16)
    model.config.dtype = torch.bfloat16


if __name__ == "__main__":
    _source, _out, _scheme, _calibration = sys.argv[1:]
    torch.manual_seed(0)
    quantize(Path(_source), Path(_out), _scheme, json.loads(Path(_calibration).read_text()))
