"""SWE-bench and SWE-smith rows as tasks: what is read, what is refused by name, what is malformed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agentbench.errors import TaskError, UnsupportedTaskError
from agentbench.taskset import load_row, render, row_ids

BENCH: dict[str, Any] = {
    "repo": "acme/demo",
    "instance_id": "acme__demo-1",
    "base_commit": "0" * 40,
    "patch": "diff --git a/demo.py b/demo.py\n",
    "test_patch": "--- a/tests/test_demo.py\n+++ b/tests/test_demo.py\n--- /dev/null\n+++ b/tests/data.txt\n",
    "problem_statement": "It is broken.",
    "hints_text": "",
    "version": "1.0",
    "FAIL_TO_PASS": '["tests/test_demo.py::test_new"]',
    "PASS_TO_PASS": ["tests/test_demo.py::test_old[a b]", "tests/test_other.py::T::test_x"],
}
SMITH: dict[str, Any] = {
    "instance_id": "acme__demo.1fd52536.combine_file__09vlzwgc",
    "repo": "swesmith/acme__demo.1fd52536",
    "patch": "diff --git a/demo.py b/demo.py\n",
    "FAIL_TO_PASS": ["tests/test_demo.py::test_new"],
    "PASS_TO_PASS": ["tests/test_other.py::test_x"],
    "image_name": "swebench/swesmith.x86_64.acme_1776_demo.1fd52536",
    "problem_statement": "It is broken.",
}


def rows(tmp_path: Path, *lines: dict[str, Any] | str) -> Path:
    file = tmp_path / "data" / "rows.jsonl"
    file.parent.mkdir()
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def test_a_swe_bench_row(tmp_path: Path) -> None:
    file = rows(tmp_path, SMITH, "", BENCH)
    assert row_ids(file) == [SMITH["instance_id"], "acme__demo-1"]
    task = load_row(file, "acme__demo-1", root=tmp_path)
    assert (task.id, task.native, task.sandbox.profile) == ("data/rows/acme__demo-1", False, "harbor")
    assert (task.sandbox.image, task.sandbox.workdir) == ("swebench/sweb.eval.x86_64.acme_1776_demo-1", "/testbed")
    assert (task.sandbox.verifier_mode, task.tags) == ("separate", ["swe-bench"])
    rendered = render(task, 3, 1)
    assert rendered.instruction == "It is broken.\n"
    assert rendered.tests["test.patch"].data == BENCH["test_patch"].encode()
    assert json.loads(rendered.tests["row.json"].data) == {
        "fail_to_pass": ["tests/test_demo.py::test_new"],
        "pass_to_pass": BENCH["PASS_TO_PASS"],
        "run_files": ["tests/test_demo.py", "tests/test_other.py"],
        "test_files": ["tests/data.txt", "tests/test_demo.py", "tests/test_other.py"],
    }
    assert b"git apply --whitespace=nowarn <<" in rendered.solution["solve.sh"].data
    assert "bug.patch" not in rendered.setup


def test_a_swe_smith_row_is_its_bug(tmp_path: Path) -> None:
    task = load_row(rows(tmp_path, SMITH), SMITH["instance_id"], root=tmp_path)
    assert (task.sandbox.image, task.tags) == (SMITH["image_name"], ["swe-smith"])
    rendered = render(task, 0, 0)
    assert rendered.setup["bug.patch"].data == SMITH["patch"].encode()
    assert rendered.setup["hidden"].data == b"tests/test_demo.py\n"
    assert b"git apply --whitespace=nowarn -R <<" in rendered.solution["solve.sh"].data


@pytest.mark.parametrize("key", ["image_name", "docker_image", "image"])
def test_a_row_may_name_its_image(key: str, tmp_path: Path) -> None:
    task = load_row(rows(tmp_path, {**BENCH, key: "somewhere/else:1"}), "acme__demo-1", root=tmp_path)
    assert task.sandbox.image == "somewhere/else:1"


def test_a_changed_row_is_another_task(tmp_path: Path) -> None:
    file = rows(tmp_path, BENCH)
    before = load_row(file, "acme__demo-1", root=tmp_path)
    file.write_text(json.dumps({**BENCH, "patch": "diff --git a/other.py b/other.py\n", "hints_text": "x"}))
    after = load_row(file, "acme__demo-1", root=tmp_path)
    assert before.digest != after.digest
    file.write_text(json.dumps({**BENCH, "hints_text": "y"}))
    assert load_row(file, "acme__demo-1", root=tmp_path).digest == before.digest, "hints are not read"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"FAIL_TO_PASS": ["test_method (module.Case)"]},
            r"needs tests that are not named as pytest .*'test_method \(",
        ),
        ({"PASS_TO_PASS": ["test_sympy"]}, r"\('test_sympy'\)"),
        ({"FAIL_TO_PASS": []}, r"needs a FAIL_TO_PASS test, and names none"),
        ({"problem_statement": " \n"}, r"needs a problem_statement, which it has not"),
    ],
)
def test_what_cannot_be_run_is_named(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedTaskError, match=rf"^data/rows/acme__demo-1: .*{message}"):
        load_row(rows(tmp_path, {**BENCH, **changed}), "acme__demo-1", root=tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"patch": None}, r"rows\.jsonl:1: patch: found 'None'; .*valid string"),
        ({"FAIL_TO_PASS": "[not json"}, r"rows\.jsonl:1: FAIL_TO_PASS: found '\[not json'"),
        ({"FAIL_TO_PASS": [1]}, r"rows\.jsonl:1: FAIL_TO_PASS\.0: found '1'"),
        ({"test_patch": None}, r"found neither 'test_patch' .* nor 'image_name'"),
    ],
)
def test_a_malformed_row_names_line_and_key(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=message):
        load_row(rows(tmp_path, {**BENCH, **changed}), "acme__demo-1", root=tmp_path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    row = {key: value for key, value in BENCH.items() if key != "patch"}
    with pytest.raises(TaskError, match=r"rows\.jsonl:1: patch: missing"):
        load_row(rows(tmp_path, row), "acme__demo-1", root=tmp_path)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([BENCH, "{"], r"rows\.jsonl:2: is no JSON"),
        ([[]], r"rows\.jsonl:1: instance_id: found None"),
        ([{"id": 1}], r"rows\.jsonl:1: instance_id: found None, expected the id of a SWE-bench"),
        ([BENCH, BENCH], r"rows\.jsonl:2: instance_id: 'acme__demo-1' is line 1's, too"),
        ([], r"rows\.jsonl: holds no row"),
    ],
)
def test_a_malformed_file_names_its_line(lines: list[Any], message: str, tmp_path: Path) -> None:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    with pytest.raises(TaskError) as caught:
        row_ids(rows(tmp_path, *lines))
    assert re.search(message, str(caught.value)), caught.value


def test_an_unknown_row_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"no row has the instance_id 'acme__demo-2'; did you mean 'acme__demo-1'"):
        load_row(rows(tmp_path, BENCH), "acme__demo-2", root=tmp_path)
