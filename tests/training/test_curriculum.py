"""What is learnt is never what is measured: other variants, from another seed, and some tasks not at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agentbench.catalog import builtin_families, load_family
from agentbench.catalog.suites import preset_suites
from agentbench.records import RenderedTask
from agentbench.taskset import load_task, render
from training.curriculum import ROOT, TASKS, lessons, settings

VARIANTS = 8
"""Measured ones that are compared: more than any suite that is shipped has of a task."""


def trained() -> set[str]:
    return {lesson.task for lesson in lessons()}


def test_the_seed_is_no_suites() -> None:
    measured = {suite.seed for suite in preset_suites().values()}
    for name in builtin_families():
        measured |= {suite.seed for suite in load_family(name, rootdir=ROOT).suites.values()}
    assert settings()["seed"] not in measured


def test_held_out_tasks_are_in_no_lesson() -> None:
    held_out = settings()["held_out"]
    assert len({task.split("/")[0] for task in held_out}) >= 4
    assert not trained() & set(held_out)
    assert all((TASKS / task / "task.toml").is_file() for task in held_out)


def test_no_lesson_comes_twice() -> None:
    found = Counter((lesson.task, lesson.variant) for lesson in lessons())
    assert max(found.values()) == 1
    assert lessons() == lessons()


def values(rendered: RenderedTask) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in rendered.values.items()))


@pytest.mark.parametrize("task", sorted(trained()))
def test_no_measured_variant_is_learnt(task: str) -> None:
    spec = load_task(TASKS / task, root=TASKS)
    learnt = {values(render(spec, lesson.variant, settings()["seed"])) for lesson in lessons() if lesson.task == task}
    measured = [values(render(spec, variant, 0)) for variant in range(VARIANTS)]
    assert learnt and not learnt & set(measured)


def test_the_study_is_of_what_is_learnt_and_as_large_as_was_asked() -> None:
    suite = load_family("demo", rootdir=Path.cwd()).suites["study"]
    tasks = set(suite.tasks or ())
    assert len(tasks - trained()) == 1 and tasks <= trained() | set(settings()["held_out"])
    assert len(tasks) >= 24 and len(tasks) * len(suite.contexts) * suite.variants >= 200


def test_the_demo_suite_is_learnt_in_other_variants_and_the_rest_is_named() -> None:
    family = load_family("demo", rootdir=Path.cwd())
    tasks = set(family.suites[family.default_suite].tasks or ())
    assert tasks <= trained() | set(settings()["held_out"])
