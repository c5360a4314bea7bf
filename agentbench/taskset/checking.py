"""What ``agentbench tasks check`` says about a task beyond what loading refuses: everything that needs no sandbox."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agentbench.errors import TaskError
from agentbench.probing import read_value, states
from agentbench.records import Detail, Recall, RenderedTask, TaskSpec, ToldIn
from agentbench.taskset.context import build_context
from agentbench.taskset.depth import ordinal_name
from agentbench.taskset.layers import instruction_files, task_files
from agentbench.taskset.plans import FOLDER
from agentbench.taskset.rendering import files_stating, initial_value, render, solved_file
from agentbench.taskset.static import check_task_static, detail_variables
from agentbench.taskset.templates import variables_of
from agentbench.taskset.tokens import WordsCounter
from agentbench.taskset.variables import are_apart, draw
from agentbench.taskset.wording import content_words

_READ_FILE = {"type": "function", "function": {"name": "read_file", "parameters": {}}}
SMALLEST_TOKENS = 6144
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
    if any(path == FOLDER or path.startswith(f"{FOLDER}/") for path in rendered.workspace):
        yield f"{root}/environment/workspace/{FOLDER}: this name is taken by the scripted history"
    yield from _count_problems(task, rendered)


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


def _is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "check"
        for one in node.decorator_list
    )


def _variant_problems(task: TaskSpec, variant: int, seed: int) -> Iterator[str]:
    try:
        rendered = render(task, variant, seed)
        for detail in rendered.details:
            for problem in _detail_problems(rendered, detail):
                yield f"{task.id}: detail '{detail.id}': {problem}"
        yield from (f"{task.id}: {problem}" for problem in _leftovers(rendered))
        yield from (f"{task.id}: {problem}" for problem in _planting_problems(rendered, seed))
        # The smallest size that large models are measured at, less what nine tool schemas take.
        build_context(
            rendered, SMALLEST_TOKENS, tools=[_READ_FILE], system_prompt="", counter=WordsCounter(), seed=seed
        )
    except TaskError as error:
        yield str(error)


def _detail_problems(rendered: RenderedTask, detail: Detail) -> Iterator[str]:
    if detail.value is None:
        return
    initial = initial_value(rendered, detail)
    if initial is not None and initial in (detail.value, detail.stale):
        which = "expected" if initial == detail.value else "stale"
        yield f"its place holds the {which} value {initial!r} before the agent starts"
    if detail.stale is not None and not are_apart(detail.value, detail.stale):
        yield f"the stale value {detail.stale!r} is a near miss of {detail.value!r}; use 'differs' on its variable"
    yield from _telling_problems(rendered, detail, detail.value)


def _telling_problems(rendered: RenderedTask, detail: Detail, value: str) -> Iterator[str]:
    """Hold ``told_in`` against where the value, or each variable in it, really stands."""
    source = next(one for one in rendered.task.details if one.id == detail.id).value or ""
    atoms = [rendered.values[name] for name in sorted(variables_of(source)) if name in rendered.values]

    def tells(text: str) -> bool:
        return states(text, value) or (bool(atoms) and all(atom.lower() in text.lower() for atom in atoms))

    match detail.told_in:
        case ToldIn.HISTORY:
            yield from _history_problems(rendered, detail, atoms, tells)
            if states(rendered.instruction, value):
                yield "told_in is 'history', but the instruction states it too"
            if files := files_stating(rendered.workspace, value):
                yield f"told_in is 'history', but the workspace states it too, in {files[0]}"
            for fact in rendered.facts:
                if detail.stale and detail.id in fact.stale_for and detail.stale not in fact.text:
                    yield f"the fact '{fact.id}' does not state its stale value"
        case ToldIn.INSTRUCTION if not tells(rendered.instruction):
            yield "told_in is 'instruction', but instruction.md does not state it"
        case ToldIn.FOLLOW_UP if not any(map(tells, rendered.follow_ups)):
            yield "told_in is 'follow_up', but no follow-up states it"
        case ToldIn.FILE if not any(tells(file.data.decode(errors="replace")) for file in rendered.workspace.values()):
            yield "told_in is 'file', but no file of the workspace states it"
        case _:
            pass
    yield from _asking_problems(rendered, detail)


def _history_problems(
    rendered: RenderedTask, detail: Detail, atoms: Sequence[str], tells: Callable[[str], bool]
) -> Iterator[str]:
    telling = [fact for fact in rendered.facts if detail.id in fact.tells]
    if detail.recall is not Recall.COMBINED:
        yield from (f"the fact '{fact.id}' does not state it" for fact in telling if not tells(fact.text))
        return
    told: set[str] = set()
    for fact in telling:
        parts = {atom for atom in atoms if atom.lower() in fact.text.lower()}
        told |= parts
        if not parts:
            yield f"the fact '{fact.id}' states no part of it"
        elif tells(fact.text):
            yield f"the fact '{fact.id}' states all of it, and 'combined' means that no single one does"
    if missing := [atom for atom in atoms if atom not in told]:
        yield f"no fact states its part {missing[0]!r}"


def _asking_problems(rendered: RenderedTask, detail: Detail) -> Iterator[str]:
    """Hold ``recall`` against the words: a paraphrase shares none, an ordinal is asked for by ordinal."""
    asking = "\n".join([rendered.instruction, *rendered.follow_ups])
    telling = [fact for fact in rendered.facts if detail.id in fact.tells]
    if detail.recall is Recall.ORDINAL and detail.told_in is ToldIn.HISTORY:
        names = {name for source in _asking_sources(rendered.task) for name in variables_of(source)}
        for fact in telling:
            if ordinal_name(fact) not in names:
                yield f"recall is 'ordinal', but no instruction or follow-up says '{{{{ {ordinal_name(fact)} }}}}'"
    if detail.recall is not Recall.PARAPHRASED or detail.asked_as is None:
        return
    if " ".join(detail.asked_as.split()) not in " ".join(asking.split()):
        yield f"asked_as: {detail.asked_as!r} stands neither in the instruction nor in a follow-up"
    check = detail.check
    pointer = " ".join(filter(None, (check.json_, check.toml, check.yaml, check.ini, check.python)))
    for fact in telling:
        if shared := content_words(f"{detail.asked_as} {pointer}") & content_words(fact.text):
            yield (
                f"recall is 'paraphrased', but 'asked_as' or the place it is written to shares '{min(shared)}' with "
                f"the fact '{fact.id}'"
            )


def _asking_sources(task: TaskSpec) -> list[str]:
    return [*(file.read_text(encoding="utf-8") for file in instruction_files(task)), *task.follow_ups]


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
