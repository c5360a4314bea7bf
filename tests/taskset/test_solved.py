from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.taskset import discover, load_task, render, solution_files

ROOT = Path(__file__).parents[2] / "tasks"


@pytest.mark.parametrize("name", ["config/gateway-limits", "refactor/metric-rename", "bugfix/ring-buffer"])
def test_the_overlay_and_what_the_script_names(name):
    rendered = render(load_task(ROOT / name, root=ROOT), 0, 0)
    found = solution_files(rendered)
    overlay = {path.removeprefix("files/") for path in rendered.solution if path.startswith("files/")}
    assert overlay <= set(found)
    assert found == sorted(found)
    assert set(found) <= overlay | set(rendered.workspace)


def test_every_detail_of_a_shipped_task_lies_in_its_solution():
    for path in discover([ROOT], root=ROOT):
        rendered = render(load_task(path, root=ROOT), 1, 0)
        found = solution_files(rendered) or []
        wanted = {one.check.file for one in rendered.details if one.check.file and not one.check.is_constraint}
        assert wanted <= set(found), rendered.task.id
