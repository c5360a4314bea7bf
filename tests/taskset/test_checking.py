# ruff: noqa: E501  (a table of messages)
from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from agentbench.errors import TaskError
from agentbench.taskset import check_task, check_task_static, load_task, new_task, render
from agentbench.taskset.depth import reading_order
from tests.taskset.task_files import NATIVE, TOML, WriteTask, write


def test_a_sound_task(native_task: WriteTask, foreign_task: WriteTask, tasks_root: Path) -> None:
    assert check_task(load_task(native_task(), root=tasks_root)) == []
    foreign = load_task(foreign_task(), root=tasks_root)  # its instruction holds what would be a template in ours
    assert check_task(foreign) == check_task_static(foreign) == []


def replaced(old: str, new: str) -> dict[str, str]:
    assert old in TOML
    return {"task.toml": TOML.replace(old, new)}


FAULTS: dict[str, tuple[Mapping[str, str | None], str]] = {
    "stale value too near": (
        replaced('low = 1024, high = 65535, differs = "port" }', "low = 1024, high = 1034 }")
        | {"task.toml": TOML.replace("high = 65535", "high = 1034").replace(', differs = "port"', "")},
        r"detail 'port': the stale value '\d+' is a near miss of",
    ),
    "initial value is stale": (
        {"environment/workspace/app/limits.py": None, "environment/workspace/config/app.toml.j2": 'owner = "x"\n[server]\nport = {{ port_v1 }}\n', "environment/workspace/config/app.toml": None},
        r"detail 'port': its place holds the stale value",
    ),
    "told in the workspace": ({"environment/workspace/notes.md.j2": "port: {{ port }}\n"}, r"detail 'port': .*workspace states it too, in notes\.md"),
    "told in the instruction": ({"instruction.md": "{{ window }} {{ region }}"}, r"detail 'region': .*the instruction states it too"),
    "instruction does not tell": ({"instruction.md": "do it"}, r"detail 'window': .*instruction\.md does not state it"),
    "follow-up does not tell": (replaced("Also set the owner to {{ owner }} in", "Also mind"), r"detail 'owner': .*no follow-up states it"),
    "file does not tell": (replaced('"{{ window }}"\ntold_in = "instruction"', '"{{ window }}"\ntold_in = "file"'), r"detail 'window': .*no file of the workspace"),
    "fact does not tell": (replaced("listens on port {{ port }} and stands in", "is in"), r"detail 'port': the fact 'sheet' does not state it"),
    "fact does not tell the stale value": (replaced("gateway on port {{ port_v1 }},", "gateway of {{ port_v1[:2] }},"), r"detail 'port': the fact 'draft' does not state its stale"),
    "conftest": ({"tests/conftest.py": "raise SystemExit\n"}, r"tests/conftest\.py: a conftest\.py below tests/"),
    "tests that pytest would find": ({"tests/test_x.py": "x\n"}, r"tests/test_x\.py: hidden tests stand in tests/checks\.py"),
    "wrong number of checks": (replaced("tests = 2", "tests = 3"), r"checks\.py: holds 2 checks, .* says 3"),
    "checks are no Python": ({"tests/checks.py.j2": "def (\n"}, r"checks\.py: is no Python"),
    "another test.sh": ({"tests/test.sh": "#!/bin/sh\npytest\n"}, r"test\.sh: does not run 'exec python3"),
    "another solve.sh": ({"solution/solve.sh": "#!/bin/sh\ntrue\n"}, r"solve\.sh: its first command is not 'cp -R"),
    "suffix forgotten": ({"environment/workspace/other.txt": "port {{ port }}\n"}, r"workspace/other\.txt: holds '\{\{ port \}\}' as text"),
    "template marks left": ({"instruction.md": "{{ window }} {{ '{{' }} x"}, r"instruction\.md: template marks are left"),
    "everything can be looked up": (
        replaced('value = "{{ window }}"\ntold_in = "instruction"', 'value = "{{ window }}"\ntold_in = "file"')
        | {"environment/workspace/notes.md.j2": "{{ window }} {{ owner }} {{ region }}\n"},
        r"details: over half of the values stand in the workspace too",
    ),
    "only literal": (replaced('recall = "paraphrased"\nasked_as = "where it runs"\n', ""), r"details: every 'recall' is literal"),
    "paraphrase that nobody asks by": (replaced('asked_as = "where it runs"', 'asked_as = "its place"'), r"asked_as: 'its place' stands neither in"),
    "paraphrase with a word of the fact": (
        replaced("stands in {{ region }}", "runs in {{ region }}"), r"detail 'region': recall is 'paraphrased', .* shares 'run' with the fact 'sheet'",
    ),
    "paraphrase whose key is a word of the fact": (
        replaced("stands in {{ region }}", "stands in region {{ region }}"), r"the place it is written to shares 'regio' with the fact 'sheet'",
    ),
    "solution in the workspace": (
        {"environment/workspace/old/limits.py.j2": "WINDOW = {{ window }}\n"}, r"files/app/limits\.py stands in the workspace already, as old/limits\.py",
    ),
    "handover in the workspace": ({"environment/workspace/handover/x": "x"}, r"workspace/handover: this name is taken"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_that_only_a_look_at_variants_shows(name: str, tasks_root: Path) -> None:
    files, message = FAULTS[name]
    task = load_task(write(tasks_root / "x", {**NATIVE, **files}), root=tasks_root)
    problems = check_task(task)
    assert any(re.search(message, problem) for problem in problems), problems
    assert all(problem.startswith((str(task.path), task.id)) for problem in problems)


SERIES = """
[[metadata.agentbench.facts]]
id = "first-offer"
series = "offers"
stale_for = ["port"]
text = "Offer for the gateway: port {{ port_v1 }}."
[[metadata.agentbench.facts]]
id = "other-offer"
series = "offers"
tells = ["port"]
text = "Offer for the gateway: port {{ port }}."
"""


def test_ordinals_are_asked_for_by_the_order_of_reading(tasks_root: Path) -> None:
    toml = TOML.replace('tells = ["port", "region"]', 'tells = ["region"]').replace(
        "listens on port {{ port }} and ", ""
    )
    toml = toml.replace('id = "port"\n', 'id = "port"\nrecall = "ordinal"\n') + SERIES
    unasked = load_task(write(tasks_root / "unasked", {**NATIVE, "task.toml": toml}), root=tasks_root)
    assert any("says '{{ nth_other_offer }}'" in problem for problem in check_task(unasked))
    asking = str(NATIVE["instruction.md"]).replace("its port", "the port of the {{ nth_other_offer }} offer")
    files = {**NATIVE, "task.toml": toml, "instruction.md": asking}
    task = load_task(write(tasks_root / "asked", files), root=tasks_root)
    assert check_task(task) == []
    words = []
    for variant in range(20):
        rendered = render(task, variant, 0)
        order = [
            fact.id for fact in reading_order(rendered.facts, variant=variant, cluster=task.cluster) if fact.series
        ]
        words.append("first" if order[0] == "other-offer" else "second")
        assert f"the port of the {words[-1]} offer" in rendered.instruction
        assert "nth_other_offer" not in rendered.values
    assert words.count("first") == 10


COMBINED = """
[[metadata.agentbench.facts]]
id = "where"
tells = ["port"]
text = "The gateway moved to {{ region }}."
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("The gateway listens on port {{ port }}.", None),
        ("The gateway is new.", "the fact 'sheet' states no part of it"),
        ("Port {{ port }} in {{ region }}.", "the fact 'sheet' states all of it"),
    ],
)
def test_parts_are_told_in_places_of_their_own(text: str, problem: str | None, tasks_root: Path) -> None:
    toml = TOML.replace('value = "{{ port }}"', 'recall = "combined"\nvalue = "{{ region }}:{{ port }}"')
    toml = toml.replace('stale = "{{ port_v1 }}"', 'stale = "{{ region_v1 }}:{{ port_v1 }}"')
    toml = re.sub(r'\[\[metadata.agentbench.details\]\]\nid = "region".*?(?=\[\[)', "", toml, flags=re.DOTALL)
    toml = toml.replace('["port", "region"]', '["port"]')
    toml = re.sub(r'text = "Current.*"', f'text = "{text}"', toml)
    toml = re.sub(r'text = "Draft.*"', 'text = "Draft: {{ region_v1 }}:{{ port_v1 }}."', toml) + COMBINED
    overlay = 'owner = "{{ owner }}"\n[server]\nport = "{{ region }}:{{ port }}"\n'
    files = {**NATIVE, "task.toml": toml, "solution/files/config/app.toml.j2": overlay}
    task = load_task(write(tasks_root / "x", files), root=tasks_root)
    problems = check_task(task, seeds=[0])
    assert problems == [] if problem is None else any(problem in one for one in problems), problems


def test_a_solution_that_ties_details_together(native_task: WriteTask, tasks_root: Path) -> None:
    """The region comes out wrong when another port is planted: faults could not be planted one by one."""
    task = load_task(native_task(), root=tasks_root)
    port = render(task, 0, 0).values["port"]
    tied = f"{{% if port != '{port}' %}}x{{% endif %}}"
    overlay = 'owner = "{{ owner }}"\n[server]\nport = {{ port }}\nregion = "{{ region }}' + tied + '"\n'
    path = native_task("tied", **{"solution__files__config__app_DOT_toml_DOT_j2": overlay})
    with pytest.raises(TaskError, match="details 'region'"):
        check = load_task(path, root=tasks_root)
        raise TaskError("; ".join(check_task(check)))


@pytest.mark.parametrize("sandbox", ["python", "shell"])
def test_a_new_task_is_sound(sandbox: str, tasks_root: Path) -> None:
    new_task(tasks_root / "config" / "my-task", sandbox)
    task = load_task(tasks_root / "config" / "my-task", root=tasks_root)
    assert (task.id, task.name, task.sandbox.image) == ("config/my-task", "agentbench/my-task", sandbox)
    assert check_task(task) == []
    assert (tasks_root / "config" / "my-task" / "tests" / "test.sh").stat().st_mode & 0o100
    with pytest.raises(TaskError, match="is not empty"):
        new_task(tasks_root / "config" / "my-task", sandbox)
    with pytest.raises(TaskError, match="is no task name"):
        new_task(tasks_root / "my task", sandbox)
