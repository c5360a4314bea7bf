from __future__ import annotations

import threading
from typing import Any

import pytest

from agentbench.agent import TOOLS
from agentbench.agent.definition import Slot, ToolContext
from agentbench.records import CopySlotKind, Limits
from tests.agent.local_sandbox import LocalSandbox

MONEY = "import json\n\nCENTS = 100\n\n\ndef divide_cents(a, b):\n    return a // b\n"
TOTALS = "from invoice.money import divide_cents\n\n\ndef net(lines):\n    return sum(lines)\n"


@pytest.fixture
def context(sandbox: LocalSandbox) -> ToolContext:
    (sandbox.root / "invoice").mkdir()
    (sandbox.root / "invoice/__init__.py").write_text("")
    (sandbox.root / "invoice/money.py").write_text(MONEY)
    (sandbox.root / "invoice/totals.py").write_text(TOTALS)
    (sandbox.root / "invoice/open.py").write_text("from x import *\n")
    return ToolContext(sandbox, Limits(), threading.Event())


def slots(context: ToolContext, tool: str = "write_file", **arguments: Any) -> list[Slot]:
    found = TOOLS[tool].run(context, arguments).slots
    return [slot for slot in found if slot.kind is CopySlotKind.IDENTIFIER]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from invoice.money import divide_cents", {"divide_cents": True}),
        ("from invoice.money import divide_cent", {"divide_cent": "divide_cents"}),
        ("from invoice.money import CENTS, divvide_cents", {"CENTS": True, "divvide_cents": "divide_cents"}),
        ("from invoice import money\nmoney.divide_cents(1, 2)", {"money": True, "divide_cents": True}),
        ("from invoice import money as m\nm.divid_cents(1)", {"money": True, "divid_cents": "divide_cents"}),
        ("import invoice.money as m\nm.divide_cents(1)", {"divide_cents": True}),
        ("from invoice.money import divide_cents\ndivide_cents(1, 2)", {"divide_cents": True}),
        ("def total():\n    pass\ntotal()\ntotall()", {"total": True, "totall": "total"}),
        ("class A:\n    def go(self):\n        self.go()\n        self.goo()", {"go": True, "goo": "go"}),
        ("import json\njson.laods('')", {}),
        ("from os.path import joinn", {}),
        ("from invoice.open import anything", {}),
        ("from x import *\nanything()", {}),
        ("class A(B):\n    def go(self):\n        self.goo()", {}),
        ("def f(callback):\n    callback()\nlambda g: g()", {}),
        ("print(len([]))", {}),
        ("for f in ():\n    f()", {"f": True}),
        ("def broken(:", {}),
        ("nothing_like_it()", {"nothing_like_it": None}),
    ],
)
def test_names_that_refer_to_the_workspace(context: ToolContext, code: str, expected: dict[str, Any]) -> None:
    found = {slot.written: True if slot.exists else slot.nearest for slot in slots(context, path="a.py", content=code)}
    assert found == expected


def test_relative_imports(context: ToolContext) -> None:
    [slot] = slots(context, path="invoice/new.py", content="from .money import divide_cets\n")
    assert (slot.nearest, slot.json_path) == ("divide_cents", "$.content")


def test_an_edit_is_judged_by_what_it_wrote_in_the_file_as_it_becomes(context: ToolContext) -> None:
    edits = [{"old": "sum(lines)", "new": "divide_cent(sum(lines), 2)"}]
    [slot] = slots(context, "edit_file", path="invoice/totals.py", edits=edits)
    assert (slot.written, slot.exists, slot.nearest) == ("divide_cent", False, "divide_cents")
    assert slot.json_path == "$.edits[0].new"


def test_other_files_have_no_call_sites(context: ToolContext) -> None:
    assert slots(context, path="a.js", content="divide_cent(1)") == []
