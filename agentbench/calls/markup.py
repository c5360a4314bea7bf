"""Calls left as text: the syntax of a tool call that the server did not turn into a call.

*Leaked* means attempted. A tag that is only spoken of is no attempt, so what is recognised is always a tag together
with what makes it a call: a name, an opening brace, a further tag, or the end of the text right behind it.

Recognised formats: Hermes and Qwen (``<tool_call>{...}``), Qwen3-Coder and Llama's ``<function=name>``, MiniMax
(``<minimax:tool_call>``, ``<invoke name=...>``), DeepSeek (``<｜tool▁calls▁begin｜>``, DSML), Llama's JSON and
``<|python_tag|>``, pythonic lists of calls, Mistral (``[TOOL_CALLS]``), GLM (``<arg_key>``), Kimi
(``<|tool_calls_section_begin|>``, ``functions.name:0``), Harmony (``to=functions.name``), bare JSON calls, and any
other ``<x:tool_call>``.

Deliberately *not* recognised: markup in quotes, backticks or a fenced block. The one exception is a fence that ends a
reply which has no structured call, and holds nothing but a complete call of an offered tool: models that lose the
syntax of their calls often write them so, and nothing in a finished reply would come after it. Calls written as plain
Python or JSON are taken for calls only where the tool is an offered one.
"""

from __future__ import annotations

import ast
import json
import re
import threading
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agentbench.calls.quoting import Fence, Quoting

SHOWN_CHARS = 160
_warning_filters = threading.Lock()

_NAME = r"[A-Za-z_][\w.\-]{0,80}"
_SPACE = r"[^\S\n]*"
_BEGINS = rf"(?=\s*(?:[{{\[<(]|$)|(?:{_SPACE}\n\s*)?{_NAME}{_SPACE}(?:[\n<{{(\[]|$))"
"""What comes behind an opening tag that is meant: a brace, another tag, a lone name, or the end of the line."""
_SPOKEN_OF = r"(?!\s+(?:tokens?|tags?|markers?|is|are|and|or|to|in)\b)"
"""Special tokens are rare enough in prose: only where the sentence goes on behind one it is spoken of."""

_OPENING: list[tuple[str, str]] = [
    ("MiniMax", r"<minimax:tool_calls?>(?=\s*(?:[<{\[]|$))"),
    ("MiniMax", rf"<(?:minimax:)?invoke\s+name\s*=\s*[\"']?{_NAME}[\"']?\s*(?:>|$)"),
    ("GLM", rf"<tool_call>\s*{_NAME}\s*<arg_key>"),
    ("GLM", r"<arg_key>[^<\n]{1,80}</arg_key>\s*(?:<arg_value>|$)"),
    ("Qwen3-Coder", rf"<function\s*=\s*[\"']?{_NAME}[\"']?\s*>(?=\s*(?:[<{{\[]|$))"),
    ("Qwen3-Coder", rf"<parameter\s*=\s*[\"']?{_NAME}[\"']?\s*>"),
    ("MiniMax", rf"<parameter\s+name\s*=\s*[\"']{_NAME}[\"']\s*>"),
    ("Hermes/Qwen", rf"<(?:[a-z_]+:)?(?:[a-z]+_)?tool_calls?>{_BEGINS}"),
    ("Hermes/Qwen", r"<(?:[a-z_]+:)?function_calls?>(?=\s*(?:[<{\[]|$))"),
    ("XML", rf"<(?:[a-z_]+:)?invoke\s+name\s*=\s*[\"']?{_NAME}[\"']?\s*>"),
    ("DeepSeek", rf"<[|｜]tool[_▁]calls?[_▁](?:begin|end)[|｜]>{_SPOKEN_OF}"),
    ("DeepSeek", r"<[|｜]tool[_▁]sep[|｜]>"),
    ("DeepSeek", r"<[|｜]DSML[|｜](?:function_calls|tool_calls|invoke|parameter)\b"),
    (
        "Kimi",
        rf"<\|tool_(?:calls_section|call|call_argument)_(?:begin|end)\|>{_SPOKEN_OF}",
    ),
    ("Kimi", rf"(?:^|(?<=[\s>]))functions\.{_NAME}:\d+\s*(?=[{{<])"),
    ("Llama", rf"<\|python_(?:tag|start)\|>{_SPOKEN_OF}"),
    ("Mistral", rf"\[TOOL_CALLS\](?=\s*(?:[\[{{]|$)|\s*{_NAME}\s*[\[{{(]|{_NAME}$)"),
    ("Harmony", rf"<\|channel\|>\s*(?:commentary|analysis|final)?\s*to={_NAME}"),
    ("Harmony", rf"<\|start\|>\s*assistant\b.{{0,40}}?to={_NAME}"),
    ("Harmony", rf"\bto=functions\.{_NAME}\s*(?=<\||(?:json|code)?\s*{{|$)"),
    ("Harmony", rf"(?:commentary|analysis)\s+to=functions\.{_NAME}"),
    ("Granite/Phi", r"<\|/?tool_call\|?>(?=\s*(?:[\[{<]|call:|$))"),
    ("Command", r"<\|START_ACTION\|>(?=\s*(?:[\[{]|$))"),
    ("Phi", r"^functools\s*\[\s*\{"),
    (
        "JSON",
        r"\{\s*(?:\"type\"\s*:\s*\"function\"\s*,\s*)?"
        r"\"(?:name|function|tool|tool_name)\"\s*:\s*\"[\w.\-]+\"\s*,\s*"
        r"\"(?:arguments|parameters)\"\s*:\s*+(?!\{\s*\"(?:type\"\s*:\s*\"object|properties|\$schema)\")",
    ),
]
_CLOSING = (
    r"(?:^|(?<=[}\])>]))[^\S\n]*</(?:[a-z_]+:)?(?:tool_calls?|function_calls?|invoke|arg_value|function|parameter)>"
    r"[^\S\n]*$"
)
"""A stray end: alone on its line, or right behind what a call ends with."""


def _compiled(entries: list[tuple[str, str]]) -> tuple[re.Pattern[str], list[str]]:
    joined = "|".join(f"(?P<f{index}>{pattern})" for index, (_, pattern) in enumerate(entries))
    # the first look is for speed: most characters begin nothing
    pattern = re.compile(rf"(?=[<\[{{]|to=|func|commentary|analysis)(?:{joined})", re.MULTILINE)
    return pattern, [name for name, _ in entries]


# `$` ends a line in patterns compiled as multi-line; a tag at the end of its line is followed by more of the call.
_MARKUP, _FORMATS = _compiled(_OPENING)
_STRAY = re.compile(_CLOSING, re.MULTILINE)
_BARE_JSON = "JSON"
_HINTS = (
    *("tool_call", "tool▁", "invoke", "<function", "<parameter", "arg_key", "DSML", "TOOL_CALLS", "python_", "to="),
    *("functions.", "functools", "START_ACTION", '"arguments"', '"parameters"', "function_call", "tool_sep"),
)
"""Texts without any of these hold no markup: most are told apart without a regular expression."""
_LEAKED_NAME = re.compile(
    rf"(?:name\s*[=:]\s*|\"(?:name|function|tool|tool_name)\"\s*:\s*|function\s*=\s*|functions\.|<tool_call>\s*|"
    rf"\[TOOL_CALLS\]\s*|<[|｜]tool[_▁]sep[|｜]>\s*|call:|<\|python_(?:tag|start)\|>\s*\[?)[\"']?(?P<name>{_NAME})"
)


@dataclass(frozen=True, slots=True)
class LeakedCall:
    """An attempted call that was left as text."""

    format: str
    """Whose syntax it is."""
    text: str
    """From its first character on; at most 500 characters."""
    tool: str | None
    """The name it gives, where one can be read."""

    @property
    def shown(self) -> str:
        """Its start, for one line."""
        return self.text[:SHOWN_CHARS]


def find_leaked_markup(
    text: str | None, tools: Collection[str] = (), *, beside_calls: bool = False
) -> LeakedCall | None:
    """Return the first call that was left as text, or None.

    Args:
        text: Content or reasoning.
        tools: Names of the offered tools. Without them, calls written as plain Python are not recognised.
        beside_calls: The reply has structured calls too: then stray end tags and fenced calls are nobody's attempt.

    """
    if not text:
        return None
    found = _first_markup(text, tools) if any(hint in text for hint in _HINTS) else None
    if found is not None or beside_calls:
        return found
    return _stray_end(text) or _fenced_call(text, tools) or _python_call(text, tools)


def _first_markup(text: str, tools: Collection[str]) -> LeakedCall | None:
    quoting: Quoting | None = None
    for match in _MARKUP.finditer(text):
        quoting = quoting or Quoting(text)
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        assert match.lastgroup is not None
        format_ = _FORMATS[int(match.lastgroup[1:])]
        if quoting.holds(start, match.end()):
            continue
        if format_ == _BARE_JSON and not _stands_alone(text, start, match[0], tools):
            continue
        return _leak(format_, text, start)
    return None


def _stands_alone(text: str, start: int, opening: str, tools: Collection[str]) -> bool:
    """Return whether a JSON object that looks like a call is no part of other data, and no other data itself."""
    before = text[text.rfind("\n", 0, start) + 1 : start].rstrip(" \t[")
    if before.endswith(('":', "':", ",", '"', "'", "(", "=", "{")):
        return False
    name = _LEAKED_NAME.search(opening)
    return '"arguments"' in opening or not tools or (name is not None and name["name"] in tools)


def _stray_end(text: str) -> LeakedCall | None:
    if "</" not in text:
        return None
    quoting = Quoting(text)
    for match in _STRAY.finditer(text):
        if not quoting.holds(match.start() + match[0].index("<"), match.end()):
            return _leak("a stray end tag", text, match.start())
    return None


def _leak(format_: str, text: str, start: int) -> LeakedCall:
    leaked = text[start : start + 500]
    name = _LEAKED_NAME.search(leaked)
    tool = name["name"].removeprefix("functions.").removesuffix(".call") if name else None
    return LeakedCall(format_, leaked, tool)


def _fenced_call(text: str, tools: Collection[str]) -> LeakedCall | None:
    """Return the call in the fence that ends the text, if it holds nothing else."""
    if not tools or "```" not in text:
        return None
    fences = Quoting(text).fences
    if not fences or text[fences[-1].end :].strip():
        return None
    last = fences[-1]
    named = _complete_call(last, tools)
    return LeakedCall("a fenced block", text[last.start : last.start + 500], named) if named else None


def _complete_call(fence: Fence, tools: Collection[str]) -> str | None:
    body = fence.body.strip()
    inner = re.fullmatch(r"<(?:\w+:)?tool_calls?>\s*(.*?)\s*</(?:\w+:)?tool_calls?>", body, re.DOTALL)
    body = inner[1] if inner else body
    if body.startswith(("{", "[")):
        named = _json_call(body)
        if named is not None:
            return named if named in tools else None
    markup = _MARKUP.match(body)
    if markup is not None:
        leaked = _leak("", body, 0)
        return leaked.tool if leaked.tool in tools else None
    return next(_python_names(body, tools), None)


def _json_call(body: str) -> str | None:
    """Return the name in a JSON object (or the first of a list) that is a call: a name, and arguments as an object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    function = value.get("function")
    call = function if isinstance(function, dict) else value
    name = next(
        (call[key] for key in ("name", "function", "tool", "tool_name") if isinstance(call.get(key), str)), None
    )
    held = any(isinstance(call.get(key), dict | str) for key in ("arguments", "parameters"))
    return name if held else None


def _python_call(text: str, tools: Collection[str]) -> LeakedCall | None:
    """Return the pythonic call that ends the text: ``[name(key=value), ...]``, or one call on a line of its own."""
    if not tools or not text.rstrip().endswith((")", "]")):
        return None
    stripped = text.strip()
    for body in dict.fromkeys((stripped, stripped.rsplit("\n", 1)[-1].strip())):
        named = next(_python_names(body, tools), None)
        if named is not None:
            return LeakedCall("pythonic", body[:500], named)
    return None


def _python_names(body: str, tools: Collection[str]) -> Iterator[str]:
    """Yield the tools that a Python expression calls, if it is nothing but calls of offered tools by keywords."""
    if not body or len(body) > 20_000 or not re.match(r"\[?\s*[A-Za-z_]\w*\s*\(", body):
        return
    try:
        # Filters are the whole process's, hence the lock; a mere `"\\d"` would warn.
        with _warning_filters, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.parse(body, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    calls = value.elts if isinstance(value, ast.List) else [value]
    names = []
    for call in calls:
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in tools:
            return
        if call.args or any(keyword.arg is None for keyword in call.keywords):
            return
        names.append(call.func.id)
    yield from names
