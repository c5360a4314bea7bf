"""``bash`` and ``run_tests``."""

from __future__ import annotations

from typing import Any

from agentbench.agent.copying import selector_slot
from agentbench.agent.definition import ToolContext, ToolDefinition, ToolResult, object_schema
from agentbench.records import CommandResult

_MAX_TIMEOUT_S = 600

_RUN_TESTS = r"""
selector=$1
if [ -f run_tests.sh ]; then
    if [ -n "$selector" ]; then exec bash ./run_tests.sh "$selector"; else exec bash ./run_tests.sh; fi
fi
for file in Makefile makefile GNUmakefile; do
    if [ -f "$file" ] && grep -q '^test[[:space:]]*:' "$file"; then
        if [ -n "$selector" ]; then exec make -s test "TESTS=$selector"; else exec make -s test; fi
    fi
done
if [ -f package.json ] || ls ./*.test.js ./*.test.mjs test/*.js tests/*.js >/dev/null 2>&1; then
    if [ -z "$selector" ]; then exec node --test; fi
    if [ -e "$selector" ]; then exec node --test "$selector"; fi
    exec node --test --test-name-pattern="$selector"
fi
if python3 -c 'import pytest' 2>/dev/null; then
    if [ -z "$selector" ]; then exec python3 -m pytest -q; fi
    if [ -e "${selector%%::*}" ]; then exec python3 -m pytest -q "$selector"; fi
    stem=$(printf %s "$selector" | tr . /) rest=
    while :; do
        if [ -f "$stem.py" ]; then exec python3 -m pytest -q "$stem.py$rest"; fi
        case $stem in */*) rest="::${stem##*/}$rest" stem=${stem%/*} ;; *) break ;; esac
    done
    exec python3 -m pytest -q -k "$selector"
fi
set -- discover -v
if [ -d tests ]; then set -- discover -v -s tests -t .; fi
case $selector in
    '') exec python3 -m unittest "$@" ;;
    *[./]*) exec python3 -m unittest -v "$(printf %s "$selector" | sed 's#::#.#g; s#\.py##; s#/#.#g')" ;;
    *) exec python3 -m unittest "$@" -k "$selector" ;;
esac
"""
"""Which tests a workspace has: its ``run_tests.sh``, else a Makefile's ``test`` (with ``TESTS=selector``), else
``node --test`` where there is a package.json or a JavaScript test, else pytest if it is installed, else unittest.
A selector may be a path, ``path::name``, a dotted name, or just a test's name."""


def render(result: CommandResult, timeout_s: float) -> str:
    """Return a command's result as the model sees it; the last line says how it ended."""
    parts = []
    if result.stdout:
        parts.append(result.stdout.rstrip("\n"))
    if result.stderr:
        parts.append("[stderr]\n" + result.stderr.rstrip("\n"))
    if result.truncated:
        parts.append("[output beyond the limit was dropped]")
    if result.timed_out:
        parts.append(f"[timed out after {timeout_s:g} s; the command and everything it started were killed]")
    elif result.oom_killed:
        parts.append(f"[exit code {result.exit_code}; killed for using too much memory]")
    else:
        parts.append(f"[exit code {result.exit_code}]")
    return "\n".join(parts)


def _bash(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    timeout_s = _timeout_s(context, arguments)
    return ToolResult(render(context.sandbox.run(arguments["command"], timeout_s=timeout_s), timeout_s))


def _run_tests(context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
    timeout_s = _timeout_s(context, arguments)
    selector = arguments.get("selector", "")
    slots = [selector_slot(context.sandbox, selector, "$.selector")] if selector else []
    command = ["sh", "-c", _RUN_TESTS, "run_tests", selector]
    result = context.sandbox.run(command, timeout_s=timeout_s, env=arguments.get("env"))
    return ToolResult(render(result, timeout_s), slots)


def _timeout_s(context: ToolContext, arguments: dict[str, Any]) -> float:
    limit = context.limits.command_timeout_s
    return min(float(arguments.get("timeout_s", limit)), limit)


_TIMEOUT = {"type": "integer", "minimum": 1, "maximum": _MAX_TIMEOUT_S}

BASH = ToolDefinition(
    "bash",
    "Run a shell command in the workspace. Every call starts a new shell.",
    object_schema({"command": {"type": "string", "minLength": 1}, "timeout_s": _TIMEOUT}, ["command"]),
    _bash,
)

RUN_TESTS = ToolDefinition(
    "run_tests",
    "Run the workspace's own tests.",
    object_schema(
        {
            "selector": {"type": "string", "description": "Path or name of a test; default all"},
            "timeout_s": _TIMEOUT,
            "env": {
                "type": "object",
                "description": "Environment variables",
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                "additionalProperties": {"type": "string"},
            },
        }
    ),
    _run_tests,
)
