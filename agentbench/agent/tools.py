"""All tools by name, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentbench.agent.definition import ToolDefinition
from agentbench.agent.tools_edit import EDIT_FILE
from agentbench.agent.tools_files import LIST_FILES, READ_FILE, WRITE_FILE
from agentbench.agent.tools_search import SEARCH
from agentbench.agent.tools_shell import BASH, RUN_TESTS
from agentbench.agent.tools_talk import PLAN, SUBMIT
from agentbench.errors import CatalogError, did_you_mean

TOOLS: dict[str, ToolDefinition] = {
    tool.name: tool for tool in (BASH, READ_FILE, WRITE_FILE, EDIT_FILE, SEARCH, LIST_FILES, RUN_TESTS, PLAN, SUBMIT)
}


def tool_schemas(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the named tools in OpenAI's function-calling form; CatalogError for an unknown name."""
    for name in names:
        if name not in TOOLS:
            raise CatalogError(f"there is no tool named '{name}'{did_you_mean(name, TOOLS)}")
    return [TOOLS[name].schema for name in names]
