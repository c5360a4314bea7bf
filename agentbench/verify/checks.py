"""The checks that a line of a request set may ask for (``check_type``). Pure.

The definitions are MiniMax-Provider-Verifier's, so that their names mean what they mean there; what differs is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentbench.records import RawCall

TOOL_CALLS = "tool_calls"
LANGUAGE = "contains_russian_characters_unicode"
REPEAT = "repeat_n_gram"
SCENARIO = "scenario_check"
SILENCE = "silence_output"
CHECK_TYPES = (TOOL_CALLS, LANGUAGE, REPEAT, SCENARIO, SILENCE)

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_THINKING = re.compile(r"<(?:mm:)?think>.*?</(?:mm:)?think>", re.DOTALL)
_NO_PARAMETERS = ("type", "description", "required", "additionalProperties", "$schema", "items", "enum", "default")
_SHELL = re.compile(r"(?:(?:/usr)?/bin/)?(?:ba|z)?sh")
_COMMANDS = (
    "ls", "cat", "git", "npm", "npx", "cd", "cp", "mv", "rm", "mkdir", "chmod", "chown", "find", "grep", "curl", "wget",
    "pip",
)  # fmt: skip
NGRAM, REPEATS = 3, 4


def no_cyrillic(content: str) -> bool:
    """Tell whether a text holds no character of U+0400 to U+04FF."""
    return _CYRILLIC.search(content) is None


def no_repeated_ngram(content: str, n: int = NGRAM, repeats: int = REPEATS) -> bool:
    """Tell whether no n characters in a row occur ``repeats`` times or more, counted without overlap.

    As defined this fails for nearly every text of a few hundred characters (``the`` alone): it is meant for requests
    that call for a very short reply.
    """
    counts: dict[str, tuple[int, int]] = {}
    for start in range(len(content) - n + 1):
        gram = content[start : start + n]
        count, free_from = counts.get(gram, (0, 0))
        if start >= free_from:
            counts[gram] = (count + 1, start + n)
            if count + 1 >= repeats:
                return False
    return True


def parameter_order(tools: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the parameter names of the first tool in the order they are declared."""
    function = tools[0].get("function") if tools else None
    declared = function.get("parameters") if isinstance(function, Mapping) else None
    if not isinstance(declared, Mapping):
        return []
    properties = declared.get("properties")
    if isinstance(properties, Mapping):
        return [str(name) for name in properties]
    return [str(name) for name in declared if name not in _NO_PARAMETERS]


def keeps_order(content: str, declared: Sequence[str]) -> bool:
    """Tell whether a text names at least two parameters, from the first on, in the order they are declared.

    A server that sorts the keys of tool schemas shows here: the model cannot know the order that it was not shown.
    """
    visible = _THINKING.sub("", content).strip()
    places = {name: visible.find(name) for name in declared}
    named = sorted((name for name in declared if places[name] >= 0), key=lambda name: places[name])
    return len(named) >= 2 and named == list(declared[: len(named)])


def ends_in_silence(content: str) -> bool:
    """Tell whether a text ends with the bracket of the ``[SILENCE]`` that the request asks to echo."""
    return content.rstrip().endswith("]")


def merges_words(call: RawCall, tools: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a ``command`` that is declared as an array of words holds several words in one element.

    ``["ls -la /w"]`` is valid JSON for the schema and cannot be executed. A script behind ``sh -c`` may hold spaces.
    """
    if not _wants_words(call.name, tools):
        return False
    try:
        arguments = json.loads(call.arguments or "")
    except (ValueError, RecursionError):
        return False
    words = arguments.get("command") if isinstance(arguments, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return False
    if not words:
        return True
    if _is_script(words):
        return False
    return any(word.startswith(tuple(f"{name} " for name in _COMMANDS)) for word in words) or (
        len(words) == 1 and " " in words[0]
    )


def _wants_words(name: str | None, tools: Sequence[Mapping[str, Any]]) -> bool:
    for tool in tools:
        function = tool.get("function")
        if not isinstance(function, Mapping) or function.get("name") != name:
            continue
        command = _inside(function, "parameters", "properties", "command")
        return command.get("type") == "array" and _inside(command, "items").get("type") == "string"
    return False


def _inside(value: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        found = value.get(key)
        if not isinstance(found, Mapping):
            return {}
        value = found
    return value


def _is_script(words: Sequence[str]) -> bool:
    """Tell whether it is ``sh -c SCRIPT``, with login options allowed before ``-c``."""
    if len(words) < 3 or not _SHELL.fullmatch(words[0]):
        return False
    rest = [word for word in words[1:] if word not in ("-l", "--login")]
    return bool(rest) and rest[0] in ("-c", "-lc")
