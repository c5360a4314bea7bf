"""A file of SWE rows on the command line: a node for each row, and nothing where nobody named it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugin.conftest import Run
from tests.taskset.test_swe_rows import BENCH, SMITH


@pytest.fixture
def rows(project: Path) -> Path:
    file = project / "data" / "rows.jsonl"
    file.parent.mkdir()
    django = {**BENCH, "instance_id": "django__django-1", "FAIL_TO_PASS": ["test_x (a.B)"]}
    file.write_text(
        "".join(json.dumps(row) + "\n" for row in (BENCH, SMITH, django, {**BENCH, "instance_id": "acme__absent-1"}))
    )
    return file


def nodes(output: str) -> list[str]:
    return [line.partition("rows.jsonl::")[2] for line in output.splitlines() if "rows.jsonl::" in line]


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("data/rows.jsonl::acme__demo-1", ["acme__demo-1::oracle", "acme__demo-1::noop"]),
        ("data/rows.jsonl::acme__demo-1::noop", ["acme__demo-1::noop"]),
        ("data/rows.jsonl::django__django-1", ["django__django-1::unsupported"]),
    ],
)
def test_a_row_is_named_by_its_node(run: Run, rows: Path, argument: str, found: list[str]) -> None:
    done = run("--collect-only", "-q", argument)
    assert nodes(done.stdout) == found, done.stdout + done.stderr


def test_all_rows_of_a_file(run: Run, rows: Path) -> None:
    found = nodes(run("--collect-only", "-q", "data/rows.jsonl").stdout)
    assert [node for node in found if node.endswith(("::oracle", "::unsupported"))] == [
        "acme__demo-1::oracle",
        f"{SMITH['instance_id']}::oracle",
        "django__django-1::unsupported",
        "acme__absent-1::oracle",
    ]


def test_a_list_may_name_rows(run: Run, rows: Path) -> None:
    (rows.parent / "list.txt").write_text("rows.jsonl::acme__demo-1\n../tasks/config/port\n")
    done = run("--quant=clean", "--quant-model=sim", "--quant-context=4k", "--quant-variants=1", "--collect-only",
               "-q", "--quant-task-list=data/list.txt")  # fmt: skip
    assert "data/rows.jsonl::acme__demo-1::clean[v0-0k-t0]" in done.stdout
    assert "tasks/config/port/task.toml::clean[v0-4k-t0]" in done.stdout


def test_other_json_lines_are_left_alone(run: Run, rows: Path) -> None:
    assert nodes(run("--collect-only", "-q", ".").stdout) == []
    assert nodes(run("--collect-only", "-q", "data").stdout) == []


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("data/bad.jsonl", ["bad.jsonl:1: is no JSON"]),
        ("data/rows.jsonl::acme__demo-2", ["not found", "acme__demo-2"]),
    ],
)
def test_a_mistake_is_a_usage_error(run: Run, rows: Path, argument: str, words: list[str]) -> None:
    (rows.parent / "bad.jsonl").write_text("{\n")
    done = run("--collect-only", argument)
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    assert all(word in output for word in words), output
    assert "Traceback" not in output


@pytest.mark.docker
@pytest.mark.parametrize("quant", [(), ("--quant=clean", "--quant-model=sim")], ids=["proved", "played"])
def test_an_image_that_is_not_to_be_had_is_a_skip_with_its_name(run: Run, rows: Path, quant: tuple[str, ...]) -> None:
    done = run("-rs", "data/rows.jsonl::acme__absent-1", *quant)
    output = done.stdout + done.stderr
    assert "image swebench/sweb.eval.x86_64.acme_1776_absent-1 is not on the Docker engine" in output
    assert "passed" not in output
    assert done.returncode == (4 if quant else 0), output
    assert quant or "2 skipped" in output
