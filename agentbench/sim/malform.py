"""Spoils one right call in one way. What comes out belongs to exactly one class of the tool-call table.

Where the right call has no place for a fault (``submit`` has no required property), another offered tool's call is
spoilt instead: the right one follows in the next reply anyway.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentbench.sim.solution import Step

_TYPES: dict[str, list[Any]] = {
    "string": [44, ["a", "b"], None],
    "integer": ["ten", "1", 2.5],
    "array": ["all of them", {"0": "first"}],
    "object": ["NAME=value", ["NAME"]],
}


@dataclass(frozen=True, slots=True)
class SpoiltCall:
    """A reply without the right call: what stands in it."""

    name: str | None
    arguments: str | None
    finish_reason: str
    content: str | None = None
    """Text of the reply, where the call was left in it; then there is no structured call."""


def spoil(fault: str, step: Step, tools: Sequence[Mapping[str, Any]], stream: random.Random) -> SpoiltCall | None:
    """Return a call with the fault, or None where no offered tool has a place for it."""
    schemas = {tool["function"]["name"]: tool["function"].get("parameters") or {} for tool in tools}
    right = json.dumps(step.arguments, ensure_ascii=False)
    if fault in _TEXT_FAULTS:
        return _TEXT_FAULTS[fault](step, right, stream)
    if fault == "unknown_name":
        name = stream.choice(
            [step.tool + "s", step.tool.replace("_", ""), f"functions.{step.tool}", "str_replace_editor"]
        )
        return SpoiltCall(name if name not in schemas else "apply_patch", right, "tool_calls")
    spoiler = _SCHEMA_FAULTS[fault]
    others = [(name, example(schema)) for name, schema in schemas.items() if name != step.tool]
    stream.shuffle(others)
    for name, arguments in [(step.tool, step.arguments), *others]:
        text = spoiler(schemas[name], arguments, stream) if isinstance(arguments, dict) else None
        if text is not None:
            return SpoiltCall(name, text, "tool_calls")
    return None


def example(schema: Mapping[str, Any]) -> Any:
    """Return the smallest value that holds to a schema of the kinds that tools use."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(properties.get(name, {})) for name in schema.get("required", [])}
    if kind == "array":
        return [example(schema.get("items", {}))] * max(int(schema.get("minItems", 0)), 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return True if kind == "boolean" else "x"


def _leaked(step: Step, right: str, stream: random.Random) -> SpoiltCall:
    call = f'{{"name": "{step.tool}", "arguments": {right}}}'
    text = stream.choice(
        [
            f"<tool_call>\n{call}\n</tool_call>",
            f'<minimax:tool_call>\n<invoke name="{step.tool}">\n</invoke>\n</minimax:tool_call>',
            f"<function={step.tool}>\n{right}\n</function>",
            f"[TOOL_CALLS]{step.tool}{right}",
        ]
    )
    return SpoiltCall(None, None, "stop", f"{step.says}\n{text}")


def _truncated(step: Step, right: str, stream: random.Random) -> SpoiltCall:
    return SpoiltCall(step.tool, right[: stream.randrange(1, len(right))], "length")


def _bad_json(step: Step, right: str, stream: random.Random) -> SpoiltCall:
    ways = [right[:-1], right + "}", right[:-1] + ",}", "{" + right, right.replace("{", "{'", 1)]
    if '": "' in right:
        ways += [right.replace('": "', '": ""', 1) + '"', right.replace('": ', '" ', 1)]
    broken = [way for way in ways if not _parses(way)]
    return SpoiltCall(step.tool, stream.choice(broken), "tool_calls")


def _not_object(step: Step, right: str, stream: random.Random) -> SpoiltCall:
    ways = [json.dumps(right), f"[{right}]", json.dumps(list(step.arguments.values())), "null"]
    return SpoiltCall(step.tool, stream.choice(ways), "tool_calls")


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _missing(schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    required = schema.get("required", [])
    if not required:
        return None
    gone = stream.choice(required)
    return json.dumps({name: value for name, value in arguments.items() if name != gone}, ensure_ascii=False)


def _unexpected(schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    name = stream.choice(["recursive", "filename", "description"])
    if schema.get("additionalProperties") is not False or name in schema.get("properties", {}):
        return None
    return json.dumps({**arguments, name: True}, ensure_ascii=False)


def _wrong_type(schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    properties = schema.get("properties", {})
    typed = [name for name, inner in properties.items() if inner.get("type") in _TYPES and "enum" not in inner]
    if not typed:
        return None
    name = stream.choice([name for name in typed if name in arguments] or typed)
    return json.dumps({**arguments, name: stream.choice(_TYPES[properties[name]["type"]])}, ensure_ascii=False)


def _enum(schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    word = stream.choice(["finished", "lines", "DONE", ""])
    for name, inner in schema.get("properties", {}).items():
        if "enum" in inner:
            return json.dumps({**arguments, name: word}, ensure_ascii=False)
        nested = inner.get("items", {}).get("properties", {}) if inner.get("type") == "array" else {}
        for field, field_schema in nested.items():
            if "enum" in field_schema and arguments.get(name):
                first, *rest = arguments[name]
                return json.dumps({**arguments, name: [{**first, field: word}, *rest]}, ensure_ascii=False)
    return None


def _other(schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    """Break a minimum or a length, or give an argument twice."""
    ways = []
    for name, inner in schema.get("properties", {}).items():
        if "minimum" in inner:
            ways.append(json.dumps({**arguments, name: inner["minimum"] - 1}, ensure_ascii=False))
        if inner.get("minLength"):
            ways.append(json.dumps({**arguments, name: ""}, ensure_ascii=False))
        if inner.get("minItems") and name in arguments:
            ways.append(json.dumps({**arguments, name: []}, ensure_ascii=False))
    if arguments:
        name, value = next(iter(arguments.items()))
        twice = json.dumps({name: value}, ensure_ascii=False)[1:-1]
        ways.append("{" + twice + ", " + json.dumps(arguments, ensure_ascii=False)[1:])
    return stream.choice(ways) if ways else None


def _stray_quote(step: Step, right: str, stream: random.Random) -> SpoiltCall:
    places = stream.sample(range(1, len(right)), len(right) - 1)
    ways = (right[:place] + '"' + right[place:] for place in places)
    return SpoiltCall(step.tool, next(way for way in ways if not _parses(way)), "tool_calls")


def _left_out(schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    """Leave out a required argument, inside a list's entry (``edits[0].new``) where there is one."""
    ways = []
    for name, inner in schema.get("properties", {}).items():
        needed = inner.get("items", {}).get("required", []) if inner.get("type") == "array" else []
        for index, entry in enumerate(arguments.get(name) or [] if needed else []):
            for gone in needed:
                kept = {key: value for key, value in entry.items() if key != gone}
                entries = [*arguments[name][:index], kept, *arguments[name][index + 1 :]]
                ways.append(json.dumps({**arguments, name: entries}, ensure_ascii=False))
    return stream.choice(ways) if ways else _missing(schema, arguments, stream)


def _given_twice(_schema: Mapping[str, Any], arguments: dict[str, Any], stream: random.Random) -> str | None:
    if not arguments:
        return None
    name = stream.choice(sorted(arguments))
    again = json.dumps({name: arguments[name]}, ensure_ascii=False)[1:]
    return json.dumps(arguments, ensure_ascii=False)[:-1] + ", " + again


_TEXT_FAULTS: dict[str, Callable[[Step, str, random.Random], SpoiltCall]] = {
    "leaked_markup": _leaked,
    "truncated": _truncated,
    "bad_json": _bad_json,
    "not_object": _not_object,
    "stray_quote": _stray_quote,
}
_SCHEMA_FAULTS: dict[str, Callable[[Mapping[str, Any], dict[str, Any], random.Random], str | None]] = {
    "missing_required": _missing,
    "unexpected_property": _unexpected,
    "wrong_type": _wrong_type,
    "enum": _enum,
    "schema_other": _other,
    "left_out": _left_out,
    "given_twice": _given_twice,
}
