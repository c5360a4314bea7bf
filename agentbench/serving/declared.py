"""What a checkpoint says about itself, from ``config.json`` and ``hf_quant_config.json`` alone: no GPU, no engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentbench.errors import ServerBootError
from agentbench.records import DeclaredFormat, KernelClass

_MODELOPT = {
    "NVFP4": KernelClass.NATIVE_W4A4,
    "W4A16_NVFP4": KernelClass.WEIGHT_ONLY,
    "NVFP4_AWQ": KernelClass.NATIVE_W4A4,
    "FP8": KernelClass.FP8,
    "FP8_PER_CHANNEL_PER_TOKEN": KernelClass.FP8,
    "FP8_PB_WO": KernelClass.FP8,
    "MXFP8": KernelClass.FP8,
    "W4A16_AWQ": KernelClass.WEIGHT_ONLY,
    "W8A8_SQ_PER_CHANNEL": KernelClass.INT8,
}
_WEIGHT_ONLY_METHODS = ("awq", "auto_awq", "awq_marlin", "gptq", "auto_gptq", "gptq_marlin", "moe_wna16")


def declared_format(directory: Path | None) -> DeclaredFormat:
    """Return what the checkpoint in ``directory`` declares; all unknown where there is no directory to read.

    Raises:
        ServerBootError: if ``config.json`` is there and is no JSON object.
    """
    if directory is None or not (directory / "config.json").is_file():
        return DeclaredFormat()
    config = read_json(directory / "config.json")
    quantization = config.get("quantization_config") or _text_config(config).get("quantization_config")
    separate = directory / "hf_quant_config.json"
    if not quantization and separate.is_file():
        quantization = {"quant_method": "modelopt", **read_json(separate)}
    if not quantization:
        return DeclaredFormat(format=_dtype(config), kernel_class=KernelClass.UNQUANTIZED)
    return classify_declared(quantization)


def classify_declared(quantization: Mapping[str, Any]) -> DeclaredFormat:
    """Return the record of one ``quantization_config``."""
    method = str(quantization.get("quant_method") or "").lower()
    if not method and "quant_algo" in (quantization.get("quantization") or quantization):
        method = "modelopt"
    if method.startswith("modelopt"):
        return _modelopt(method, quantization)
    if method == "compressed-tensors":
        return _compressed_tensors(quantization)
    if method in _WEIGHT_ONLY_METHODS:
        return DeclaredFormat(
            quant_method=method,
            format=f"int{quantization.get('bits') or quantization.get('w_bit') or 4}",
            kernel_class=KernelClass.WEIGHT_ONLY,
            group_size=_int(quantization.get("group_size") or quantization.get("q_group_size")),
            ignored=_names(quantization.get("modules_to_not_convert")),
        )
    if method == "fp8":
        block = quantization.get("weight_block_size")
        return DeclaredFormat(
            quant_method=method,
            format=f"block {block[0]}x{block[1]}" if isinstance(block, list) and len(block) == 2 else "tensor",
            kernel_class=KernelClass.FP8,
            group_size=_int(block[0]) if isinstance(block, list) and block else None,
            ignored=_names(quantization.get("modules_to_not_convert") or quantization.get("ignored_layers")),
        )
    return DeclaredFormat(quant_method=method or None, ignored=_names(quantization.get("modules_to_not_convert")))


def _modelopt(method: str, quantization: Mapping[str, Any]) -> DeclaredFormat:
    # Either flat, as in config.json, or below "quantization", as in hf_quant_config.json.
    inner: Mapping[str, Any] = quantization.get("quantization") or quantization
    algorithm = str(inner.get("quant_algo") or "").upper()
    groups = inner.get("config_groups") or {}
    kernel = _MODELOPT.get(algorithm, KernelClass.UNKNOWN)
    if kernel is KernelClass.NATIVE_W4A4 and groups and not any(g.get("input_activations") for g in groups.values()):
        kernel = KernelClass.WEIGHT_ONLY
    weights: Mapping[str, Any] = next((g["weights"] for g in groups.values() if g.get("weights")), {})
    return DeclaredFormat(
        quant_method=method,
        format=algorithm or None,
        kernel_class=kernel,
        group_size=_int(inner.get("group_size") or weights.get("group_size")),
        ignored=_names(inner.get("exclude_modules") or inner.get("ignore")),
        kv_cache_scheme=_kv(inner.get("kv_cache_quant_algo") or inner.get("kv_cache_scheme")),
    )


def _compressed_tensors(quantization: Mapping[str, Any]) -> DeclaredFormat:
    groups: list[Mapping[str, Any]] = list((quantization.get("config_groups") or {}).values())
    classes = {_group_class(group) for group in groups}
    sizes = {size for group in groups if (size := _int((group.get("weights") or {}).get("group_size")))}
    described = " + ".join(dict.fromkeys(_describe(group) for group in groups))
    stored = quantization.get("format")
    return DeclaredFormat(
        quant_method="compressed-tensors",
        format=f"{stored} ({described})" if described else stored,
        kernel_class=classes.pop() if len(classes) == 1 else KernelClass.UNKNOWN,
        group_size=sizes.pop() if len(sizes) == 1 else None,
        ignored=_names(quantization.get("ignore")),
        kv_cache_scheme=_kv(quantization.get("kv_cache_scheme")),
    )


def _group_class(group: Mapping[str, Any]) -> KernelClass:
    weights, activations = group.get("weights") or {}, group.get("input_activations") or {}
    bits, kind = weights.get("num_bits"), weights.get("type")
    if not weights:
        return KernelClass.UNKNOWN
    if not activations:
        return KernelClass.WEIGHT_ONLY
    if bits == 4 and kind == "float":
        return KernelClass.NATIVE_W4A4 if activations.get("num_bits") == 4 else KernelClass.UNKNOWN
    if bits == 8 and activations.get("num_bits") == 8:
        return KernelClass.FP8 if kind == "float" else KernelClass.INT8
    return KernelClass.UNKNOWN


def _describe(group: Mapping[str, Any]) -> str:
    """``W4A4 float g16``, ``W4A16 int g32``."""
    weights, activations = group.get("weights") or {}, group.get("input_activations") or {}
    text = f"W{weights.get('num_bits', '?')}A{activations.get('num_bits', 16)} {weights.get('type', '')}".strip()
    return f"{text} g{size}" if (size := weights.get("group_size")) else text


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a checkpoint's file. Raises ServerBootError if there is none in it."""
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise ServerBootError(
            f"{path}: not valid JSON ({error}); the checkpoint is damaged or its download broke off"
        ) from error
    if not isinstance(value, dict):
        raise ServerBootError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def _text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = config.get("text_config")
    return inner if isinstance(inner, Mapping) else {}


def _dtype(config: Mapping[str, Any]) -> str | None:
    value = config.get("dtype") or config.get("torch_dtype") or _text_config(config).get("dtype")
    return str(value) if value else None


def _kv(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return f"{value.get('type', '')}{value.get('num_bits', '')}" or None
    return str(value) if value else None


def _int(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _names(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
