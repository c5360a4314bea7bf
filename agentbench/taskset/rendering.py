"""Renders one variant of a task: everything an episode needs, as plain data.

Text is rendered for ``instruction.md``, follow-ups, details and facts always, and for files whose name ends in ``.j2``;
every other file keeps its bytes. Foreign (plain harbor) tasks are read as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agentbench.errors import TaskError, did_you_mean
from agentbench.probing import read_value, states
from agentbench.records import Check, Detail, Fact, FileContent, RenderedStep, RenderedTask, TaskSpec, ToldIn
from agentbench.taskset.depth import ordinals
from agentbench.taskset.files import SourceFile, walk
from agentbench.taskset.layers import instruction_files, task_files
from agentbench.taskset.prior import read_prior
from agentbench.taskset.swe import render_row
from agentbench.taskset.templates import render_text
from agentbench.taskset.variables import draw

_ATTEMPTS = 20
OVERLAY = "files/"
"""Prefix, below the solution, of what is laid over the workspace."""


def render(task: TaskSpec, variant: int, seed: int, overrides: Mapping[str, str] | None = None) -> RenderedTask:
    """Render one variant.

    A draw that collides by chance is drawn again: where a value told in the history stands in the workspace or the
    instruction too, or a place that a detail points at already holds its value or its stale value.

    Args:
        task: A loaded task.
        variant: Which one, from 0.
        seed: The run's base seed.
        overrides: Values that replace drawn ones *in the solution only*: a solution that makes a known mistake.
            Workspace, texts, details and ``values`` keep the drawn ones.

    Raises:
        TaskError: A file or template of the task is malformed, or an override names no variable.

    """
    if task.row is not None:
        return render_row(task, variant)
    if not task.native:
        return _foreign(task, variant)
    for name in overrides or {}:
        if name not in task.variables:
            raise TaskError(f"{task.path}: no variable '{name}' to override{did_you_mean(name, task.variables)}")
    first: RenderedTask | None = None
    for attempt in range(_ATTEMPTS):
        rendered = _render(task, variant, draw(task, variant, seed, attempt), overrides or {})
        if not _collides(rendered):
            return rendered
        first = first or rendered
    assert first is not None
    return first  # always colliding: the author's doing, which `tasks check` reports


def _render(task: TaskSpec, variant: int, values: dict[str, str], overrides: Mapping[str, str]) -> RenderedTask:
    toml = f"{Path(task.path) / 'task.toml'}: metadata.agentbench"
    scope = {**task.constants, **values}
    workspace = render_files(task_files(task, "environment/workspace"), scope)
    details = [_detail(detail, scope, toml) for detail in task.details]
    asking = {**scope, **ordinals(task.facts, variant=variant, cluster=task.cluster)}
    return RenderedTask(
        task=task,
        variant=variant,
        values=values,
        instruction="\n".join(render_text(_text(file), asking, str(file)) for file in instruction_files(task)),
        follow_ups=[
            render_text(text, asking, f"{toml}.follow_ups[{index}]") for index, text in enumerate(task.follow_ups)
        ],
        workspace=workspace,
        tests=render_files(task_files(task, "tests"), scope),
        solution=render_files(task_files(task, "solution"), {**scope, **overrides}),
        details=[_with_recoverable(detail, workspace) for detail in details],
        facts=[_fact(fact, scope, toml) for fact in task.facts],
    )


def render_files(files: Iterable[SourceFile], values: Mapping[str, str] | None) -> dict[str, FileContent]:
    """Read files by relative path, templates rendered; without values nothing is a template.

    Raises:
        TaskError: A link, two sources of one file, or a malformed template.

    """
    tree: dict[str, FileContent] = {}
    for file in files:
        if file.is_link:
            raise TaskError(f"{file.path}: is a link; task files must be plain files")
        target = file.relative if values is None else file.target
        if target in tree:
            raise TaskError(f"{file.path}: '{target}' exists as a template and as a plain file; keep one")
        if values is not None and file.is_template:
            data = render_text(_text(file.path), values, str(file.path)).encode()
        else:
            data = file.path.read_bytes()
        tree[target] = FileContent(data=data, mode=file.mode)
    return tree


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise TaskError(f"{path}: is not UTF-8 text (byte {error.start}); only plain files may be binary") from error
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror}") from error


def _detail(detail: Detail, values: Mapping[str, str], toml: str) -> Detail:
    where = f"{toml}.details '{detail.id}'"
    check: dict[str, Any] = detail.check.model_dump(by_alias=True, exclude_defaults=True)
    texts = {
        key: render_text(text, values, f"{where}.check.{key}") for key, text in check.items() if isinstance(text, str)
    }
    changed = {key: text for key, text in texts.items() if text != check[key]}
    return detail.model_copy(
        update={
            "value": None if detail.value is None else render_text(detail.value, values, f"{where}.value"),
            "stale": None if detail.stale is None else render_text(detail.stale, values, f"{where}.stale"),
            "asked_as": None if detail.asked_as is None else render_text(detail.asked_as, values, f"{where}.asked_as"),
            "check": Check.model_validate({**check, **changed}) if changed else detail.check,
        }
    )


def _fact(fact: Fact, values: Mapping[str, str], toml: str) -> Fact:
    return fact.model_copy(update={"text": render_text(fact.text, values, f"{toml}.facts '{fact.id}'.text").strip()})


def _with_recoverable(detail: Detail, workspace: Mapping[str, FileContent]) -> Detail:
    """Say whether a tool can still find the value: a command prints it by the author's word, files are searched."""
    if detail.value is None:
        return detail
    found = detail.told_in is ToldIn.TOOL_OUTPUT or bool(files_stating(workspace, detail.value))
    return detail.model_copy(update={"recoverable": found})


def files_stating(workspace: Mapping[str, FileContent], value: str) -> list[str]:
    """Return the files in whose text or path a value stands as a whole word."""
    needle = value.encode()
    return [
        path
        for path, file in workspace.items()
        if states(path, value) or (needle in file.data and states(file.data.decode(errors="replace"), value))
    ]


def _collides(rendered: RenderedTask) -> bool:
    for detail in rendered.details:
        if detail.value is None:
            continue
        told_again = detail.recoverable or states(rendered.instruction, detail.value)
        if detail.told_in is ToldIn.HISTORY and told_again:
            return True
        initial = initial_value(rendered, detail)
        if initial is not None and initial in (detail.value, detail.stale):
            return True
    return False


def initial_value(rendered: RenderedTask, detail: Detail) -> str | None:
    """Return what a detail's place holds before the agent starts; None for absent places and for commands."""
    file = rendered.workspace.get(detail.check.file) if detail.check.file is not None else None
    return read_value(detail.check, file.data) if file is not None else None


def solved_file(rendered: RenderedTask, path: str) -> FileContent | None:
    """Return a file as the solution's overlay leaves it."""
    return rendered.solution.get(OVERLAY + path) or rendered.workspace.get(path)


def _foreign(task: TaskSpec, variant: int) -> RenderedTask:
    root = Path(task.path)
    places = [root / "steps" / step.name for step in task.steps]
    instructions = [_without_canary(_text(place / "instruction.md")) for place in places or [root]]
    tests, solution = (render_files(walk(root / name), None) for name in ("tests", "solution"))
    steps = [
        RenderedStep(
            workdir=render_files(walk(place / "workdir"), None),
            tests=tests | render_files(walk(place / "tests"), None),
            solution=render_files(walk(place / "solution"), None) or solution,
        )
        for place in places
    ]
    return RenderedTask(
        task=task,
        variant=variant,
        values={},
        instruction=instructions[0],
        prior=read_prior(root / task.trajectory) if task.trajectory is not None else [],
        follow_ups=instructions[1:],
        tests=steps[-1].tests if steps else tests,
        solution=steps[-1].solution if steps else solution,
        steps=steps,
    )


def of_step(rendered: RenderedTask, index: int) -> RenderedTask:
    """Return a task as it is during one of its steps: with that one's tests and solution, and what holds for them."""
    step, spec = rendered.steps[index], rendered.task.steps[index]
    sandbox = rendered.task.sandbox.model_copy(update={"verifier_mode": spec.verifier_mode})
    own = spec.model_dump(include={"agent_timeout_s", "verifier_timeout_s", "verifier_env", "artifacts"})
    task = rendered.task.model_copy(update={**own, "collect": spec.collect, "sandbox": sandbox})
    return rendered.model_copy(update={"task": task, "tests": step.tests, "solution": step.solution})


_CANARY = re.compile(r"(?:(?:<!--.*canary.*-->|#.*canary.*)\n+)+\n*", re.IGNORECASE)


def _without_canary(text: str) -> str:
    """Return an instruction without the marks of its data set at its head, which are not for agents."""
    marks = _CANARY.match(text)
    return text[marks.end() :] if marks else text
