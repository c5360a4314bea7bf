# ruff: noqa: E501
"""Kernel provenance: the engine's own log lines, and what they mean."""

from __future__ import annotations

import pytest

from agentbench.records import DeclaredFormat, Expectation, KernelClass
from agentbench.serving.kernels import kernels_of
from agentbench.serving.provenance import provenance

NATIVE, WEIGHTS, EMULATED = KernelClass.NATIVE_W4A4, KernelClass.WEIGHT_ONLY, KernelClass.EMULATED
FP8, INT8, PLAIN, UNKNOWN = KernelClass.FP8, KernelClass.INT8, KernelClass.UNQUANTIZED, KernelClass.UNKNOWN

NEW = "(Worker_TP0 pid=24050) INFO 11-23 12:37:01 [nvfp4.py:240] "
OLD = "(EngineCore_DP0 pid=112) INFO 03-02 09:10:11 [nvfp4.py:188] "
OLDER = "INFO 03-02 09:10:11 [fp8.py:88] "
POTENTIAL = " out of potential backends: ['FLASHINFER_TRTLLM', 'FLASHINFER_CUTLASS', 'VLLM_CUTLASS', 'MARLIN']."


@pytest.mark.parametrize(
    ("line", "layer", "name", "kernel_class"),
    [
        # NVFP4 experts, 0.33 and 0.17 alike
        (NEW + "Using 'FLASHINFER_TRTLLM' NvFp4 MoE backend" + POTENTIAL, "moe", "FLASHINFER_TRTLLM", NATIVE),
        (NEW + "Using 'FLASHINFER_CUTEDSL_BATCHED' NvFp4 MoE backend" + POTENTIAL, "moe", None, NATIVE),
        (NEW + "Using 'FLASHINFER_MOE_EP_CUTEDSL' NvFp4 MoE backend" + POTENTIAL, "moe", None, NATIVE),
        (NEW + "Using 'B12X' NvFp4 MoE backend" + POTENTIAL, "moe", "B12X", NATIVE),
        (NEW + "Using 'VLLM_CUTLASS' NvFp4 MoE backend" + POTENTIAL, "moe", "VLLM_CUTLASS", NATIVE),
        (NEW + "Using 'MARLIN' NvFp4 MoE backend" + POTENTIAL, "moe", "MARLIN", WEIGHTS),
        (NEW + "Using 'HUMMING' NvFp4 MoE backend" + POTENTIAL, "moe", "HUMMING", WEIGHTS),
        (NEW + "Using 'EMULATION' NvFp4 MoE backend" + POTENTIAL, "moe", "EMULATION", EMULATED),
        (OLD + "Using 'FLASHINFER_CUTLASS' NvFp4 MoE backend" + POTENTIAL, "moe", "FLASHINFER_CUTLASS", NATIVE),
        # NVFP4 linear, 0.33
        (NEW + "Using FlashInferCutlassNvFp4LinearKernel for NVFP4 GEMM", "linear", None, NATIVE),
        (NEW + "Using FlashInferCuteDslNvFp4LinearKernel for NVFP4 GEMM", "linear", None, NATIVE),
        (NEW + "Using FlashInferCuteDslNvFp4W4A16LinearKernel for NVFP4 GEMM", "linear", None, WEIGHTS),
        (NEW + "Using B12xNvFp4W4A16LinearKernel for NVFP4 GEMM", "linear", None, WEIGHTS),
        (NEW + "Using CutlassNvFp4LinearKernel for NVFP4 GEMM", "linear", None, NATIVE),
        (NEW + "Using FbgemmNvFp4LinearKernel for NVFP4 GEMM", "linear", None, NATIVE),
        (NEW + "Using TorchNvFp4LinearKernel for NVFP4 GEMM", "linear", None, NATIVE),
        (NEW + "Using MarlinNvFp4LinearKernel for NVFP4 GEMM", "linear", None, WEIGHTS),
        (NEW + "Using HummingNvFp4LinearKernel for NVFP4 GEMM", "linear", None, WEIGHTS),
        (NEW + "Using EmulationNvFp4LinearKernel for NVFP4 GEMM", "linear", None, EMULATED),
        (NEW + "Using CachedEmulationNvFp4LinearKernel for NVFP4 GEMM", "linear", None, EMULATED),
        # NVFP4 linear, 0.17: an enum's representation
        (OLD + "Using NvFp4LinearBackend.FLASHINFER_CUTLASS for NVFP4 GEMM", "linear", None, NATIVE),
        (OLD + "Using NvFp4LinearBackend.VLLM_CUTLASS for NVFP4 GEMM", "linear", None, NATIVE),
        (OLD + "Using NvFp4LinearBackend.MARLIN for NVFP4 GEMM", "linear", "NvFp4LinearBackend.MARLIN", WEIGHTS),
        (OLDER + "Using NvFp4LinearBackend.FLASHINFER_TRTLLM for NVFP4 GEMM", "linear", None, NATIVE),
        # FP8
        (NEW + "Using DEEPGEMM Fp8 MoE backend" + POTENTIAL, "moe", "DEEPGEMM", FP8),
        (OLD + "Using FLASHINFER_TRTLLM Fp8 MoE backend" + POTENTIAL, "moe", "FLASHINFER_TRTLLM", FP8),
        (OLD + "Using MARLIN Fp8 MoE backend" + POTENTIAL, "moe", "MARLIN", WEIGHTS),
        (NEW + "Using 'TRITON' MxFp8 MoE backend.", "moe", "TRITON", FP8),
        (NEW + "Selected CutlassFp8BlockScaledMMKernel for Fp8LinearMethod", "linear", None, FP8),
        (NEW + "Selected ChannelWiseTorchFP8ScaledMMLinearKernel for CompressedTensorsW8A8Fp8", "linear", None, FP8),
        (NEW + "Selected MarlinFP8ScaledMMLinearKernel for Fp8LinearMethod", "linear", None, WEIGHTS),
        (NEW + "Selected CachedEmulationFp8ScaledMMLinearKernel for CompressedTensorsW8A8Fp8", "linear", None, EMULATED),
        (NEW + "Using FlashInferTrtllmMxfp8LinearKernel for MXFP8 GEMM", "linear", None, FP8),
        # INT8
        (NEW + "Selected CPUInt8ScaledMMLinearKernel for CompressedTensorsW8A8Int8", "linear", None, INT8),
        (OLD + "Selected CutlassInt8ScaledMMLinearKernel for CompressedTensorsW8A8Int8", "linear", None, INT8),
        (NEW + "Using TRITON Int8 MoE backend" + POTENTIAL, "moe", "TRITON", INT8),
        # INT4
        (NEW + "Using 'MARLIN' WNA16 MoE backend.", "moe", "MARLIN", WEIGHTS),
        (NEW + "Using 'EMULATION' WNA16 MoE backend.", "moe", "EMULATION", EMULATED),
        (NEW + "Using MacheteLinearKernel for mixed-precision linear", "linear", "MacheteLinearKernel", WEIGHTS),
        (NEW + "Using CPUWNA16LinearKernel for CompressedTensorsWNA16", "linear", None, WEIGHTS),
        (OLD + "Using MarlinLinearKernel for CompressedTensorsWNA16", "linear", "MarlinLinearKernel", WEIGHTS),
        (NEW + "Using MarlinLinearKernel for AutoAWQMarlinLinearMethod", "linear", None, WEIGHTS),
        (OLD + "Using MarlinLinearKernel for GPTQMarlinLinearMethod", "linear", None, WEIGHTS),
        # MXFP4
        (NEW + "Using MarlinMxFp4LinearKernel for MXFP4 GEMM", "linear", None, WEIGHTS),
        (NEW + "Using 'FLASHINFER_TRTLLM_MXFP4_BF16' Mxfp4 MoE backend.", "moe", None, WEIGHTS),
        (NEW + "Using 'FLASHINFER_TRTLLM_MXFP4_MXFP8' Mxfp4 MoE backend.", "moe", None, UNKNOWN),
        (NEW + "Using 'CUTLASS_MXFP4_MXFP4' Mxfp4 MoE backend.", "moe", None, NATIVE),
        # the rest
        (NEW + "Using FlashInfer TRTLLM Unquantized MoE backend" + POTENTIAL, "moe", "FlashInfer TRTLLM", PLAIN),
        (NEW + "Using FLASH_ATTN attention backend out of potential backends: ['FLASH_ATTN'].", "attention", None, UNKNOWN),
        (OLD + "Using AttentionBackendEnum.FLASHINFER attention backend out of potential backends: [].", "attention", "FLASHINFER", UNKNOWN),
    ],
)  # fmt: skip
def test_log_lines(line: str, layer: str, name: str | None, kernel_class: KernelClass) -> None:
    (kernel,) = kernels_of([line, line])
    assert kernel.layer == layer
    assert kernel.kernel_class is kernel_class
    assert kernel.name == (name or kernel.name)
    assert kernel.name in line
    assert line.endswith(kernel.log_line)
    assert not kernel.log_line.startswith("(")


@pytest.mark.parametrize(
    "line",
    [
        "WARNING [marlin.py:44] Your GPU does not have native support for FP4 computation but FP4 quantization is being used.",
        NEW + "NvFp4 MoE backend 'MARLIN' does not support the deployment configuration since x.",
        NEW + "Using max model len 2048",
        NEW + "Using LBHNC KV cache layout.",
        "Selected: nothing",
        "",
    ],
)
def test_other_lines_name_no_kernel(line: str) -> None:
    assert kernels_of([line]) == []


W4A4 = DeclaredFormat(quant_method="modelopt", format="NVFP4", kernel_class=NATIVE)
MOE_NATIVE = NEW + "Using 'FLASHINFER_TRTLLM' NvFp4 MoE backend" + POTENTIAL
LINEAR_MARLIN = NEW + "Using MarlinNvFp4LinearKernel for NVFP4 GEMM"


def test_a_fallback_of_one_layer_kind_is_said_for_that_kind_alone() -> None:
    found = provenance(W4A4, [MOE_NATIVE, LINEAR_MARLIN], Expectation())
    assert [(kernel.layer, kernel.kernel_class) for kernel in found.ran] == [("moe", NATIVE), ("linear", WEIGHTS)]
    (warning,) = found.warnings
    assert "its linear layers ran weight-only" in warning
    assert "MarlinNvFp4LinearKernel" in warning


@pytest.mark.parametrize(
    ("lines", "expect", "parts"),
    [
        ([MOE_NATIVE], Expectation(moe=NATIVE), []),
        ([LINEAR_MARLIN], Expectation(linear=WEIGHTS), []),
        ([MOE_NATIVE], Expectation(linear=NATIVE), ["expected native_w4a4 in the linear layers", "names no kernel"]),
        ([LINEAR_MARLIN], Expectation(linear=NATIVE), ["ran weight-only", "MarlinNvFp4LinearKernel (weight_only) ran"]),
        ([], Expectation(), []),
    ],
)
def test_expectations(lines: list[str], expect: Expectation, parts: list[str]) -> None:
    warnings = provenance(W4A4, lines, expect).warnings
    assert bool(warnings) == bool(parts)
    for part in parts:
        assert any(part in warning for warning in warnings)


def test_plain_layers_are_met_by_silence() -> None:
    plain = DeclaredFormat(kernel_class=PLAIN)
    assert provenance(plain, [], Expectation(linear=PLAIN)).warnings == []
    assert provenance(W4A4, [], Expectation(linear=PLAIN)).warnings


def test_emulation_and_ignored_variables_are_warned_of() -> None:
    lines = [
        "WARNING 11-23 12:37:01 [__init__.py:9] NVFP4 linear falling back to the slow and unoptimized emulation backend as no",
        "WARNING 11-23 12:37:01 [interface.py:1458] Unknown vLLM environment variable detected: VLLM_NVFP4_GEMM_BACKEND",
    ]
    warnings = provenance(DeclaredFormat(), lines, Expectation()).warnings
    assert any("emulated" in warning for warning in warnings)
    assert any("VLLM_NVFP4_GEMM_BACKEND" in warning for warning in warnings)
