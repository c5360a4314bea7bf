"""What ``agentbench tasks check`` says about a task beyond what loading refuses: everything that needs no sandbox."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentbench.errors import TaskError
from agentbench.probing import read_value
from agentbench.records import ContextPlanKind, Recall, RenderedTask, TaskSpec
from agentbench.taskset.context import build_context
from agentbench.taskset.layers import task_files
from agentbench.taskset.plans import FOLDER
from agentbench.taskset.rendering import OVERLAY, render, solved_file
from agentbench.taskset.static import check_task_static, detail_variables
from agentbench.taskset.telling import detail_problems
from agentbench.taskset.tokens import WordsCounter
from agentbench.taskset.variables import draw

_READ_FILE = {"type": "function", "function": {"name": "read_file", "parameters": {}}}
SMALLEST_TOKENS = 6144
"""The smallest size that large models are measured at (8k), less what nine tool schemas take."""
_TEST_SH = "exec python3 -I /tests/checks.py"
_COPY = "cp -R /solution/files/. /workspace/"


def check_task(task: TaskSpec, seeds: Sequence[int] = (0, 1, 2)) -> list[str]:
    """Return what is wrong with a loaded task, each as one sentence that starts with the file or the task's id.

    Args:
        task: As loaded; ``load_task`` has raised for what is malformed already.
        seeds: Base seeds of the variants that are looked at, five variants each, up to the first with problems.

    """
    problems = list(_host_problems(task))
    if not task.native:
        return problems
    problems += check_task_static(task)
    if problems:
        return problems
    problems += _script_problems(task)
    problems += _plan_problems(task, seeds[0])
    for seed in seeds:
        for variant in range(5):
            problems += _variant_problems(task, variant, seed)
            if problems:
                return problems  # the other variants would mostly say the same with other values
    return problems


def _host_problems(task: TaskSpec) -> Iterator[str]:
    """Name files that a plain ``pytest`` over the directory would import on the host."""
    for file in task_files(task, "tests"):
        name = Path(file.target).name
        if name == "conftest.py":
            yield f"{file.path}: a conftest.py below tests/ would run on the host under other test runners; rename it"
        elif task.native and name.startswith("test_") and name.endswith(".py"):
            yield f"{file.path}: hidden tests stand in tests/checks.py; pytest would collect this name on the host"


def _script_problems(task: TaskSpec) -> Iterator[str]:
    root, rendered = Path(task.path), render(task, 0, 0)
    if _TEST_SH not in rendered.tests["test.sh"].data.decode(errors="replace"):
        yield f"{root / 'tests/test.sh'}: does not run '{_TEST_SH}'"
    commands = rendered.solution["solve.sh"].data.decode(errors="replace").splitlines()
    commands = [line for line in commands if line.strip() and not line.startswith(("#", "set "))]
    if not commands or commands[0].strip() != _COPY:
        yield f"{root / 'solution/solve.sh'}: its first command is not '{_COPY}'"
    values = [detail for detail in rendered.details if detail.value is not None]
    if not values:
        yield f"{root / 'task.toml'}: metadata.agentbench.details: no value detail at all"
    elif task.facts and sum(bool(detail.recoverable) for detail in values) * 2 > len(values):
        yield f"{root / 'task.toml'}: metadata.agentbench.details: over half of the values stand in the workspace too"
    if task.facts and all(detail.recall is Recall.LITERAL for detail in values) and "control" not in task.tags:
        yield f"{root / 'task.toml'}: metadata.agentbench.details: every 'recall' is literal; see docs/tasks.md"
    if any(path == FOLDER or path.startswith(f"{FOLDER}/") for path in rendered.workspace):
        yield f"{root}/environment/workspace/{FOLDER}: this name is taken by the scripted history"
    yield from _count_problems(task, rendered)
    yield from _copy_problems(task, rendered)


def _count_problems(task: TaskSpec, rendered: RenderedTask) -> Iterator[str]:
    where = Path(task.path) / "tests" / "checks.py"
    try:
        tree = ast.parse(rendered.tests["checks.py"].data)
    except (SyntaxError, ValueError) as error:
        yield f"{where}: is no Python: {error}"
        return
    found = sum(_is_check(node) for node in tree.body)
    if found == sum(_is_check(node) for node in ast.walk(tree)) and found != task.tests:
        yield f"{where}: holds {found} checks, metadata.agentbench.tests in task.toml says {task.tests}"


def _copy_problems(task: TaskSpec, rendered: RenderedTask) -> Iterator[str]:
    """Find a file of the solution that stands somewhere in the workspace already."""
    known = {file.data: path for path, file in rendered.workspace.items() if file.data.strip()}
    for path, file in rendered.solution.items():
        place = known.get(file.data)
        if path.startswith(OVERLAY) and place is not None and place != path.removeprefix(OVERLAY):
            yield f"{task.id}: the solution's {path} stands in the workspace already, as {place}"


def _is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "check"
        for one in node.decorator_list
    )


def _variant_problems(task: TaskSpec, variant: int, seed: int) -> Iterator[str]:
    try:
        rendered = render(task, variant, seed)
        for detail in rendered.details:
            for problem in detail_problems(rendered, detail):
                yield f"{task.id}: detail '{detail.id}': {problem}"
        yield from (f"{task.id}: {problem}" for problem in _leftovers(rendered))
        yield from (f"{task.id}: {problem}" for problem in _planting_problems(rendered, seed))
    except TaskError as error:
        yield str(error)


def _plan_problems(task: TaskSpec, seed: int) -> Iterator[str]:
    """Lay out every context plan at the smallest size."""
    for variant, plan in enumerate(ContextPlanKind):
        try:
            rendered = render(task, variant, seed)
            counter = WordsCounter()
            build_context(
                rendered, SMALLEST_TOKENS, tools=[_READ_FILE], system_prompt="", counter=counter, seed=seed, plan=plan
            )
        except TaskError as error:
            yield str(error)


def _leftovers(rendered: RenderedTask) -> Iterator[str]:
    """Find template marks in what was rendered: a doubled template, or one in a file that is none."""
    texts = {"instruction.md": rendered.instruction} | {f"fact '{fact.id}'": fact.text for fact in rendered.facts}
    texts |= {f"follow-up {number}": text for number, text in enumerate(rendered.follow_ups, start=1)}
    for place, text in texts.items():
        if "{{" in text or "{%" in text:
            yield f"{place}: template marks are left after rendering"
    for tree, files in (("tests", rendered.tests), ("solution", rendered.solution), ("workspace", rendered.workspace)):
        for path, file in files.items():
            text = file.data.decode(errors="replace")
            for name in rendered.task.variables:
                if f"{{{{ {name} }}}}" in text or f"{{{{{name}}}}}" in text:
                    yield f"{tree}/{path}: holds '{{{{ {name} }}}}' as text; is '.j2' missing from its name?"


def _planting_problems(rendered: RenderedTask, seed: int) -> Iterator[str]:
    """Hold that another value of a variable changes, in the solution, its own details and no other."""
    task, variant = rendered.task, rendered.variant
    other = draw(task, variant, seed, attempt=1000)
    probed = [detail for detail in rendered.details if detail.value is not None and detail.check.file is not None]
    makers = {detail.id: detail_variables(task, detail.id) for detail in probed}
    for name in sorted({name for names in makers.values() for name in names}):
        if other[name] == rendered.values[name]:
            continue
        planted = render(task, variant, seed, overrides={name: other[name]})
        for detail in probed:
            file = solved_file(planted, detail.check.file or "")
            changed = (read_value(detail.check, file.data) if file else None) != detail.value
            if changed and name not in makers[detail.id]:
                yield f"detail '{detail.id}': changes in the solution with variable '{name}', which is not in its value"
            elif not changed and name in makers[detail.id]:
                yield f"detail '{detail.id}': stays in the solution when variable '{name}' of its value changes"
