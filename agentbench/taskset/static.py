"""What can be said about a native task without a sandbox, fast enough for collection: no variable without a source or a
use, no detail that points nowhere, a solution that holds every detail's value.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agentbench.errors import TaskError
from agentbench.probing import read_value
from agentbench.records import Detail, RenderedTask, TaskSpec
from agentbench.taskset.depth import ordinals
from agentbench.taskset.layers import instruction_files, task_files
from agentbench.taskset.rendering import OVERLAY, render, solved_file
from agentbench.taskset.templates import unknown_variable, variables_of


def check_task_static(task: TaskSpec) -> list[str]:
    """Return what is wrong with a loaded task, each as one sentence that starts with the file and the key.

    Templates are held against the variables, and one variant is rendered and its details are read from the solution.
    ``load_task`` raises the first of them. Plain harbor tasks hold no templates: nothing is said about them.
    """
    if not task.native:
        return []
    try:
        return list(_template_problems(task)) or list(_detail_problems(render(task, 0, 0)))
    except TaskError as error:
        return [str(error)]


def detail_variables(task: TaskSpec, detail_id: str) -> frozenset[str]:
    """Return the variables that make up a detail's value: override one to plant a wrong value of this detail."""
    detail = next(one for one in task.details if one.id == detail_id)
    return variables_of(detail.value or "")


def templates(task: TaskSpec) -> Iterator[tuple[str, str]]:
    """Yield (file or file and key, source) of every template of a native task."""
    for file in instruction_files(task):
        yield str(file), _text(file)
    toml = f"{Path(task.path) / 'task.toml'}: metadata.agentbench"
    for index, text in enumerate(task.follow_ups):
        yield f"{toml}.follow_ups[{index}]", text
    for detail in task.details:
        where = f"{toml}.details '{detail.id}'"
        check = detail.check.model_dump(by_alias=True, exclude_defaults=True)
        texts = {"value": detail.value, "stale": detail.stale, "asked_as": detail.asked_as}
        texts |= {f"check.{key}": text for key, text in check.items()}
        yield from ((f"{where}.{key}", text) for key, text in texts.items() if isinstance(text, str))
    for fact in task.facts:
        yield f"{toml}.facts '{fact.id}'.text", fact.text
    for directory in ("environment/workspace", "tests", "solution"):
        for source in task_files(task, directory):
            if source.is_template:
                yield str(source.path), _text(source.path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def _template_problems(task: TaskSpec) -> Iterator[str]:
    used: set[str] = set()
    known = {**task.variables, **task.constants, **ordinals(task.facts, variant=0, cluster=task.cluster)}
    for where, source in templates(task):
        names = variables_of(source, where)
        used |= names
        yield from (unknown_variable(where, name, known) for name in sorted(names - set(known)))
    for name in task.variables:
        if name not in used:
            where = f"{Path(task.path) / 'task.toml'}: metadata.agentbench.variables.{name}"
            yield f"{where}: no text or template uses it; only files whose name ends in '.j2' are rendered"


def _detail_problems(rendered: RenderedTask) -> Iterator[str]:
    toml = Path(rendered.task.path) / "task.toml"
    for detail in rendered.details:
        for problem in _pointer_problems(rendered, detail):
            yield f"{toml}: metadata.agentbench.details '{detail.id}'.{problem}"


def _pointer_problems(rendered: RenderedTask, detail: Detail) -> Iterator[str]:
    check = detail.check
    if check.file is None:
        return
    overlay, initial = rendered.solution.get(OVERLAY + check.file), rendered.workspace.get(check.file)
    script = rendered.solution["solve.sh"].data.decode(errors="replace")
    if check.unchanged:
        if initial is None:
            yield f"check.file: '{check.file}' is not in environment/workspace, so it cannot stay unchanged"
        elif overlay is not None and overlay.data != initial.data:
            yield f"check.unchanged: the solution changes '{check.file}'"
        return
    if check.absent:
        if overlay is not None or (initial is not None and check.file not in script):
            yield f"check.absent: the solution leaves '{check.file}' there"
        return
    file = solved_file(rendered, check.file)
    if file is None:
        yield f"check.file: '{check.file}' is neither in environment/workspace nor in solution/files"
        return
    found = read_value(check, file.data)
    source = f"solution/files/{check.file}" if overlay is not None else f"environment/workspace/{check.file}"
    reader, pointer = next(
        (key, text) for key, text in check.model_dump(by_alias=True, exclude_defaults=True).items() if key != "file"
    )
    if found is None:
        yield f"check.{reader}: {pointer!r} points nowhere in {source}"
    elif found != detail.value:
        hint = "" if overlay is not None else "; the solution must lay its own copy over it"
        yield f"value: the detail says {detail.value!r}, {source} holds {found!r} at {reader} = {pointer!r}{hint}"
