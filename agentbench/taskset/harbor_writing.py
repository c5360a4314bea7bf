"""Writes one variant as a plain harbor task directory, with none of our additions left in it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import tomli_w

import agentbench
from agentbench.errors import TaskError
from agentbench.records import FileContent, RenderedTask
from agentbench.records.paths import data_dir
from agentbench.taskset.atif import write_trajectory
from agentbench.taskset.context import BuiltContext
from agentbench.taskset.depth import reading_order
from agentbench.taskset.loading import dockerfile
from agentbench.taskset.prior import TRAJECTORY

_VERIFY = Path(agentbench.__file__).parent / "grading" / "verify.py"
"""Read as a file: the library that hidden tests import runs in the sandbox, never here."""
_COPY_LINE = dockerfile("").splitlines()[-1]


def write_harbor(rendered: RenderedTask, directory: Path, context: BuiltContext | None = None) -> None:
    """Write a variant as a harbor task.

    The sandbox's Dockerfile is inlined, ``agentbench_verify.py`` lies beside the tests, and follow-ups become
    ``[[steps]]`` of which the last one's reward counts. Facts that our context plans would tell in a history are
    appended to the instruction, or stand in the built context, which lies beside it as prior context. A plain harbor
    task is copied as it is.

    Args:
        rendered: The variant.
        directory: Must not exist, or be empty.
        context: What the case's first request is; without one, the facts are notes in the instruction.

    Raises:
        TaskError: The directory is in use, or the sandbox's Dockerfile is missing.

    """
    if directory.exists() and any(directory.iterdir()):
        raise TaskError(f"{directory}: is not empty; name a new directory")
    if not rendered.task.native:
        assert context is None, "a plain harbor task takes no scripted context"
        shutil.copytree(rendered.task.path, directory, dirs_exist_ok=True)
        return
    directory.mkdir(parents=True, exist_ok=True)
    write_tree(directory / "environment" / "workspace", rendered.workspace)
    write_tree(directory / "tests", rendered.tests)
    write_tree(directory / "solution", rendered.solution)
    shutil.copyfile(_VERIFY, directory / "tests" / "agentbench_verify.py")
    _write_environment(rendered.task.sandbox.image, directory / "environment")
    texts = [rendered.instruction if context else _instruction(rendered), *rendered.follow_ups]
    steps = [f"turn-{number}" for number in range(1, len(texts) + 1)] if len(texts) > 1 else []
    (directory / "instruction.md").write_text(texts[0], encoding="utf-8")
    for step, text in zip(steps, texts, strict=False):
        (directory / "steps" / step).mkdir(parents=True)
        (directory / "steps" / step / "instruction.md").write_text(text, encoding="utf-8")
    if context is not None:
        first = directory / "steps" / steps[0] if steps else directory
        write_trajectory(first / TRAJECTORY, context.messages[:-1], context.tools)
    (directory / "task.toml").write_text(tomli_w.dumps(_toml(rendered, steps)), encoding="utf-8")


def write_tree(directory: Path, files: dict[str, FileContent]) -> None:
    """Write a rendered tree below a directory, executable bits included."""
    for name, file in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        path.chmod(file.mode)


def _write_environment(sandbox: str, directory: Path) -> None:
    source = data_dir("sandboxes") / sandbox
    if not (source / "Dockerfile").is_file():
        raise TaskError(f"{source / 'Dockerfile'}: missing; a rendered task carries its sandbox's Dockerfile")
    shutil.copytree(source, directory, dirs_exist_ok=True)
    base = (source / "Dockerfile").read_text(encoding="utf-8").rstrip("\n")
    (directory / "Dockerfile").write_text(f"{base}\n\nWORKDIR /workspace\n{_COPY_LINE}\n", encoding="utf-8")


def _instruction(rendered: RenderedTask) -> str:
    """Return the instruction with what a context plan would have told before it."""
    if not rendered.facts:
        return rendered.instruction
    in_order = reading_order(rendered.facts, variant=rendered.variant, cluster=rendered.task.cluster)
    notes = "\n".join(f"- {' '.join(fact.text.split())}" for fact in in_order)
    return f"{rendered.instruction.rstrip()}\n\nThe handover notes, in the order of reading:\n\n{notes}\n"


def _toml(rendered: RenderedTask, steps: list[str]) -> dict[str, Any]:
    task, needs = rendered.task, rendered.task.sandbox
    name = task.name if "/" in task.name else f"agentbench/{task.name}"
    document: dict[str, Any] = {"schema_version": "1.4", "artifacts": []}
    if steps:
        document["multi_step_reward_strategy"] = "final"
    document["task"] = {"name": name, "description": task.description}
    document["metadata"] = {**task.metadata, "rendered_from": task.id, "rendered_variant": rendered.variant}
    if task.agent_timeout_s is not None:
        document["agent"] = {"timeout_sec": task.agent_timeout_s}
    document["verifier"] = {"timeout_sec": task.verifier_timeout_s}
    document["environment"] = {
        "cpus": needs.cpus,
        "memory_mb": needs.memory_mb,
        "network_mode": "no-network",
        "env": needs.env,
    }
    if steps:
        document["steps"] = [{"name": step} for step in steps]
    return document
