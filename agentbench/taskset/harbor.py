"""Harbor's ``task.toml`` (schema 1.4 and its older spellings) as pydantic models.

Only what agentbench reads is modelled; keys that it does not know are left alone, since harbor's schema grows. What it
knows and cannot do is refused by name (``unsupported_feature``), never passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agentbench.taskset.prior import TRAJECTORY

NetworkMode = Literal["public", "no-network", "none", "allowlist"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TaskTable(_Table):
    """``[task]``."""

    name: str | None = None
    description: str = ""


class _Networked(_Table):
    network_mode: NetworkMode | None = None
    allowed_hosts: list[str] = []


class AgentTable(_Networked):
    """``[agent]``, also within a step."""

    timeout_sec: float | None = Field(None, gt=0)
    user: str | int | None = None


class CollectTable(_Table):
    """``[[verifier.collect]]``."""

    command: str
    service: str = "main"
    timeout_sec: float = Field(60, gt=0)
    user: str | int | None = None


class VerifierTable(_Networked):
    """``[verifier]``, also within a step."""

    timeout_sec: float = Field(600, gt=0)
    env: dict[str, str] = {}
    user: str | int | None = None
    environment_mode: Literal["shared", "separate"] | None = None
    environment: dict[str, Any] | None = None
    collect: list[CollectTable] = []


class EnvironmentTable(_Networked):
    """``[environment]``."""

    docker_image: str | None = None
    os: Literal["linux", "windows"] = "linux"
    cpus: float | None = Field(None, gt=0)
    memory_mb: int | None = Field(None, gt=0)
    storage_mb: int | None = Field(None, gt=0)
    gpus: int | None = None
    gpu_types: list[str] | None = None
    tpu: Any = None
    env: dict[str, str] = {}
    workdir: str | None = None
    mcp_servers: list[Any] = []
    healthcheck: dict[str, Any] | None = None
    allow_internet: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _old_sizes(cls, data: Any) -> Any:
        """Accept ``memory = "2G"`` and ``storage = "10G"`` of the schemas before 1.0."""
        if not isinstance(data, Mapping):
            return data
        table = dict(data)
        for old, new in (("memory", "memory_mb"), ("storage", "storage_mb")):
            if old in table and new not in table:
                table[new] = _megabytes(old, table[old])
        return table


class StepTable(_Table):
    """``[[steps]]``."""

    name: str
    agent: AgentTable = AgentTable()
    verifier: VerifierTable | None = None
    min_reward: float | dict[str, float] | None = None
    healthcheck: dict[str, Any] | None = None
    artifacts: list[str | dict[str, Any]] = []


class SolutionTable(_Table):
    """``[solution]``."""

    env: dict[str, str] = {}


class HarborTask(_Table):
    """The whole file. ``version`` and ``schema_version`` are the same key, old and new."""

    schema_version: str = "1.0"
    task: TaskTable = TaskTable()
    metadata: dict[str, Any] = {}
    agent: AgentTable = AgentTable()
    verifier: VerifierTable = VerifierTable()
    environment: EnvironmentTable = EnvironmentTable()
    solution: SolutionTable = SolutionTable()
    steps: list[StepTable] = []
    multi_step_reward_strategy: Literal["mean", "final"] | None = None
    artifacts: list[str | dict[str, Any]] = []

    @model_validator(mode="before")
    @classmethod
    def _old_version(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "version" in data and "schema_version" not in data:
            return {**data, "schema_version": data["version"]}
        return data

    @field_validator("schema_version", mode="before")
    @classmethod
    def _known_version(cls, value: Any) -> str:
        text = str(value)
        if not re.fullmatch(r"1(\.\d+)*", text):
            raise ValueError("a harbor schema version 1.x was expected")
        return text

    @property
    def needs_network(self) -> bool:
        """Whether the task asks for the network in so many words; harbor's default (public) is no such request."""
        tables: list[_Networked] = [self.environment, self.agent, *(step.agent for step in self.steps), *self.verifiers]
        return self.environment.allow_internet is True or any(
            table.network_mode in ("public", "allowlist") or table.allowed_hosts for table in tables
        )

    @property
    def verifiers(self) -> list[VerifierTable]:
        """All tables about verifiers: the task's own, and those of its steps that have one."""
        return [self.verifier, *(step.verifier for step in self.steps if step.verifier is not None)]


def unsupported_feature(task: HarborTask, directory: Path) -> str | None:
    """Return the name of the first feature of a task that agentbench cannot run, or None."""
    environment, steps = task.environment, task.steps
    late = [place for place in _later_priors(task) if (directory / place).exists()]
    compose = [name for name in _COMPOSE_FILES if (directory / "environment" / name).exists()]
    features: dict[str, Any] = {
        f"docker compose (environment/{compose[0] if compose else ''})": compose,
        "Windows containers (environment.os)": environment.os == "windows",
        "Windows tests (tests/test.bat)": (directory / "tests" / "test.bat").exists()
        and not (directory / "tests" / "test.sh").exists(),
        "GPUs (environment.gpus)": environment.gpus or environment.gpu_types,
        "TPUs (environment.tpu)": environment.tpu,
        "MCP servers (environment.mcp_servers)": environment.mcp_servers,
        "health checks (environment.healthcheck)": environment.healthcheck or any(step.healthcheck for step in steps),
        f"a prior context that is not its first step's ({''.join(late[:1])})": late,
        "an agent of its own for a step (steps.agent.user)": any(
            step.agent.user not in (None, task.agent.user) for step in steps
        ),
        "tests as another user than root (verifier.user)": any(table.user not in _ROOT for table in task.verifiers),
        "collecting from other services (verifier.collect.service)": any(
            hook.service != "main" for table in task.verifiers for hook in table.collect
        ),
        "collecting as a user of its own (verifier.collect.user)": any(
            hook.user not in (*_ROOT, task.agent.user) for table in task.verifiers for hook in table.collect
        ),
        "an image of its own for the verifier (verifier.environment)": any(
            table.environment for table in task.verifiers
        )
        or any((directory / place / "tests" / "Dockerfile").exists() for place in ("", *step_places(task))),
    }
    return next((name for name, used in features.items() if used), None)


_ROOT = (None, "root", 0, "0")


def step_places(task: HarborTask) -> list[str]:
    """Return the directories of a task's steps, below its own."""
    return [f"steps/{step.name}" for step in task.steps]


def prior_place(task: HarborTask) -> str:
    """Return where a task's prior context lies, if it has one: beside its first instruction."""
    return f"{step_places(task)[0]}/{TRAJECTORY}" if task.steps else TRAJECTORY


def _later_priors(task: HarborTask) -> list[str]:
    return [TRAJECTORY, *(f"{place}/{TRAJECTORY}" for place in step_places(task)[1:])] if task.steps else []


def resolve_env(env: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Fill in ``${NAME}`` and ``${NAME:-default}`` from the process environment.

    Returns:
        The filled table, and the names that are set nowhere and have no default.

    """
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        value = os.environ.get(name)
        if not value and default is not None:
            return default
        if value is None:
            missing.append(name)
        return value or ""

    return {key: _ENV_REFERENCE.sub(fill, value) for key, value in env.items()}, missing


_ENV_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.yml", "compose.yaml", "compose.yml")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)
_MEGABYTES = {"": 1 / (1 << 20), "K": 1 / 1024, "M": 1, "G": 1024, "T": 1 << 20}


def _megabytes(key: str, size: Any) -> int:
    match = _SIZE.fullmatch(str(size).strip())
    if match is None:
        raise ValueError(f"{key} = {size!r} is no size such as '2G' or '512M'")
    return max(1, round(float(match[1]) * _MEGABYTES[match[2].upper()]))
