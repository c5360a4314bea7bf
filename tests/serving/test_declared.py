# ruff: noqa: E501
"""What checkpoints declare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentbench.errors import ServerBootError
from agentbench.records import KernelClass
from agentbench.serving import declared_format

FLOAT4 = {"num_bits": 4, "type": "float", "group_size": 16}
INT4 = {"num_bits": 4, "type": "int", "group_size": 32}
FLOAT8 = {"num_bits": 8, "type": "float"}
INT8 = {"num_bits": 8, "type": "int"}


def compressed(*groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {f"group_{index}": group for index, group in enumerate(groups)}
    return {"quant_method": "compressed-tensors", "config_groups": named, **more}


@pytest.mark.parametrize(
    ("quantization", "expected", "group_size", "described"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, KernelClass.FP8, 128, "block 128x128"),
        ({"quant_method": "fp8"}, KernelClass.FP8, None, "tensor"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, KernelClass.WEIGHT_ONLY, 128, "int4"),
        ({"quant_method": "gptq", "bits": 8, "group_size": 64}, KernelClass.WEIGHT_ONLY, 64, "int8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16}, KernelClass.NATIVE_W4A4, 16, "NVFP4"),
        ({"quant_algo": "W4A16_NVFP4"}, KernelClass.WEIGHT_ONLY, None, "W4A16_NVFP4"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, KernelClass.FP8, None, "FP8"),
        ({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}, KernelClass.UNKNOWN, None, "MIXED_PRECISION"),
        (
            {"quant_method": "modelopt", "quant_algo": "NVFP4", "config_groups": {"g": {"weights": FLOAT4, "input_activations": None}}},
            KernelClass.WEIGHT_ONLY, 16, "NVFP4",
        ),
        (compressed({"weights": FLOAT4, "input_activations": {"num_bits": 4, "type": "float"}}, format="nvfp4-pack-quantized"),
         KernelClass.NATIVE_W4A4, 16, "nvfp4-pack-quantized (W4A4 float g16)"),
        (compressed({"weights": FLOAT4, "input_activations": None}), KernelClass.WEIGHT_ONLY, 16, "W4A16"),
        (compressed({"weights": INT4, "input_activations": None}, format="pack-quantized"), KernelClass.WEIGHT_ONLY, 32, "W4A16 int g32"),
        (compressed({"weights": FLOAT8, "input_activations": FLOAT8}, format="float-quantized"), KernelClass.FP8, None, "W8A8 float"),
        (compressed({"weights": INT8, "input_activations": INT8}, format="int-quantized"), KernelClass.INT8, None, "W8A8 int"),
        (compressed({"weights": FLOAT8, "input_activations": FLOAT8}, {"weights": INT4}, format="mixed-precision"),
         KernelClass.UNKNOWN, 32, "mixed-precision (W8A8 float + W4A16 int g32)"),
        ({"quant_method": "bitsandbytes"}, KernelClass.UNKNOWN, None, ""),
    ],
)  # fmt: skip
def test_config_json(
    tmp_path: Path, quantization: dict[str, Any], expected: KernelClass, group_size: int | None, described: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"quantization_config": quantization}))
    found = declared_format(tmp_path)
    assert found.kernel_class is expected
    assert found.group_size == group_size
    assert described in (found.format or "")


def test_hf_quant_config_of_modelopt(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    inner = {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8", "group_size": 16, "exclude_modules": ["lm_head"]}
    (tmp_path / "hf_quant_config.json").write_text(
        json.dumps({"producer": {"name": "modelopt"}, "quantization": inner})
    )
    found = declared_format(tmp_path)
    assert (found.quant_method, found.format, found.kernel_class) == ("modelopt", "NVFP4", KernelClass.NATIVE_W4A4)
    assert (found.group_size, found.ignored, found.kv_cache_scheme) == (16, ["lm_head"], "FP8")


def test_kv_cache_and_ignored_of_compressed_tensors(tmp_path: Path) -> None:
    config = compressed({"weights": FLOAT8, "input_activations": FLOAT8}, ignore=["lm_head"], kv_cache_scheme=FLOAT8)
    (tmp_path / "config.json").write_text(json.dumps({"text_config": {"quantization_config": config}}))
    found = declared_format(tmp_path)
    assert (found.ignored, found.kv_cache_scheme) == (["lm_head"], "float8")


def test_unquantized_and_unknown(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"dtype": "bfloat16"}')
    assert declared_format(tmp_path).kernel_class is KernelClass.UNQUANTIZED
    assert declared_format(tmp_path).format == "bfloat16"
    assert declared_format(None).kernel_class is KernelClass.UNKNOWN
    assert declared_format(tmp_path / "none").kernel_class is KernelClass.UNKNOWN


def test_a_broken_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"quantization_config": ')
    with pytest.raises(ServerBootError, match=r"config\.json: not valid JSON .*broke off"):
        declared_format(tmp_path)
