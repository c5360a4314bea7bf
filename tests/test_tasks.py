"""The shipped tasks: what can be said of each without a sandbox, and that each is solved by its solution alone."""

from __future__ import annotations

import ast
import itertools
import re
import uuid
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

import pytest

from agentbench.grading import prove
from agentbench.probing import near_miss, read_value, states
from agentbench.records import Detail, Probe, RenderedTask, SandboxSpec, TaskSpec, ToldIn
from agentbench.records.paths import data_dir
from agentbench.sandbox import DockerProvider, ensure_image
from agentbench.taskset import WordsCounter, check_task_static, detail_variables, discover, load_task, render

ROOT = data_dir("tasks")
TASKS = [load_task(path, root=ROOT) for path in discover([ROOT], root=ROOT)]
VARIANTS = range(12)
PACKS = {"config", "bugfix", "feature", "refactor", "forensics", "migrate", "session", "controls"}

each_task = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])


def value_details(rendered: RenderedTask | TaskSpec) -> list[Detail]:
    return [detail for detail in rendered.details if not detail.check.is_constraint]


def place(rendered: RenderedTask, detail: Detail, *, solved: bool) -> str | None:
    """What a detail's place holds, before the agent starts or as the solution leaves it."""
    assert detail.check.file is not None
    overlay = rendered.solution.get(f"files/{detail.check.file}") if solved else None
    file = overlay or rendered.workspace.get(detail.check.file)
    return read_value(detail.check, file.data) if file is not None else None


# --- the suite --------------------------------------------------------------------------------------------------------


def test_the_suite_is_wide_enough() -> None:
    assert len(TASKS) >= 12
    assert len({task.cluster for task in TASKS}) >= 12
    assert len({task.sandbox.image for task in TASKS}) >= 4
    assert {task.id.split("/")[0] for task in TASKS} >= PACKS
    assert all(task.native for task in TASKS)


def test_enough_tasks_need_no_shell() -> None:
    assert len([task for task in TASKS if "no-bash" in task.tags]) >= 8


def test_no_task_is_a_near_duplicate_of_another() -> None:
    def tokens(task: TaskSpec) -> list[str]:
        """The solution and the verifier, with names and values left out: what the work is, not what it is about."""
        files = [*sorted(Path(task.path, "solution", "files").rglob("*")), *Path(task.path, "tests").glob("checks.py*")]
        text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
        kept = {"if", "for", "while", "return", "function", "def", "int", "assert", "in", "and", "not", "run", "read"}
        return [token if token in kept else "x" for token in re.findall(r"\w+", text)] + re.findall(r"[^\w\s]", text)

    streams = {task.id: tokens(task) for task in TASKS}
    for one, other in itertools.combinations(streams, 2):
        alike = SequenceMatcher(None, streams[one], streams[other], autojunk=False).ratio()
        assert alike < 0.9, (one, other, alike)


# --- each task, without a sandbox -------------------------------------------------------------------------------------


@each_task
def test_the_loader_finds_nothing_wrong(task: TaskSpec) -> None:
    assert check_task_static(task) == []
    assert not list(Path(task.path).rglob("conftest.py"))


@each_task
def test_it_asks_for_enough_details(task: TaskSpec) -> None:
    values = value_details(task)
    assert 4 <= len(task.details) <= 8
    assert len(values) < len(task.details), "no constraint"
    assert any(detail.stale for detail in values)
    assert len({detail.told_in for detail in values}) >= 2, "all values are told in one place"


@each_task
def test_scripts_are_executable_and_the_tests_are_counted(task: TaskSpec) -> None:
    rendered = render(task, 0, 0)
    assert rendered.tests["test.sh"].mode & 0o111
    assert rendered.solution["solve.sh"].mode & 0o111
    tree = ast.parse(rendered.tests["checks.py"].data)
    checks = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    assert 4 <= len(checks) <= 8
    assert len(checks) == task.tests


@each_task
def test_it_is_small_enough_for_a_short_context(task: TaskSpec) -> None:
    rendered, count = render(task, 0, 0), WordsCounter().count_text
    assert count(rendered.instruction) < 200
    assert 2 <= len(rendered.facts) <= 4
    assert all(20 <= count(fact.text) <= 60 for fact in rendered.facts)
    assert sum(count(file.data.decode()) for file in rendered.workspace.values()) < 1200
    assert 2 <= len(rendered.workspace) <= 10


@each_task
def test_rendering_is_stable_and_leaves_no_template(task: TaskSpec) -> None:
    for variant in VARIANTS:
        rendered = render(task, variant, 5)
        assert rendered == render(task, variant, 5)
        trees = (rendered.workspace, rendered.tests, rendered.solution)
        texts = [file.data.decode() for tree in trees for file in tree.values()]
        texts += [rendered.instruction, *rendered.follow_ups, *(fact.text for fact in rendered.facts)]
        assert not [text for text in texts if re.search(r"\{\{|\{%|\{#", text)]
    assert len({tuple(render(task, variant, 5).values.items()) for variant in VARIANTS}) == len(VARIANTS)


@each_task
def test_initial_expected_and_stale_values_lie_apart(task: TaskSpec) -> None:
    for variant, seed in itertools.product(VARIANTS, (0, 1)):
        rendered = render(task, variant, seed)
        for detail in value_details(rendered):
            initial = place(rendered, detail, solved=False) if detail.check.file else None
            known = [value for value in (detail.value, detail.stale, initial) if value]
            for one, other in itertools.permutations(known, 2):
                assert one != other and not near_miss(one, other), (variant, seed, detail.id, known)


@each_task
def test_each_value_is_told_where_it_says_and_nowhere_else(task: TaskSpec) -> None:
    for variant, seed in itertools.product(VARIANTS, (0, 1)):
        rendered = render(task, variant, seed)
        values = value_details(rendered)
        for detail in values:
            assert detail.value is not None
            where = {
                ToldIn.INSTRUCTION: states(rendered.instruction, detail.value),
                ToldIn.FOLLOW_UP: any(states(text, detail.value) for text in rendered.follow_ups),
                ToldIn.FILE: bool(detail.recoverable),
                ToldIn.HISTORY: any(states(fact.text, detail.value) for fact in rendered.facts),
            }
            assert [told for told, here in where.items() if here] == [detail.told_in], (variant, seed, detail.id)
        history = [detail for detail in values if detail.told_in is ToldIn.HISTORY]
        assert 2 * len([detail for detail in history if not detail.recoverable]) >= len(values)


@each_task
def test_each_fact_tells_what_it_declares(task: TaskSpec) -> None:
    for variant in VARIANTS:
        rendered = render(task, variant, 0)
        for detail in value_details(rendered):
            assert detail.value is not None
            tells = [fact.id for fact in rendered.facts if states(fact.text, detail.value)]
            declared = [fact.id for fact in rendered.facts if detail.id in fact.tells]
            assert tells == declared and len(declared) == (detail.told_in is ToldIn.HISTORY), detail.id
            if detail.stale is not None:
                stale = [fact.id for fact in rendered.facts if states(fact.text, detail.stale)]
                assert stale == [fact.id for fact in rendered.facts if detail.id in fact.stale_for], detail.id
                assert stale or states(rendered.instruction, detail.stale), detail.id


@each_task
def test_another_value_in_the_solution_changes_exactly_its_detail(task: TaskSpec) -> None:
    rendered, other = render(task, 0, 0), render(task, 1, 0)
    for planted in value_details(rendered):
        variables = detail_variables(task, planted.id)
        assert len(variables) == 1
        wrong = render(task, 0, 0, {name: other.values[name] for name in variables})
        changed = [
            detail.id
            for detail in value_details(rendered)
            if detail.check.file and place(wrong, detail, solved=True) != detail.value
        ]
        assert changed == ([planted.id] if planted.check.file else [])


# --- each task, in its sandbox ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def provider() -> Iterator[DockerProvider]:
    with DockerProvider(f"test-tasks-{uuid.uuid4().hex[:8]}") as provider:
        yield provider


def holds(detail: Detail, probe: Probe) -> bool:
    if detail.check.unchanged:
        return probe.exists and probe.content == probe.initial
    if detail.check.absent:
        return not probe.exists
    return read_value(detail.check, probe.content) == detail.value


@pytest.mark.docker
@pytest.mark.parametrize("which", ["oracle", "noop"])
@each_task
def test_only_the_solution_solves_it(
    task: TaskSpec, which: Literal["oracle", "noop"], provider: DockerProvider
) -> None:
    image = ensure_image(task.sandbox.image, build=True, progress=None)
    rendered = render(task, 3, 11)
    evidence = prove(rendered, provider, SandboxSpec(image=image, workspace_mb=64, memory_mb=512, pids=128), which)

    assert evidence.verifier_error is None
    assert evidence.reward == (1 if which == "oracle" else 0), evidence.verifier_output
    assert evidence.report is not None
    assert evidence.report.tests == task.tests
    assert evidence.carry is not None
    assert evidence.carry.dropped == []
    kept = {detail.id: holds(detail, probe) for detail, probe in zip(rendered.details, evidence.probes, strict=True)}
    if which == "oracle":
        assert all(kept.values()), kept
    else:
        assert not any(kept[detail.id] for detail in value_details(rendered)), kept
        assert evidence.changed_files == []
