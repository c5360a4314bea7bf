"""Finds task directories and loads them: harbor's format, and ours within its free table.

A loaded task is sound as far as can be seen without running it: whatever is malformed is one sentence that starts with
the file and the key. Nothing below a task directory is ever imported or executed.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agentbench.errors import TaskError, UnsupportedTaskError, UsageError, did_you_mean
from agentbench.records import CollectHook, SandboxNeeds, SandboxProfile, StepSpec, TaskSpec
from agentbench.records.paths import data_dir
from agentbench.taskset import native
from agentbench.taskset.files import tree_digest
from agentbench.taskset.harbor import (
    CollectTable,
    HarborTask,
    StepTable,
    prior_place,
    resolve_env,
    step_places,
    unsupported_feature,
)
from agentbench.taskset.layers import BASE_FILE, base_directories, layers_digest, merged
from agentbench.taskset.native import NativeTable
from agentbench.taskset.prior import TRAJECTORY, read_prior
from agentbench.taskset.static import check_task_static

_Model = TypeVar("_Model", bound=BaseModel)
_ID = re.compile(r"[A-Za-z0-9._/-]+")


def is_task_dir(path: Path) -> bool:
    """Return whether a directory is a harbor task: ``task.toml`` beside ``instruction.md`` or ``steps/``."""
    return (path / "task.toml").is_file() and ((path / "instruction.md").is_file() or (path / "steps").is_dir())


def discover(paths: Iterable[Path], *, root: Path) -> list[Path]:
    """Return the task directories at or below some paths, sorted, each once.

    Args:
        paths: Directories, task directories or files within one (``task.toml``); relative ones start at ``root``.
        root: The tasks root.

    Raises:
        UsageError: A path does not exist.

    """
    found: set[Path] = set()
    for given in paths:
        path = Path(os.path.abspath(root / given))  # noqa: PTH100  (links stay as named)
        if not path.exists():
            raise UsageError(f"{given}: no such file or directory")
        above = [parent for parent in (path, *path.parents) if is_task_dir(parent)]
        found.update(above[:1] or _below(path))
    return sorted(found)


def _below(directory: Path) -> Iterable[Path]:
    for parent, dirs, _ in os.walk(directory):
        if is_task_dir(Path(parent)):
            dirs.clear()
            yield Path(parent)
        dirs[:] = sorted(
            name for name in dirs if not name.startswith(".") and name not in ("__pycache__", "node_modules")
        )


def load_task(path: Path, *, root: Path) -> TaskSpec:
    """Load one task directory.

    Args:
        path: The directory.
        root: The tasks root, from which ids are counted.

    Raises:
        TaskError: The directory is malformed.
        UnsupportedTaskError: A sound harbor task needs a feature that agentbench lacks.

    """
    path = path.absolute()
    toml = path / "task.toml"
    raw = _parse(toml)
    harbor = _validate(HarborTask, raw, toml)
    task_id = _task_id(path, root.absolute())
    names = [step.name for step in harbor.steps]
    for name in names:
        if not name.strip(".") or "/" in name or names.count(name) > 1:
            raise TaskError(f"{toml}: steps.name: found {name!r}, expected a directory below steps/, each step another")
    feature = unsupported_feature(harbor, path)
    if feature is not None:
        raise UnsupportedTaskError(f"{task_id}: needs {feature}, which agentbench does not support")
    if "agentbench" not in harbor.metadata:
        _require_files(path, harbor, [path])
        return _foreign(path, task_id, harbor)
    task = _native(path, task_id, harbor, root.absolute())
    for problem in check_task_static(task):
        raise TaskError(problem)
    return task


def _parse(toml: Path) -> dict[str, Any]:
    try:
        text = toml.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"at line {len(text.splitlines())}, the end of the file"
        raise TaskError(f"{toml}: malformed TOML: {str(error).replace('at end of document', end)}") from error
    except UnicodeDecodeError as error:
        raise TaskError(f"{toml}: is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise TaskError(f"{toml}: cannot be read: {error.strerror}") from error


def _validate(model: type[_Model], raw: Any, toml: Path, prefix: str = "") -> _Model:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise TaskError(f"{toml}: {_sentence(error, prefix)}") from error


def _sentence(error: ValidationError, prefix: str) -> str:
    """Return the first fault of a validation as ``key: what was found and what was expected``."""
    first = error.errors(include_url=False)[0]
    location = first["loc"]
    if not prefix and location[-1:] == ("old_version",):
        location = ()
    key = prefix + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    key = key.lstrip(".") or "the file"
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key{did_you_mean(str(location[-1]), native.known_keys(tuple(location[:-1])))}"
    if first["type"] == "missing":
        return f"{key}: missing"
    if first["type"] == "value_error":
        return f"{key}: {first['ctx']['error']}"
    expected = first["msg"].removeprefix("Input should be ").replace("a valid ", "a ")
    hint = ""
    if first["type"] in ("literal_error", "enum") and isinstance(first["input"], str):
        hint = did_you_mean(first["input"], re.findall(r"'([^']+)'", first["ctx"]["expected"]))
    return f"{key}: found {first['input']!r}, expected {expected}{hint if hint.startswith('; did') else ''}"


def _task_id(path: Path, root: Path) -> str:
    name = path.relative_to(root).as_posix() if path != root and path.is_relative_to(root) else path.name
    if not _ID.fullmatch(name):
        raise TaskError(f"{path}: the directory's name may hold letters, digits, '.', '_' and '-' only, found '{name}'")
    return name


def _require_files(path: Path, harbor: HarborTask, layers: Sequence[Path]) -> None:
    steps = [path / place for place in step_places(harbor)]
    shared = list(reversed(layers))
    for place in steps or [path]:
        if not _exists(place / "instruction.md"):
            raise TaskError(f"{place / 'instruction.md'}: missing; every task carries it")
    for name in ("solution/solve.sh", "tests/test.sh"):
        for places in [[*shared, step] for step in steps] or [shared]:
            if not any(_exists(place / name) for place in places):
                raise TaskError(f"{places[0] / name}: missing; every task carries it")


def _exists(file: Path) -> bool:
    return file.is_file() or file.with_name(f"{file.name}.j2").is_file()


def _native(path: Path, task_id: str, harbor: HarborTask, root: Path) -> TaskSpec:
    toml = path / "task.toml"
    raw = harbor.metadata["agentbench"]
    bases = base_directories(path, raw.get("base", []), toml) if isinstance(raw, dict) else []
    tables = [_parse(base / BASE_FILE) for base in bases]
    table = _validate(NativeTable, merged([*tables, raw]) if bases else raw, toml, "metadata.agentbench")
    for problem in native.problems(table):
        raise TaskError(f"{toml}: metadata.agentbench.{problem}")
    if harbor.steps:
        raise TaskError(f"{toml}: steps: a task with [metadata.agentbench] has 'follow_ups' there instead")
    if (path / TRAJECTORY).exists():
        raise TaskError(f"{path / TRAJECTORY}: a task with [metadata.agentbench] tells what came before in its 'facts'")
    layers = [*bases, path]
    _require_files(path, harbor, layers)
    if not any(_exists(layer / "tests" / "checks.py") for layer in layers):
        raise TaskError(f"{path / 'tests' / 'checks.py'}: missing; tests/test.sh runs it")
    _check_sandbox(toml, table.sandbox, root)
    if not bases:
        _check_dockerfile(path / "environment" / "Dockerfile", table.sandbox)
    environment = harbor.environment
    needs = SandboxNeeds(
        image=table.sandbox,
        profile=SandboxProfile.STRICT,
        **_given(cpus=environment.cpus, memory_mb=environment.memory_mb, workspace_mb=environment.storage_mb),
        env=_env(toml, "environment", environment.env),
    )
    return TaskSpec(
        **_common(path, task_id, harbor, layers),
        bases=[str(base) for base in bases],
        cluster=table.cluster or task_id,
        native=True,
        sandbox=needs,
        variables=table.variables,
        constants=table.constants,
        details=table.details,
        facts=table.facts,
        follow_ups=table.follow_ups,
        tests=table.tests,
    )


def _foreign(path: Path, task_id: str, harbor: HarborTask) -> TaskSpec:
    toml = path / "task.toml"
    environment, user = harbor.environment, harbor.agent.user
    prior = prior_place(harbor) if (path / prior_place(harbor)).exists() else None
    if prior is not None:
        read_prior(path / prior)  # for its faults: an episode is no place to learn of them
    if environment.docker_image is None and not (path / "environment" / "Dockerfile").is_file():
        raise TaskError(
            f"{path / 'environment' / 'Dockerfile'}: missing, and task.toml names no environment.docker_image"
        )
    needs = SandboxNeeds(
        image=environment.docker_image or f"build:{tree_digest(path / 'environment')}",
        profile=SandboxProfile.HARBOR,
        user=None if user is None else str(user),
        workdir=environment.workdir,
        **_given(cpus=environment.cpus, memory_mb=environment.memory_mb),
        env=_env(toml, "environment", environment.env),
        needs_network=harbor.needs_network,
        verifier_mode=harbor.verifier.environment_mode or "shared",
    )
    return TaskSpec(
        **_common(path, task_id, harbor, [path]),
        cluster=task_id,
        native=False,
        sandbox=needs,
        steps=[_step(step, harbor, toml) for step in harbor.steps],
        reward_strategy=harbor.multi_step_reward_strategy or ("mean" if harbor.steps else "final"),
        verifier_env=_env(toml, "verifier", harbor.verifier.env),
        solution_env=_env(toml, "solution", harbor.solution.env),
        artifacts=_sources(harbor.artifacts),
        collect=_hooks(harbor.verifier.collect),
        trajectory=prior,
    )


def _step(step: StepTable, harbor: HarborTask, toml: Path) -> StepSpec:
    """Return a step with what it inherits from its task: a verifier's mode, environment, artifacts and hooks."""
    own, least = step.verifier or harbor.verifier, step.min_reward
    inherited = [] if step.verifier is None else harbor.verifier.collect
    return StepSpec(
        name=step.name,
        min_reward={} if least is None else least if isinstance(least, dict) else {"reward": least},
        agent_timeout_s=step.agent.timeout_sec or harbor.agent.timeout_sec,
        verifier_timeout_s=own.timeout_sec,
        verifier_env=_env(toml, "verifier", {**harbor.verifier.env, **own.env}),
        verifier_mode=own.environment_mode or harbor.verifier.environment_mode or "shared",
        artifacts=_sources([*harbor.artifacts, *step.artifacts]),
        collect=_hooks([*inherited, *own.collect]),
    )


def _sources(artifacts: Iterable[str | dict[str, Any]]) -> list[str]:
    return [one if isinstance(one, str) else str(one.get("source", "")) for one in artifacts]


def _hooks(tables: Iterable[CollectTable]) -> list[CollectHook]:
    return [
        CollectHook(
            command=one.command, timeout_s=one.timeout_sec, user="root" if str(one.user) in ("root", "0") else "agent"
        )
        for one in tables
    ]


def _common(path: Path, task_id: str, harbor: HarborTask, layers: Sequence[Path]) -> dict[str, Any]:
    tags = harbor.metadata.get("tags", [])
    return {
        "id": task_id,
        "path": str(path),
        "name": harbor.task.name or task_id,
        "description": harbor.task.description,
        "digest": layers_digest(layers),
        "verifier_timeout_s": harbor.verifier.timeout_sec,
        "agent_timeout_s": harbor.agent.timeout_sec,
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "metadata": {key: value for key, value in harbor.metadata.items() if key != "agentbench"},
    }


def _given(**values: float | None) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _env(toml: Path, table: str, env: dict[str, str]) -> dict[str, str]:
    resolved, missing = resolve_env(env)
    if missing:
        raise UnsupportedTaskError(
            f"{toml}: {table}.env: needs the environment variable {missing[0]}, which is not set"
        )
    return resolved


def _check_sandbox(toml: Path, name: str, root: Path) -> None:
    places = (data_dir("sandboxes"), root.parent / "sandboxes", root / "sandboxes")
    known = {entry.name for place in places if place.is_dir() for entry in place.iterdir() if entry.is_dir()}
    if name not in known:
        raise TaskError(f"{toml}: metadata.agentbench.sandbox: no sandbox '{name}'{did_you_mean(name, known)}")


def _check_dockerfile(file: Path, sandbox: str) -> None:
    """Hold a native task to the form that lets its rendered directory be built by harbor and never by us."""
    if not file.is_file():
        raise TaskError(f"{file}: missing; expected {dockerfile(sandbox)!r}")
    lines = [" ".join(line.split()) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    expected = dockerfile(sandbox).splitlines()
    for index, line in enumerate(expected):
        if index >= len(found) or found[index] != line:
            what = f"found '{found[index]}'" if index < len(found) else "the file ends"
            raise TaskError(f"{file}: {what}, expected '{line}' (sandbox = \"{sandbox}\" in task.toml)")
    if len(found) > len(expected):
        raise TaskError(f"{file}: '{found[len(expected)]}' is one line too many; expected only {expected}")


def dockerfile(sandbox: str) -> str:
    """Return the only Dockerfile that a native task may have; it is never built here."""
    return f"FROM agentbench/{sandbox}\nWORKDIR /workspace\nCOPY workspace/ /workspace/\n"
