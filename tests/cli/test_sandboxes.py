"""``agentbench sandboxes``: what is built, for which tasks, and how large it is."""

from __future__ import annotations

import re

import pytest

from tests.command import Run


def test_without_tasks_and_names_it_says_what_to_give(run: Run) -> None:
    said = run("sandboxes", "build")
    assert said.code == 4
    assert "there is no directory tasks/ here; name images, or give --tasks PATH" in said.err


def test_an_unknown_name_gets_the_nearest(run: Run) -> None:
    said = run("sandboxes", "build", "pyton")
    assert said.code == 4
    assert "did you mean 'python'" in said.err


@pytest.mark.docker
def test_only_what_the_tasks_need_is_built_and_its_size_is_told(run: Run) -> None:
    run("tasks", "new", "mine/one", "--sandbox", "shell")
    run("tasks", "new", "other/two", "--sandbox", "python")
    all_ = run("sandboxes", "build")
    assert [line.split("\t")[0] for line in all_.out.splitlines()] == ["python", "shell"], all_.err
    some = run("sandboxes", "build", "--tasks", "tasks/mine")
    assert re.fullmatch(r"shell\tagentbench/shell:[0-9a-f]{12}\t\d+ MB\n", some.out), some.out


@pytest.mark.docker
def test_a_suite_narrows_the_choice(run: Run) -> None:
    run("tasks", "new", "polyglot/one", "--sandbox", "shell")
    run("tasks", "new", "mine/two", "--sandbox", "python")
    said = run("sandboxes", "build", "--suite", "nightly", "--quant-model", "sim")
    assert [line.split("\t")[0] for line in said.out.splitlines()] == ["python"], said.err
    none = run("sandboxes", "build", "--suite", "nightly", "--quant-model", "sim", "--tasks", "tasks/polyglot")
    assert none.code == 4
    assert "needs an image of ours" in none.err
    listed = run("sandboxes", "list")
    assert re.search(r"^python\tagentbench/python:[0-9a-f]{12}\t\d+ MB$", listed.out, re.MULTILINE)
