from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from agentbench.agent import SYSTEM_PROMPT, TOOLS, tool_schemas
from agentbench.agent.definition import ToolContext, ToolResult
from agentbench.calls import ToolSchemas, classify_call
from agentbench.errors import CatalogError
from agentbench.records import CopySlotKind, Limits, RawCall, canonical_json
from tests.agent.local_sandbox import LocalSandbox

APP = 'port = 44\nname = "rate"\n# 44 is the default\ndef limit(a, b):\n    return a + b\n'


@pytest.fixture
def context(sandbox: LocalSandbox) -> ToolContext:
    (sandbox.root / "src").mkdir()
    (sandbox.root / "src/app.py").write_text(APP)
    (sandbox.root / "tests").mkdir()
    (sandbox.root / "tests/test_app.py").write_text("def test_limit():\n    assert True\n")
    (sandbox.root / "blob").write_bytes(b"\xff\xfe\x00")
    return ToolContext(sandbox, Limits(), threading.Event())


def run(context: ToolContext, name: str, **arguments: Any) -> ToolResult:
    raw = RawCall(id="1", name=name, arguments=canonical_json(arguments))
    judged = classify_call(raw, ToolSchemas(tool_schemas(list(TOOLS))), truncated=False)
    assert judged.valid, judged.explanation
    return TOOLS[name].run(context, arguments)


def test_every_schema_is_closed_and_typed() -> None:
    def walk(schema: dict[str, Any]) -> None:
        if schema.get("type") == "object":
            assert "additionalProperties" in schema
            for inner in schema.get("properties", {}).values():
                walk(inner)
        if schema.get("type") == "array":
            walk(schema["items"])
        assert "type" in schema

    for tool in TOOLS.values():
        walk(tool.schema["function"]["parameters"])


def test_schemas_and_prompt_are_short() -> None:
    assert len(canonical_json(tool_schemas(list(TOOLS)))) < 4_000
    assert len(SYSTEM_PROMPT.split()) <= 75


def test_unknown_tool_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(CatalogError, match="did you mean 'read_file'"):
        tool_schemas(["read_fil"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"path": "src/app.py"}, APP),
        ({"path": "src/app.py", "offset": 2, "limit": 1}, 'name = "rate"\n[lines 2-2 of 5]'),
        ({"path": "src/app.py", "offset": 1, "limit": 99}, APP),
        ({"path": "src/app.py", "offset": 9}, "Error: offset 9 is behind the last line; the file has 5 lines"),
    ],
)
def test_read_file(context: ToolContext, arguments: dict[str, Any], expected: str) -> None:
    assert run(context, "read_file", **arguments).text == expected


@pytest.mark.parametrize(
    ("path", "exists", "nearest"),
    [("src/ap.py", False, "src/app.py"), ("blob", True, None), ("zzz", False, None), ("src", True, None)],
)
def test_refused_reads_record_the_path(context: ToolContext, path: str, exists: bool, nearest: str | None) -> None:
    result = run(context, "read_file", path=path)
    assert result.text.startswith("Error: ")
    [slot] = result.slots
    assert (slot.kind, slot.exists, slot.nearest) == (CopySlotKind.PATH, exists, nearest)
    assert (slot.similarity is None) == (nearest is None)


def test_write_file_makes_directories_and_keeps_the_mode(context: ToolContext, tmp_path: Path) -> None:
    assert run(context, "write_file", path="a/b.sh", content="x\ny").text == "Created a/b.sh: 2 lines."
    (tmp_path / "a/b.sh").chmod(0o755)
    assert run(context, "write_file", path="a/b.sh", content="").text == "Replaced a/b.sh: 0 lines."
    assert (tmp_path / "a/b.sh").stat().st_mode & 0o777 == 0o755


def test_edits_are_made_in_order(context: ToolContext, tmp_path: Path) -> None:
    edits = [
        {"old": "44", "new": "45", "expected_count": 2},
        {"old": "port = 45", "new": "port = 46"},
    ]
    result = run(context, "edit_file", path="src/app.py", edits=edits)
    assert result.text == "Edited src/app.py: 2 edits made."
    assert (tmp_path / "src/app.py").read_text() == APP.replace("44", "45").replace("port = 45", "port = 46")
    assert [(slot.kind, slot.exists) for slot in result.slots] == [
        (CopySlotKind.PATH, True),
        (CopySlotKind.EDIT_OLD, True),
        (CopySlotKind.EDIT_OLD, True),
    ]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"old": "44", "new": "45"}, "stands 2 times in src/app.py, expected 1"),
        ({"old": "prt = 44", "new": "x"}, "is not in src/app.py; something similar stands at line 1"),
        ({"old": "@@@@@@", "new": "x"}, "`old` is not in src/app.py."),
        ({"old": "rate", "new": "rate"}, "are the same"),
    ],
)
def test_one_bad_edit_changes_nothing(context: ToolContext, tmp_path: Path, edit: Any, message: str) -> None:
    result = run(context, "edit_file", path="src/app.py", edits=[{"old": "return a", "new": "return b"}, edit])
    assert result.text.startswith("Error: nothing was changed.\nedits[1]: ")
    assert message in result.text
    assert (tmp_path / "src/app.py").read_text() == APP


def test_the_nearest_passage_of_a_wrong_old_is_kept(context: ToolContext) -> None:
    result = run(context, "edit_file", path="src/app.py", edits=[{"old": "def limit(a, c):", "new": "x"}])
    slot = result.slots[1]
    assert (slot.json_path, slot.exists, slot.nearest) == ("$.edits[0].old", False, "def limit(a, b):")
    assert slot.similarity == pytest.approx(15 / 16)


def test_an_edit_of_a_missing_file_has_only_a_path_slot(context: ToolContext) -> None:
    result = run(context, "edit_file", path="src/appp.py", edits=[{"old": "a", "new": "b"}])
    assert [slot.kind for slot in result.slots] == [CopySlotKind.PATH]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ({"pattern": r"44\b"}, ["src/app.py:1:port = 44", "src/app.py:3:# 44 is the default"]),
        ({"pattern": r"\d+", "output_mode": "files"}, ["src/app.py"]),
        ({"pattern": "44", "output_mode": "count", "path": "src"}, ["src/app.py:2"]),
        ({"pattern": "def", "globs": ["test_*.py"]}, ["tests/test_app.py:1:def test_limit():"]),
        ({"pattern": "def limit", "globs": ["src/**/*.py"]}, ["src/app.py:4:def limit(a, b):"]),
        ({"pattern": "def", "globs": ["*.c", "*.h"]}, ["[no matches]"]),
        (
            {"pattern": "4", "max_results": 1},
            ["src/app.py:1:port = 44", "[more than 1 results; narrow it, or raise max_results]"],
        ),
        ({"pattern": "-e", "path": "src/app.py"}, ["[no matches]"]),
        ({"pattern": "port", "path": "nowhere"}, ["Error: nowhere does not exist"]),
    ],
)
def test_search(context: ToolContext, arguments: dict[str, Any], lines: list[str]) -> None:
    assert run(context, "search", **arguments).text.splitlines() == lines


def test_search_explains_a_bad_pattern(context: ToolContext) -> None:
    assert run(context, "search", pattern="a(").text.startswith("Error: the pattern is no valid regex: ")


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ({"depth": 1}, ["blob (3 bytes)", "src/", "tests/"]),
        ({"pattern": "*.py"}, [f"src/app.py ({len(APP)} bytes)", "tests/test_app.py (34 bytes)"]),
        ({"path": "src", "depth": 1}, [f"src/app.py ({len(APP)} bytes)"]),
        ({"pattern": "*.rs"}, ["[no such files]"]),
    ],
)
def test_list_files(context: ToolContext, arguments: dict[str, Any], lines: list[str]) -> None:
    assert run(context, "list_files", **arguments).text.splitlines() == lines


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("echo hi", "hi\n[exit code 0]"),
        ("echo no >&2; exit 3", "[stderr]\nno\n[exit code 3]"),
        ("true", "[exit code 0]"),
    ],
)
def test_bash(context: ToolContext, command: str, text: str) -> None:
    assert run(context, "bash", command=command).text == text


def test_bash_says_that_it_timed_out(context: ToolContext) -> None:
    assert "timed out after 1 s" in run(context, "bash", command="sleep 5", timeout_s=1).text


@pytest.mark.parametrize(
    ("files", "arguments", "expected"),
    [
        ({"run_tests.sh": 'echo "sh:$1:$MODE"'}, {"selector": "x y", "env": {"MODE": "m"}}, "sh:x y:m"),
        ({"Makefile": "test:\n\t@echo make:$(TESTS)\n"}, {"selector": "a"}, "make:a"),
        (
            {"test_u.py": "import unittest\nclass T(unittest.TestCase):\n  def test_a(self): pass\n"},
            {},
            "[exit code 0]",
        ),
    ],
)
def test_run_tests_finds_how(
    sandbox: LocalSandbox, files: dict[str, str], arguments: dict[str, Any], expected: str
) -> None:
    for name, text in files.items():
        (sandbox.root / name).write_text(text)
    context = ToolContext(sandbox, Limits(), threading.Event())
    assert expected in run(context, "run_tests", **arguments).text


@pytest.mark.parametrize("selector", ["test_u.py", "test_u.py::T::test_a", "test_u.T.test_a", "test_a"])
def test_unittest_selectors(sandbox: LocalSandbox, selector: str) -> None:
    text = "import unittest\nclass T(unittest.TestCase):\n  def test_a(self): pass\n  def test_b(self): pass\n"
    (sandbox.root / "test_u.py").write_text(text)
    (sandbox.root / "pytest.py").write_text("raise ImportError")
    context = ToolContext(sandbox, Limits(), threading.Event())
    answer = run(context, "run_tests", selector=selector).text
    assert "Ran 2 tests" in answer if selector == "test_u.py" else "Ran 1 test " in answer


@pytest.mark.parametrize(
    ("selector", "exists", "nearest"),
    [
        ("tests/test_app.py", True, None),
        ("tests/test_app.py::test_limit", True, None),
        ("tests.test_app.test_limit", True, None),
        ("test_limit", True, None),
        ("tests/test_app.py::test_limmit", False, "tests/test_app.py::test_limit"),
        ("tests/tst_app.py", False, "tests/test_app.py"),
        ("tests.test_app.test_limits", False, "tests.test_app.test_limit"),
        ("test_limmit", False, "test_limit"),
        ("zzzzzzzzzzzz", False, None),
    ],
)
def test_selectors_are_checked_against_the_tests(
    context: ToolContext, selector: str, exists: bool, nearest: str | None
) -> None:
    context.sandbox.write_file("run_tests.sh", b"true\n")
    [slot] = run(context, "run_tests", selector=selector).slots
    assert (slot.kind, slot.exists, slot.nearest) == (CopySlotKind.TEST_SELECTOR, exists, nearest)


def test_plan_and_submit(context: ToolContext) -> None:
    items = [{"step": "a", "status": "done"}, {"step": "b", "status": "pending"}]
    assert run(context, "plan", items=items).text == "Plan noted: 1 of 2 steps done."
    assert run(context, "submit", summary="ok").submitted
