"""``edit_file``: several replacements in one file, all or none."""

from __future__ import annotations

from typing import Any

from agentbench.agent.call_sites import identifier_slots
from agentbench.agent.copying import nearest_passage, path_slot
from agentbench.agent.definition import Slot, ToolContext, ToolDefinition, ToolResult, object_schema
from agentbench.agent.tools_files import read_text, refused
from agentbench.errors import SandboxFileError
from agentbench.records import CopySlotKind


def _edit_file(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    path, edits = arguments["path"], arguments["edits"]
    try:
        before = read_text(context, path)
    except SandboxFileError as error:
        return refused(context, path, error)
    slots = [path_slot(context.sandbox, path, "$.path", exists=True)]
    text, problems = before, []
    for index, edit in enumerate(edits):
        slot, problem = _judge(text, edit, index, path)
        slots.append(slot)
        if problem is None:
            text = text.replace(edit["old"], edit["new"])
        else:
            problems.append(problem)
    if problems:
        return ToolResult("\n".join(["Error: nothing was changed.", *problems]), slots)
    try:
        context.sandbox.write_file(path, text.encode())
    except SandboxFileError as error:
        return ToolResult(f"Error: nothing was changed. {error}", slots)
    written = {f"$.edits[{index}].new": edit["new"] for index, edit in enumerate(edits)}
    slots += identifier_slots(context.sandbox, path, text, written)
    return ToolResult(f"Edited {path}: {len(edits)} {'edit' if len(edits) == 1 else 'edits'} made.", slots)


def _judge(text: str, edit: dict[str, Any], index: int, path: str) -> tuple[Slot, str | None]:
    """Return the slot of ``old`` in the text that the earlier edits left, and why the edit cannot be made."""
    old, expected = edit["old"], edit.get("expected_count", 1)
    place = f"$.edits[{index}].old"
    count = text.count(old)
    if count == 0:
        near = nearest_passage(old, text)
        if near is None:
            slot = Slot(CopySlotKind.EDIT_OLD, place, old, exists=False)
            return slot, f"edits[{index}]: `old` is not in {path}."
        passage, similarity, line = near
        slot = Slot(CopySlotKind.EDIT_OLD, place, old, False, passage, similarity)
        return slot, f"edits[{index}]: `old` is not in {path}; something similar stands at line {line}."
    slot = Slot(CopySlotKind.EDIT_OLD, place, old, exists=True)
    if count != expected:
        return slot, (
            f"edits[{index}]: `old` stands {count} times in {path}, expected {expected}; "
            "give more of the text around it, or set expected_count."
        )
    if old == edit["new"]:
        return slot, f"edits[{index}]: `old` and `new` are the same."
    return slot, None


EDIT_FILE = ToolDefinition(
    "edit_file",
    "Replace exact passages of a file. All edits are made, in order, or none.",
    object_schema(
        {
            "path": {"type": "string", "minLength": 1},
            "edits": {
                "type": "array",
                "minItems": 1,
                "items": object_schema(
                    {
                        "old": {"type": "string", "minLength": 1, "description": "Exact text with its whitespace"},
                        "new": {"type": "string"},
                        "expected_count": {"type": "integer", "minimum": 1, "description": "Default 1"},
                    },
                    ["old", "new"],
                ),
            },
        },
        ["path", "edits"],
    ),
    _edit_file,
)
