"""What a family's TOML file may hold: the shape of each table, before ``extends`` and defaults are resolved."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, LiteralString

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from agentbench.records import ContextPlanKind, KernelClass, Limits, Margins, Record, Sampling, Tokenizer
from agentbench.records.family import Engine, EngineArg

TOOL_NAMES = ("bash", "read_file", "write_file", "edit_file", "search", "list_files", "run_tests", "plan", "submit")
"""The tools a family may name; their schemas live in the agent's room."""

FAULT_NAMES = (
    "bad_json",
    "context_full",
    "context_growth",
    "corrected",
    "doubled_letter",
    "drop_connection",
    "duplicate_id",
    "empty",
    "enum",
    "episode_icc",
    "finish_reason",
    "give_up",
    "given_twice",
    "hallucinated",
    "language",
    "latency_s",
    "leaked_markup",
    "left_out",
    "loop",
    "malformed",
    "missing_required",
    "near_miss",
    "not_object",
    "omitted",
    "other_atom",
    "reasoning_only",
    "salt",
    "schema_other",
    "server_error",
    "solve_rate",
    "stale",
    "stray_quote",
    "truncated",
    "unexpected_property",
    "unknown_name",
    "unsolved",
    "violated",
    "wrong_type",
)
"""Faults that the simulated model can plant; its own table is checked against this one."""
FAULTS_THAT_ARE_NO_RATES = ("latency_s", "salt", "context_growth", "context_full")

_SIZE = re.compile(r"(\d+)k", re.IGNORECASE)


def _tokens(value: Any) -> Any:
    """Read ``"32k"`` as 32,768; leave all else to the type check."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        return int(match[1]) * 1024
    return value


def _one_of(known: type[StrEnum], kind: LiteralString, value: Any) -> Any:
    if isinstance(value, str):
        try:
            return known(value)
        except ValueError:
            raise PydanticCustomError(kind, "one of {names}", {"names": ", ".join(known)}) from None
    return value


def _kernel_class(value: Any) -> Any:
    return _one_of(KernelClass, "kernel_class", value)


def _plan(value: Any) -> Any:
    return _one_of(ContextPlanKind, "context_plan", value)


Tokens = Annotated[int, BeforeValidator(_tokens), Field(gt=0)]
ExpectedKernel = Annotated[KernelClass, BeforeValidator(_kernel_class)]
Plan = Annotated[ContextPlanKind, BeforeValidator(_plan)]
Table = dict[str, EngineArg]


class ExpectTable(Record):
    """``expect.linear`` and ``expect.moe``."""

    linear: ExpectedKernel | None = None
    moe: ExpectedKernel | None = None


class SuiteTable(Record):
    """``[suite.<name>]``."""

    tasks: list[str] | None = None
    contexts: list[Tokens] = Field(min_length=1)
    plans: list[Plan] = Field([ContextPlanKind.HISTORY], min_length=1)
    variants: int = Field(1, gt=0)
    trials: int = Field(1, gt=0)
    alpha: float = Field(0.05, gt=0, lt=1)
    seed: int = 0


class EngineTable(Record):
    """``[engine]``: what every profile of the family shares."""

    kind: Literal["vllm", "endpoint", "sim"] = "vllm"
    args: Table = {}
    env: dict[str, str] = {}
    gpus: Literal["all", "none"] | Annotated[int, Field(gt=0)] = "all"
    boot_timeout_s: float = Field(3600, gt=0)
    python: str | None = None
    url: str | None = None
    api_key: str | None = None
    served_name: str | None = None


class QuantTable(Record):
    """``[quant.<name>]``: a checkpoint, and how it differs from the family's engine."""

    checkpoint: str | None = None
    revision: str | None = None
    expect: ExpectTable = ExpectTable()
    concurrency: int = Field(8, gt=0)
    faults: dict[str, float] = {}
    kind: Literal["vllm", "endpoint", "sim"] | None = None
    args: Table = {}
    env: dict[str, str] = {}
    gpus: Literal["all", "none"] | Annotated[int, Field(gt=0)] | None = None
    boot_timeout_s: float | None = Field(None, gt=0)
    python: str | None = None
    url: str | None = None
    api_key: str | None = None
    served_name: str | None = None


class FamilyFile(Record):
    """The whole file."""

    extends: str | None = None
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    context_window: Tokens
    reference: str
    tokenizer: Tokenizer
    chat_template: str = "from:reference"
    reasoning_field: str | None = None
    tools: list[str] = Field(list(TOOL_NAMES), min_length=1)
    default_suite: str = "nightly"
    limits: Limits = Limits()
    sampling: Sampling = Sampling()
    margins: Margins = Margins()
    engine: EngineTable = EngineTable()
    suite: dict[str, SuiteTable] = {}
    quant: dict[str, QuantTable] = Field(min_length=1)
    extra_body: dict[str, Any] = {}


class SuitesFile(Record):
    """``builtin/suites.toml``."""

    suite: dict[str, SuiteTable]


ENGINE_KEYS = tuple(Engine.model_fields)
"""Keys that a quant's table may override in the family's engine."""
