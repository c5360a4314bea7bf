"""Why an engine died before it was ready, in one sentence, from its log."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentbench.serving.loglines import strip_prefix

Sentence = Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class _Cause:
    pattern: re.Pattern[str]
    sentence: Sentence


def _cause(pattern: str, sentence: str | Sentence) -> _Cause:
    if isinstance(sentence, str):
        text = sentence
        return _Cause(re.compile(pattern, re.IGNORECASE), lambda match: match.expand(text))
    return _Cause(re.compile(pattern, re.IGNORECASE), sentence)


def _kv_too_small(match: re.Match[str]) -> str:
    length, needed, available = match.groups()
    return (
        f"the KV cache is too small: one request of max-model-len {length} needs {needed} GiB and {available} GiB are "
        "free; raise gpu-memory-utilization (or VLLM_CPU_KVCACHE_SPACE), use more GPUs, an fp8 kv-cache-dtype or a "
        "smaller max-model-len"
    )


# First hit wins, over the whole log: causes before their consequences.
_CAUSES: tuple[_Cause, ...] = (
    _cause(
        r"error: unrecognized arguments: (.+)", r"the engine does not know the argument \1; check the profile's args"
    ),
    _cause(r"error: argument (\S+): (.+)", r"the engine refused the argument \1: \2; check the profile's args"),
    _cause(
        r"invalid (tool call|reasoning) parser: (\S+)", r"the engine has no \1 parser '\2'; its version may be too old"
    ),
    _cause(
        r"No space left on device|Disk quota exceeded|Not enough free disk space",
        "the disk is full; free some space, or set HF_HOME to a larger disk",
    ),
    _cause(
        r"(?:GatedRepoError|Access to model (\S+) is restricted|gated repo|401 Client Error|403 Client Error)",
        "access to the checkpoint was denied; accept its terms on the Hub and set HF_TOKEN",
    ),
    _cause(
        r"RepositoryNotFoundError|RevisionNotFoundError|is not a valid model identifier|Repo id must be in the form|"
        r"is not a local folder or a valid repository name|Invalid repository ID or local directory",
        "the checkpoint was not found: there is no such repository, revision or directory",
    ),
    _cause(
        r"LocalEntryNotFoundError|OfflineModeIsEnabled|outgoing traffic has been disabled",
        "the checkpoint is not on this machine and the Hub is switched off (HF_HUB_OFFLINE); download it first",
    ),
    _cause(
        r"couldn't connect to 'https?://|Max retries exceeded with url|Temporary failure in name resolution|"
        r"Name or service not known|(?:httpx|httpcore|requests)\.\S*Connect\w*(?:Error|Timeout)",
        "the checkpoint is not on this machine and the Hub cannot be reached; download it first, or check the network",
    ),
    _cause(
        r"does not appear to have a file named (\S+)|Cannot find any model weights|No safetensors weights found",
        "the checkpoint is incomplete: weights or configuration are missing in its directory",
    ),
    _cause(r"Address already in use|error while attempting to bind on address", "its port is taken by another program"),
    _cause(
        r"max seq len\s*\((\d+)\)[^(]*\(([\d.]+) GiB KV cache is needed, which is larger than the available KV cache "
        r"memory \(([\d.]+) GiB\)",
        _kv_too_small,
    ),
    _cause(
        r"No available memory for the cache blocks|"
        r"larger than the maximum number of tokens that can be stored in KV cache",
        "no memory is left for the KV cache; raise gpu-memory-utilization, use more GPUs or a smaller max-model-len",
    ),
    _cause(
        r"Free memory on device.*?\(([\d./ ]+)GiB\).*?less than desired GPU memory utilization",
        r"the GPU's memory is held by another program (free: \1GiB); see nvidia-smi",
    ),
    _cause(
        r"CUDA out of memory|OutOfMemoryError|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED",
        "the GPU is out of memory; use more GPUs, a lower max-num-seqs, or a smaller quant",
    ),
    _cause(
        r"Failed to infer device type|libcuda\.so[^\n]*cannot open|Found no NVIDIA driver|No CUDA GPUs are available|"
        r"no NVIDIA GPU detected|CUDA driver initialization failed|NVIDIA driver on your system is too old",
        "no usable NVIDIA GPU was found: none is there, or its driver does not answer or is too old",
    ),
    _cause(
        r"Tensor parallel size \((\d+)\) cannot be larger than the number of available GPUs \((\d+)\)",
        r"tensor-parallel-size is \1 and there are \2 GPUs",
    ),
    _cause(
        r"World size \((\d+)\) is larger than the number of available GPUs \((\d+)\)",
        r"it was told to use \1 GPUs and there are \2",
    ),
    _cause(
        r"(?:The quantization method|Quantization method) (\S+) is not supported for the current GPU\. "
        r"(Minimum capability: \d+\. Current capability: \d+)",
        r"this GPU cannot run the quantization \1 (\2)",
    ),
    _cause(
        r"(?:Unknown|Unsupported|Invalid) quantization (?:method|config)[^\n]{0,160}|"
        r"quantization is currently not supported[^\n]{0,160}|"
        r"No (?:NVFP4|Fp8|WNA16)[^\n]{0,60} (?:kernel|backend)[^\n]{0,120}|"
        r"Failed to find a kernel that can implement[^\n]{0,160}|"
        r"No \w+ (?:linear kernel|MoE backend) supports[^\n]{0,120}",
        r"this engine cannot run the checkpoint's quantization on this machine: \g<0>",
    ),
    _cause(
        r"User-specified max_model_len \((\d+)\) is greater than the derived max_model_len \((\S+?)=([\d.]+)",
        r"max-model-len \1 is more than the checkpoint's own window (\2 = \3)",
    ),
    _cause(
        r"Model architectures \[?([^\]\n]+)\]? (?:are|is) not supported|does not recognize this architecture",
        "this engine version does not know the checkpoint's architecture; a newer vLLM may",
    ),
    _cause(
        r"No module named '?vllm(?:\.[\w.]+)?'?(?!\S)",
        "vLLM is not installed in the chosen interpreter; install pytest-agentbench[vllm] or name another 'python'",
    ),
)

_ERROR_LINE = re.compile(r"^(?:[\w.]+(?:Error|Exception|Interrupt)\b(?::|$)|error:|fatal:)|\berror: ", re.IGNORECASE)
_NOISE = re.compile(r"Engine core initialization failed|See root cause above|EngineDeadError|resource_tracker|nanobind")
_DETAIL = re.compile(r"^\s+Value error, (.+?)(?: \[type=|$)")


def explain_death(lines: Sequence[str], exit_code: int | None) -> str:
    """Return the cause as one clause, without a final stop.

    Args:
        lines: The log's lines, oldest first.
        exit_code: The engine's return code, minus the signal's number if a signal ended it.
    """
    messages = [strip_prefix(line) for line in lines]
    text = "\n".join(messages)
    for cause in _CAUSES:
        if match := cause.pattern.search(text):
            return _one_line(cause.sentence(match))
    if exit_code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return (
            "it was killed (signal 9): most often the kernel's out-of-memory killer; the machine has too little memory"
        )
    if last := _last_error(messages):
        return f"it failed with: {last}"
    return f"it ended with {_ending(exit_code)} and gave no reason"


def _last_error(messages: Sequence[str]) -> str | None:
    for message in reversed(messages):
        if detail := _DETAIL.search(message):
            return _one_line(detail[1])
        if _ERROR_LINE.search(message) and not _NOISE.search(message):
            return _one_line(message)
    return None


def _ending(exit_code: int | None) -> str:
    if exit_code is None:
        return "an unknown status"
    if exit_code < 0:
        try:
            return f"signal {-exit_code} ({signal.Signals(-exit_code).name})"
        except ValueError:
            return f"signal {-exit_code}"
    return f"exit status {exit_code}"


def _one_line(text: str, limit: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
