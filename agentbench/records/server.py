"""A model server as it was booted: what was declared, what ran, and what it answered."""

from __future__ import annotations

from agentbench.records.base import Record
from agentbench.records.vocabulary import KernelClass


class LayerKernel(Record):
    """The kernel of one kind of layer, with the log line as evidence."""

    layer: str
    """``linear``, ``moe`` or ``attention``."""
    name: str
    """Class or backend name, ``FlashInferCutlassNvFp4LinearKernel``."""
    kernel_class: KernelClass
    log_line: str


class DeclaredFormat(Record):
    """What the checkpoint's ``config.json`` says."""

    quant_method: str | None = None
    format: str | None = None
    kernel_class: KernelClass = KernelClass.UNKNOWN
    """What these declarations ask for."""
    group_size: int | None = None
    ignored: list[str] = []
    kv_cache_scheme: str | None = None


class KernelProvenance(Record):
    """Declared against actual, for linear and MoE layers apart."""

    declared: DeclaredFormat
    ran: list[LayerKernel] = []
    warnings: list[str] = []
    """Ready sentences for the first screen: fallbacks, emulation, unmet expectations."""


class Preflight(Record):
    """What the server answered before the first episode."""

    completion_ok: bool
    tools_ok: bool
    """One request with tools was answered well-formed."""
    tool_call: bool
    """Whether a call came back. An untuned model writes prose: a warning, no death."""
    tokenize: bool
    """Whether ``/tokenize`` exists; without it the run is ``template_unverified``."""
    detail: str | None = None


class ServerInfo(Record):
    """Everything about a running server that belongs to the run."""

    kind: str
    base_url: str
    """Ends in ``/v1``."""
    model: str
    max_model_len: int | None = None
    version: str | None = None
    command: list[str] = []
    env: dict[str, str] = {}
    log_path: str | None = None
    pid: int | None = None
    gpus: list[str] = []
    provenance: KernelProvenance | None = None
    preflight: Preflight | None = None
    boot_s: float | None = None
