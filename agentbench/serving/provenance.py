"""Declared against what ran, and what was expected: the sentences for a scorecard's first screen."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.records import DeclaredFormat, Expectation, KernelClass, KernelProvenance, LayerKernel
from agentbench.serving.kernels import kernels_of, warnings_of

_WORDS = {
    KernelClass.NATIVE_W4A4: "4-bit weights and activations",
    KernelClass.WEIGHT_ONLY: "weight-only (16-bit activations)",
    KernelClass.EMULATED: "emulated",
    KernelClass.FP8: "FP8",
    KernelClass.INT8: "INT8",
    KernelClass.UNQUANTIZED: "unquantized",
    KernelClass.UNKNOWN: "of a class that is not known",
}
Expected = dict[str, KernelClass | None]

_LAYERS = {"linear": "linear", "moe": "MoE"}


def provenance(declared: DeclaredFormat, lines: Sequence[str], expect: Expectation) -> KernelProvenance:
    """Join the checkpoint's declaration, the engine's log and the profile's expectation."""
    ran = kernels_of(lines)
    expected = {"linear": expect.linear, "moe": expect.moe}
    warnings = [*_fallbacks(declared, ran, expected), *_unmet(declared, ran, expected), *warnings_of(lines)]
    return KernelProvenance(declared=declared, ran=ran, warnings=list(dict.fromkeys(warnings)))


def _fallbacks(declared: DeclaredFormat, ran: Sequence[LayerKernel], expected: Expected) -> list[str]:
    """Return a sentence for each 4-bit kernel that unexpectedly does less than the checkpoint was made for."""
    if declared.kernel_class is not KernelClass.NATIVE_W4A4:
        return []
    return [
        f"the checkpoint declares {_WORDS[declared.kernel_class]} ({declared.format}), but its "
        f"{_LAYERS[kernel.layer]} layers ran {_WORDS[kernel.kernel_class]} ({kernel.name}): a different experiment"
        for kernel in ran
        if kernel.layer in _LAYERS
        and kernel.kernel_class in (KernelClass.WEIGHT_ONLY, KernelClass.EMULATED)
        and kernel.kernel_class is not expected[kernel.layer]
    ]


def _unmet(declared: DeclaredFormat, ran: Sequence[LayerKernel], expected: Expected) -> list[str]:
    sentences = []
    for layer, wanted in expected.items():
        if wanted is None:
            continue
        found = [kernel for kernel in ran if kernel.layer == layer]
        if not found and wanted is declared.kernel_class is KernelClass.UNQUANTIZED:
            continue  # the log is silent about plain layers
        if not found:
            sentences.append(
                f"expected {wanted.value} in the {_LAYERS[layer]} layers, and the log names no kernel for them"
            )
        elif all(kernel.kernel_class is not wanted for kernel in found):
            names = ", ".join(f"{kernel.name} ({kernel.kernel_class.value})" for kernel in found)
            sentences.append(f"expected {wanted.value} in the {_LAYERS[layer]} layers, and {names} ran")
    return sentences
