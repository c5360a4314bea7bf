"""What may be compared with what."""

from __future__ import annotations

from typing import Any, Literal

from agentbench.records.base import Record
from agentbench.records.case import Cell
from agentbench.records.family import Limits, Sampling
from agentbench.records.sequential import PlannedLooks
from agentbench.records.vocabulary import Metric


class HardLock(Record):
    """A difference in any of these makes two runs incomparable."""

    family: str
    tasks: dict[str, str]
    """Task id to digest."""
    tools: str
    """Digest of the tool definitions."""
    prompts: str
    """Digest of the system prompt and the context plan's version."""
    template: str
    """Digest of the chat template text, or of the checkpoint that it is taken from."""
    sampling: Sampling
    limits: Limits
    seed: int


class SoftLock(Record):
    """Differences in these are listed on the first screen."""

    served: dict[str, str | None] = {}
    """``checkpoint``, ``revision`` and ``endpoint``: known before anything boots."""
    engine: str | None = None
    """Name and version."""
    engine_args: dict[str, Any] = {}
    gpus: list[str] = []
    concurrency: int
    kernels: dict[str, str] = {}
    kv_cache_dtype: str | None = None
    sandbox: dict[str, Any] = {}
    images: dict[str, str] = {}
    """Tags of the sandbox images, by name: each ends in the digest of what it is built from."""
    image_ids: dict[str, str] = {}
    """What was built from it on this machine, by tag; on record, and no difference: every build has its own."""
    agentbench_version: str
    date: str


class Lock(Record):
    """Both, as stored with a run and with a reference."""

    hard: HardLock
    soft: SoftLock


class LockDifference(Record):
    """One named difference."""

    key: str
    """``tasks.config/rate-limits``, ``sampling.temperature``, ..."""
    ours: str
    theirs: str


class PlannedRun(Record):
    """What a run set out to do: stored before the first episode, so that resume and missing are decidable."""

    family: str
    family_source: str = ""
    """The file that the family was loaded from; empty where it is not known."""
    quant: str
    suite: str
    contexts: list[int]
    variants: int
    trials: int
    seed: int
    alpha: float
    cases: list[str]
    """Case ids, in planned order."""
    cells: list[Cell]
    """The distinct cells of the cases, in planned order."""
    subset: bool
    """Whether items of the suite were deselected."""
    mode: Literal["tasks", "requests"] = "tasks"
    """``requests`` for a request set (``agentbench verify``): a cell is a request, a trial a loop."""
    metrics: list[Metric] = list(Metric)
    """The gated metrics: fixed by what is planned, before there are results."""
    looks: PlannedLooks | None = None
    """Of a sequential run (``--quant-trials=auto``), whose cases are in the order of its blocks."""
