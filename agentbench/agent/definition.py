"""What a tool is: its schema for the model and its executor over a sandbox."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from agentbench.records import CommandResult, CopySlotKind, FileStat, Limits


class SandboxFace(Protocol):
    """The part of a sandbox that tools use."""

    def run(
        self,
        command: str | Sequence[str],
        *,
        timeout_s: float,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        user: Literal["agent", "root"] = "agent",
        output_limit_bytes: int = 1_000_000,
    ) -> CommandResult:
        """Run a shell text or an argument list; SandboxDiedError when nothing can be said about it."""

    def read_file(self, path: str, *, max_bytes: int = 1 << 20, user: Literal["agent", "root"] = "agent") -> bytes:
        """Return a file's bytes; SandboxFileError when refused."""

    def write_file(
        self, path: str, data: bytes, *, mode: int | None = None, user: Literal["agent", "root"] = "agent"
    ) -> None:
        """Write a whole file and its parents, its mode kept; SandboxFileError when refused."""

    def stat(self, path: str, user: Literal["agent", "root"] = "agent") -> FileStat | None:
        """Return one entry, or None where there is none."""

    def list_files(
        self, path: str, *, max_entries: int = 10_000, user: Literal["agent", "root"] = "agent"
    ) -> list[FileStat]:
        """Return all entries below a directory, sorted; SandboxFileError when it is none."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A must-copy slot as its tool found it; the loop adds the call's index."""

    kind: CopySlotKind
    json_path: str
    written: str
    exists: bool
    nearest: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gave back, in full: shortening is the loop's affair."""

    text: str
    slots: list[Slot] = field(default_factory=list)
    submitted: bool = False


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What an executor may use."""

    sandbox: SandboxFace
    limits: Limits
    cancel: threading.Event


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """One tool. ``run`` gets arguments that hold to ``parameters``."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    run: Callable[[ToolContext, dict[str, Any]], ToolResult]

    @property
    def schema(self) -> dict[str, Any]:
        """The tool in OpenAI's function-calling form."""
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function}


def object_schema(properties: Mapping[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return a closed object schema."""
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return schema
