"""Which kernels ran, from the engine's log: linear, MoE and attention layers apart, with the line as evidence.

The lines are vLLM's own, printed once per process, in the forms of 0.17 and of 0.32-0.33. Only what positively says
"using ..." counts: the well-known Marlin warning is printed where it is false, and not printed where it is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from agentbench.records import KernelClass, LayerKernel
from agentbench.serving.loglines import strip_prefix

Classify = Callable[[str], KernelClass]

_WEIGHT_ONLY_NAMES = (
    "marlin",
    "humming",
    "w4a16",
    "machete",
    "exllama",
    "allspark",
    "conch",
    "mixedprecision",
    "wna16",
)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").removeprefix("nvfp4linearbackend.")


def fp4_class(name: str) -> KernelClass:
    """Return the class of an NVFP4 or MXFP4 kernel or backend by its name."""
    plain = _plain(name)
    if "emulation" in plain:
        return KernelClass.EMULATED
    if any(part in plain for part in (*_WEIGHT_ONLY_NAMES, "mxfp4bf16")):
        return KernelClass.WEIGHT_ONLY
    if any(part in plain for part in ("mxfp4mxfp8", "mxfp4fp8")):
        return KernelClass.UNKNOWN  # 4-bit weights with 8-bit activations: neither of ours
    native = ("flashinfer", "cutlass", "b12x", "fbgemm", "torchnvfp4", "trtllm", "cutedsl", "cudnn")
    return KernelClass.NATIVE_W4A4 if any(part in plain for part in native) else KernelClass.UNKNOWN


def fp8_class(name: str) -> KernelClass:
    """Return the class of an FP8 kernel or backend: Marlin and Humming only unpack the weights."""
    plain = _plain(name)
    if "emulation" in plain:
        return KernelClass.EMULATED
    return KernelClass.WEIGHT_ONLY if any(part in plain for part in ("marlin", "humming", "w8a16")) else KernelClass.FP8


def int8_class(name: str) -> KernelClass:
    """Return the class of an INT8 kernel or backend."""
    plain = _plain(name)
    if "emulation" in plain:
        return KernelClass.EMULATED
    return KernelClass.WEIGHT_ONLY if "humming" in plain or "w8a16" in plain else KernelClass.INT8


def weight_only_class(name: str) -> KernelClass:
    """Return the class of an INT4 kernel or backend."""
    return KernelClass.EMULATED if "emulation" in _plain(name) else KernelClass.WEIGHT_ONLY


def scaled_mm_class(name: str) -> KernelClass:
    """Return the class of a ``Selected {kernel} for {module}`` line, by the kernel's name."""
    plain = _plain(name)
    if "emulation" in plain:
        return KernelClass.EMULATED
    if "int8" in plain:
        return int8_class(name)
    return fp8_class(name) if "fp8" in plain else KernelClass.UNKNOWN


def _unquantized(_: str) -> KernelClass:
    return KernelClass.UNQUANTIZED


def _unknown(_: str) -> KernelClass:
    return KernelClass.UNKNOWN


_N = r"'?(?P<name>[\w.]+)'?"
_LINES: tuple[tuple[str, re.Pattern[str], Classify], ...] = tuple(
    (layer, re.compile(pattern), classify)
    for layer, pattern, classify in (
        ("moe", rf"Using {_N} Nv[Ff][Pp]4 MoE backend", fp4_class),
        ("moe", rf"Using {_N} Mx[Ff][Pp]4 MoE backend", fp4_class),
        ("moe", rf"Using {_N} for MXFP4 MoE", fp4_class),
        ("moe", rf"Using {_N} (?:Mx)?[Ff][Pp]8 MoE backend", fp8_class),
        ("moe", rf"Using {_N} Int8 MoE backend", int8_class),
        ("moe", rf"Using {_N} (?:WNA16|Int4) MoE backend", weight_only_class),
        ("moe", r"Using (?P<name>[\w. ]+?) Unquantized MoE backend", _unquantized),
        ("linear", rf"Using {_N} for (?:NV|MX)FP4 GEMM", fp4_class),
        ("linear", rf"Using {_N} for MXFP[68] GEMM", fp8_class),
        ("linear", rf"Using {_N} for mixed-precision linear", weight_only_class),
        ("linear", rf"Using {_N} for (?:CompressedTensorsW\wA16\w*|\w*(?:GPTQ|AWQ)\w*)", weight_only_class),
        ("linear", rf"Selected {_N} for \w+", scaled_mm_class),
        # An attention kernel says nothing about the weights.
        ("attention", r"Using (?:AttentionBackendEnum\.)?'?(?P<name>\w+)'? attention backend", _unknown),
        ("attention", r"Using (?P<name>[\w ]+?) backend on V1 engine", _unknown),
    )
)  # fmt: skip

_WARNINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"falling back to the slow and unoptimized emulation backend"),
        "NVFP4 linear layers run emulated: the numbers are W4A4, the speed is not",
    ),
    (
        re.compile(r"Unknown vLLM environment variable detected: (\S+)"),
        r"this vLLM ignores the environment variable \1",
    ),
    (
        re.compile(r"Default sampling parameters have been overridden by the model's .*generation config"),
        "the checkpoint's generation_config.json was loaded; agentbench's own sampling is sent with every request",
    ),
)


def kernels_of(lines: Iterable[str]) -> list[LayerKernel]:
    """Return the kernels that a log names, each once per layer kind, in order of appearance."""
    found: dict[tuple[str, str], LayerKernel] = {}
    for line in lines:
        message = strip_prefix(line).strip()
        for layer, pattern, classify in _LINES:
            if match := pattern.search(message):
                name = match["name"]
                kernel = LayerKernel(layer=layer, name=name, kernel_class=classify(name), log_line=message)
                found.setdefault((layer, name), kernel)
                break
    return list(found.values())


def warnings_of(lines: Iterable[str]) -> list[str]:
    """Return ready sentences for warnings that bear on what is measured."""
    found: dict[str, None] = {}
    for line in lines:
        for pattern, sentence in _WARNINGS:
            if match := pattern.search(line):
                found.setdefault(match.expand(sentence))
    return list(found)
