"""``plan`` and ``submit``: the tools that touch no file."""

from __future__ import annotations

from typing import Any

from agentbench.agent.definition import ToolContext, ToolDefinition, ToolResult, object_schema


def _plan(_context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    items = arguments["items"]
    done = sum(item["status"] == "done" for item in items)
    return ToolResult(f"Plan noted: {done} of {len(items)} steps done.")


def _submit(_context: ToolContext, _arguments: dict[str, Any]) -> ToolResult:
    return ToolResult("Submitted.", submitted=True)


PLAN = ToolDefinition(
    "plan",
    "Note your plan; send all steps each time.",
    object_schema(
        {
            "items": {
                "type": "array",
                "minItems": 1,
                "items": object_schema(
                    {
                        "step": {"type": "string", "minLength": 1},
                        "status": {"type": "string", "enum": ["pending", "in_progress", "done"]},
                    },
                    ["step", "status"],
                ),
            }
        },
        ["items"],
    ),
    _plan,
)

SUBMIT = ToolDefinition(
    "submit",
    "Hand in the work when it is complete.",
    object_schema({"summary": {"type": "string"}}),
    _submit,
)
