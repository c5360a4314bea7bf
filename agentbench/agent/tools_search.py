"""``search``: a regex over files, in one command inside the sandbox.

GNU grep with Perl regexes where the image has it, else extended ones; files in sorted order, binary files and
``.git`` left out.
"""

from __future__ import annotations

from typing import Any

from agentbench.agent.copying import path_slot
from agentbench.agent.definition import ToolContext, ToolDefinition, ToolResult, object_schema
from agentbench.records import CommandResult

_DEFAULT_RESULTS = 100
_MAX_LINE_CHARS = 300
_NO_PATH, _BAD_PATTERN = 3, 2

_SCRIPT = r"""
pattern=$1 path=$2 mode=$3 most=$4
shift 4
[ -e "$path" ] || exit 3
engine=-E
if echo x1 | grep -qP 'x\d' 2>/dev/null; then engine=-P; fi
: | grep $engine -e "$pattern" 2>&1
[ $? -lt 2 ] || exit 2
find "$path" -name .git -prune -o -type f "$@" -print0 | sort -z |
    LC_ALL=C.UTF-8 xargs -0 -r grep -sHI $mode $engine -e "$pattern" -- | head -n "$most"
exit 0
"""

_FLAGS = {"content": "-n", "files": "-l", "count": "-c"}


def _search(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    path = arguments.get("path", ".")
    mode = arguments.get("output_mode", "content")
    most = arguments.get("max_results", _DEFAULT_RESULTS)
    # grep -c names every file, also those with no match: how many lines are needed cannot be told in advance
    asked = 1_000_000 if mode == "count" else most + 1
    globs = _find_globs(arguments.get("globs", []))
    pattern = arguments["pattern"]
    start = path if path.startswith(("/", ".")) else f"./{path}"
    command = ["sh", "-c", _SCRIPT, "search", pattern, start, _FLAGS[mode], str(asked), *globs]
    timeout_s = context.limits.command_timeout_s
    result = context.sandbox.run(command, timeout_s=timeout_s, output_limit_bytes=400_000)
    slots = []
    if "path" in arguments:
        slots = [path_slot(context.sandbox, path, "$.path", exists=result.exit_code != _NO_PATH)]
    return ToolResult(_answer(result, path, mode, most), slots)


def _answer(result: CommandResult, path: str, mode: str, most: int) -> str:
    if result.timed_out:
        return f"Error: the search timed out after {result.duration_s:.0f} s; narrow it with path or globs"
    if result.exit_code == _NO_PATH:
        return f"Error: {path} does not exist"
    if result.exit_code == _BAD_PATTERN:
        return f"Error: the pattern is no valid regex: {result.stdout.strip()}"
    lines = [line.removeprefix("./") for line in result.stdout.splitlines()]
    if mode == "count":
        lines = [line for line in lines if not line.endswith(":0")]
    if not lines:
        return "[no matches]"
    shown = [line if len(line) <= _MAX_LINE_CHARS else line[:_MAX_LINE_CHARS] + "..." for line in lines[:most]]
    if len(lines) > most or result.truncated:
        shown.append(f"[more than {len(shown)} results; narrow it, or raise max_results]")
    return "\n".join(shown)


def _find_globs(globs: list[str]) -> list[str]:
    """Return find's tests for any of the globs: on the name, or on the path where a glob has a slash."""
    tests: list[str] = []
    for glob in globs:
        joint = ["-o"] if tests else []
        if "/" in glob:
            tests += [*joint, "-path", "*/" + glob.removeprefix("./").replace("**/", "*").replace("**", "*")]
        else:
            tests += [*joint, "-name", glob]
    return ["(", *tests, ")"] if tests else []


SEARCH = ToolDefinition(
    "search",
    "Search files with a regular expression.",
    object_schema(
        {
            "pattern": {"type": "string", "minLength": 1},
            "path": {"type": "string", "minLength": 1},
            "globs": {"type": "array", "items": {"type": "string"}, "description": "Only such files, as *.py"},
            "output_mode": {"type": "string", "enum": ["content", "files", "count"]},
            "max_results": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
        ["pattern"],
    ),
    _search,
)
