"""``read_file``, ``write_file`` and ``list_files``."""

from __future__ import annotations

import fnmatch
import posixpath
from typing import Any

from agentbench.agent.call_sites import identifier_slots
from agentbench.agent.copying import path_slot
from agentbench.agent.definition import ToolContext, ToolDefinition, ToolResult, object_schema
from agentbench.errors import SandboxFileError
from agentbench.records import FileStat

MAX_FILE_BYTES = 4 << 20
_MAX_LISTED = 500


def read_text(context: ToolContext, path: str) -> str:
    """Return a file's text; SandboxFileError says what it is instead, if it is not UTF-8."""
    data = context.sandbox.read_file(path, max_bytes=MAX_FILE_BYTES)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SandboxFileError(f"{path} is not UTF-8 text ({len(data)} bytes)") from error


def refused(context: ToolContext, path: str, error: SandboxFileError) -> ToolResult:
    """Return the answer to a file operation that was refused, with the path's copy slot."""
    try:
        exists = context.sandbox.stat(path) is not None
    except SandboxFileError:
        exists = False
    return ToolResult(f"Error: {error}", [path_slot(context.sandbox, path, "$.path", exists=exists)])


def _read_file(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    path = arguments["path"]
    try:
        text = read_text(context, path)
    except SandboxFileError as error:
        return refused(context, path, error)
    slots = [path_slot(context.sandbox, path, "$.path", exists=True)]
    return ToolResult(_part(text, arguments.get("offset", 1), arguments.get("limit")), slots)


def _part(text: str, offset: int, limit: int | None) -> str:
    """Return a whole text as it is, or the wanted lines and a last line that says which they are."""
    if not text:
        return "[empty file]"
    if offset == 1 and limit is None:
        return text
    lines = text.splitlines(keepends=True)
    if offset > len(lines):
        return f"Error: offset {offset} is behind the last line; the file has {len(lines)} lines"
    shown = lines[offset - 1 : None if limit is None else offset - 1 + limit]
    last = offset - 1 + len(shown)
    if offset == 1 and last == len(lines):
        return text
    body = "".join(shown)
    return f"{body}{'' if body.endswith(chr(10)) else chr(10)}[lines {offset}-{last} of {len(lines)}]"


def _write_file(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    path, content = arguments["path"], arguments["content"]
    try:
        before = context.sandbox.stat(path)
        context.sandbox.write_file(path, content.encode())
    except SandboxFileError as error:
        return ToolResult(f"Error: {error}")
    lines = content.count("\n") + (0 if content.endswith("\n") or not content else 1)
    verb = "Created" if before is None else "Replaced"
    slots = identifier_slots(context.sandbox, path, content, {"$.content": content})
    return ToolResult(f"{verb} {path}: {lines} {'line' if lines == 1 else 'lines'}.", slots)


def _list_files(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    path = arguments.get("path", ".")
    try:
        entries = context.sandbox.list_files(path)
    except SandboxFileError as error:
        return refused(context, path, error)
    slots = [path_slot(context.sandbox, path, "$.path", exists=True)] if "path" in arguments else []
    pattern, depth = arguments.get("pattern"), arguments.get("depth")
    lines = [_entry_line(entry) for entry in entries if _wanted(entry.path, path, pattern, depth)]
    if not lines:
        return ToolResult("[no such files]" if pattern else "[empty directory]", slots)
    text = "\n".join(lines[:_MAX_LISTED])
    if len(lines) > _MAX_LISTED:
        text += f"\n[{len(lines) - _MAX_LISTED} more; narrow it with path, depth or pattern]"
    return ToolResult(text, slots)


def _wanted(entry: str, root: str, pattern: str | None, depth: int | None) -> bool:
    inner = posixpath.normpath(entry)
    base = posixpath.normpath(root)
    if base != "." and inner.startswith(base.rstrip("/") + "/"):
        inner = inner[len(base.rstrip("/")) + 1 :]
    parts = inner.split("/")
    if ".git" in parts or (depth is not None and len(parts) > depth):
        return False
    return pattern is None or fnmatch.fnmatchcase(parts[-1], pattern) or fnmatch.fnmatchcase(inner, pattern)


def _entry_line(entry: FileStat) -> str:
    if entry.kind == "dir":
        return f"{entry.path}/"
    return f"{entry.path} ({entry.size_bytes} bytes)" if entry.kind == "file" else f"{entry.path} ({entry.kind})"


_PATH = {"type": "string", "minLength": 1}

READ_FILE = ToolDefinition(
    "read_file",
    "Read a text file, or part of it.",
    object_schema(
        {
            "path": _PATH,
            "offset": {"type": "integer", "minimum": 1, "description": "First line, from 1"},
            "limit": {"type": "integer", "minimum": 1, "description": "Number of lines"},
        },
        ["path"],
    ),
    _read_file,
)

WRITE_FILE = ToolDefinition(
    "write_file",
    "Create a file or replace it as a whole.",
    object_schema({"path": _PATH, "content": {"type": "string"}}, ["path", "content"]),
    _write_file,
)

LIST_FILES = ToolDefinition(
    "list_files",
    "List files and directories.",
    object_schema(
        {
            "path": _PATH,
            "depth": {"type": "integer", "minimum": 1, "maximum": 10},
            "pattern": {"type": "string", "description": "Glob, as *.py"},
        }
    ),
    _list_files,
)
