"""The shipped tasks: that they are many, distinct and balanced; that a seeded sample of them is proved in sandboxes.

`make check-tasks` proves all of them; what is asked here of each is what needs no sandbox and little time.
"""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentbench.catalog import load_family, resolve_suite
from agentbench.records import (
    Case,
    Cell,
    Detail,
    DetailClass,
    Episode,
    Evidence,
    Outcome,
    Probe,
    Recall,
    RenderedTask,
    TaskSpec,
    ToldIn,
    takes,
)
from agentbench.records.paths import data_dir
from agentbench.runner import ProofRun, Proving, provings
from agentbench.scoring.details import score_details
from agentbench.sim import DETAIL_FAULTS
from agentbench.sim.details import choose
from agentbench.sim.draws import Draws
from agentbench.sim.rates import EpisodeRates
from agentbench.taskset import (
    WordsCounter,
    build_context,
    check_task,
    discover,
    load_task,
    near_duplicates_among,
    render,
    work_of,
)
from agentbench.taskset.rendering import solved_file
from agentbench.taskset.variables import seeded

ROOT = data_dir("tasks")
TASKS = [load_task(path, root=ROOT) for path in discover([ROOT], root=ROOT)]
PACKS = {
    **dict.fromkeys(("config", "bugfix", "feature", "refactor", "forensics", "migrate", "session"), 12),
    **dict.fromkeys(("controls", "visual"), 16),
}
"""At least so many clusters in each; ``polyglot`` is counted apart."""
OWN = [task for task in TASKS if not task.id.startswith("polyglot/")]
POLYGLOT = [task for task in TASKS if task.id.startswith("polyglot/")]

each_task = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])


def sample(tasks: list[TaskSpec], count: int, what: str) -> list[TaskSpec]:
    """Return the same few tasks every time, as long as the suite stays as it is."""
    return sorted(seeded("sample", what).sample(tasks, min(count, len(tasks))), key=lambda task: task.id)


def values_of(task: TaskSpec | RenderedTask) -> list[Detail]:
    return [detail for detail in task.details if not detail.check.is_constraint]


# --- the suite --------------------------------------------------------------------------------------------------------


def test_every_pack_has_its_clusters() -> None:
    clusters = Counter(pack for pack, _ in {(task.id.split("/")[0], task.cluster) for task in OWN})
    assert {pack: count for pack, count in clusters.items() if count < PACKS[pack]} == {}
    assert set(clusters) == set(PACKS)
    assert len({task.cluster for task in TASKS}) >= 100


def test_every_specification_is_asked_for_in_many_languages() -> None:
    languages = Counter(task.cluster for task in POLYGLOT)
    assert len(languages) >= 6
    assert min(languages.values()) >= 24


def test_no_task_is_a_near_duplicate_of_another() -> None:
    assert list(near_duplicates_among([work_of(task) for task in TASKS])) == []


def test_details_are_recalled_in_more_ways_than_by_the_words_of_the_request() -> None:
    history = [detail for task in TASKS for detail in task.details if detail.told_in is ToldIn.HISTORY]
    shares = {kind: count / len(history) for kind, count in Counter(one.recall for one in history).items()}
    assert shares[Recall.PARAPHRASED] >= 0.15
    assert shares[Recall.ORDINAL] >= 0.03
    assert shares[Recall.COMBINED] >= 0.05


def test_half_of_the_values_of_each_task_cannot_be_looked_up() -> None:
    for task in TASKS:
        rendered = render(task, 0, 0)
        values = values_of(rendered)
        assert 2 * len([detail for detail in values if not detail.recoverable]) >= len(values), task.id


def test_sessions_are_long() -> None:
    turns = [1 + len(task.follow_ups) for task in TASKS if task.id.startswith("session/")]
    assert len([count for count in turns if count >= 6]) >= 12


@pytest.mark.parametrize(("name", "least", "most"), [("smoke", 30, 39), ("nightly", 750, 1450)])
def test_suites_have_the_size_that_they_say(name: str, least: int, most: int) -> None:
    suite = resolve_suite(load_family("sim", rootdir=Path.cwd()), name)[1]
    taken = [task for task in TASKS if takes(suite.tasks, task.id)]
    episodes = len(taken) * len(suite.contexts) * suite.variants * suite.trials
    assert least <= episodes <= most
    if name == "nightly":
        assert len({task.cluster for task in taken}) >= 100
    named = [pattern for pattern in suite.tasks or () if not {"*", "!"} & set(pattern)]
    assert set(named) <= {task.id for task in taken}


def test_the_demo_suite_fits_its_model() -> None:
    family = load_family("demo", rootdir=Path.cwd())
    suite = resolve_suite(family, "demo")[1]
    taken = [task for task in TASKS if takes(suite.tasks, task.id)]
    assert len(taken) * len(suite.contexts) * suite.variants >= 24
    assert len({task.cluster for task in taken}) >= 12
    assert all("no-bash" in task.tags and not task.follow_ups for task in taken)
    assert "bash" not in family.tools


# --- each task, without a sandbox -------------------------------------------------------------------------------------


@each_task
def test_it_asks_for_enough_details(task: TaskSpec) -> None:
    assert 4 <= len(task.details) <= 16
    assert not list(Path(task.path).rglob("conftest.py"))
    rendered = render(task, 0, 0)
    assert rendered.tests["test.sh"].mode & 0o111
    assert rendered.solution["solve.sh"].mode & 0o111
    tree = ast.parse(rendered.tests["checks.py"].data)
    assert [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]


@each_task
def test_it_leaves_room_in_a_short_context(task: TaskSpec) -> None:
    rendered, count = render(task, 0, 0), WordsCounter().count_text
    told = [rendered.instruction, *(fact.text for fact in rendered.facts)]
    assert sum(map(count, told)) < 2500
    assert sum(map(count, rendered.follow_ups)) < 1200


def classes(solved: RenderedTask, read: list[Detail]) -> dict[str, DetailClass]:
    """How scoring classes the details that are read from files, as a solution leaves them."""
    probes = []
    for detail in read:
        file = solved_file(solved, detail.check.file or "")
        before = solved.workspace.get(detail.check.file or "")
        content = file.data if file else None
        probes.append(
            Probe(
                detail_id=detail.id, exists=file is not None, content=content, initial=before.data if before else None
            )
        )
    cell = Cell(task_id=solved.task.id, cluster=solved.task.cluster, variant=solved.variant, context_tokens=0)
    evidence = Evidence(probes=probes, changed_files=["some"])
    episode = Episode(case=Case(cell=cell, trial=0), quant="x", outcome=Outcome.SOLVED, details=read, evidence=evidence)
    return {one.detail_id: one.detail_class for one in score_details(episode, [])}


@each_task
def test_each_planted_value_is_scored_as_what_it_is_and_no_other_is_wrong(task: TaskSpec) -> None:
    rendered = render(task, 1, 0)
    read = [detail for detail in values_of(rendered) if detail.check.file is not None]
    clean = classes(rendered, read)
    assert set(clean.values()) <= {DetailClass.EXACT}
    for fault in DETAIL_FAULTS:
        draws = Draws(task.id, fault)
        for planted in choose(rendered, EpisodeRates({fault: 1.0}, draws, 4096), draws):
            if planted.file is None or not planted.overrides:
                continue
            spoilt = render(task, 1, 0, planted.overrides)
            assert classes(spoilt, read) == {**clean, planted.detail_id: fault}, planted


# --- a sample ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", sample(TASKS, 24, "checked"), ids=lambda task: task.id)
def test_tasks_check_finds_nothing(task: TaskSpec) -> None:
    assert check_task(task, seeds=[seeded("check", task.id).randrange(1000)]) == []


def test_details_by_depth_by_size_is_balanced() -> None:
    """Every detail of the sample at every depth as often as any other, at each size."""
    table: Counter[tuple[str, str, float, int]] = Counter()
    tasks = sample([task for task in TASKS if task.facts], 12, "depths")
    read_file = {"type": "function", "function": {"name": "read_file", "parameters": {}}}
    for task, size, variant in itertools.product(tasks, (6_144, 12_288), range(5)):
        context = build_context(
            render(task, variant, 0), size, tools=[read_file], system_prompt="", counter=WordsCounter(), seed=0
        )
        for told in context.told:
            if told.depth is not None:
                slot = int(told.depth * 5)
                table[task.id, told.detail_id, slot, size] += 1
    details = {(task_id, detail) for task_id, detail, _, _ in table}
    assert len(details) > 24
    assert len(table) == len(details) * 5 * 2
    counts = {name: {table[*name, slot, size] for slot in range(5) for size in (6_144, 12_288)} for name in details}
    assert {name: found for name, found in counts.items() if len(found) > 1} == {}, "one told in two places has two"


LIGHT = {"python", "shell", "javascript", "c"}
"""Images that other tests need too; the others are built by `make check-tasks` alone."""
PROVED = sample([task for task in OWN if task.sandbox.image in LIGHT], 12, "proved")


@pytest.fixture(scope="module")
def proofs() -> Iterator[ProofRun]:
    run = ProofRun([proving for task in PROVED for proving in provings(task, full=False)])
    yield run
    run.close()


@pytest.mark.docker
@pytest.mark.parametrize(
    "proving",
    [one for task in PROVED for one in provings(task, full=False)],
    ids=lambda one: one.name.replace(" ", "::"),
)
def test_only_the_solution_solves_it(proving: Proving, proofs: ProofRun) -> None:
    assert proofs.wait(proving).problem is None
