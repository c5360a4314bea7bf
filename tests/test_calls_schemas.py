"""Tools' schemas: which are none, in which draft they are read, and what is checked beside a part that cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentbench.agent.tools import TOOLS, tool_schemas
from agentbench.calls import ToolSchemas, classify_call, schema_fault, schemas_of
from agentbench.records import CallClass, RawCall

DRAFT_4, DRAFT_7 = (f"http://json-schema.org/draft-0{n}/schema#" for n in (4, 7))
BAD = {"type": "string", "pattern": "(?<a"}
WRONG = [("$.b", "type")]


def found(schema: dict[str, Any], arguments: dict[str, Any]) -> list[tuple[str, str]]:
    """JSON path and keyword of every violation."""
    tools = ToolSchemas([{"function": {"name": "f", "parameters": schema}}])
    return sorted((error.json_path, str(error.validator)) for error in tools.errors("f", arguments))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (BAD, "x"),
        ({"patternProperties": {"(": {}}, "additionalProperties": False}, {"x": 1}),
        ({"$ref": "#/$defs/gone"}, 1),
        ({"$ref": "https://example.org/schema.json"}, 1),
        ({"$ref": "#/description"}, 1),
        ({"type": "objekt"}, 1),
        ({"multipleOf": 0.01}, float("inf")),
        ({"not": BAD}, "x"),
        ({"oneOf": [BAD, {"type": "string"}]}, "x"),
        ({"anyOf": [BAD, {"type": "integer"}]}, "x"),
        ({"if": BAD, "then": False}, "x"),
        ({"contains": BAD, "maxContains": 0}, ["x"]),
        ({"properties": {"in": {"not": {"properties": {"deep": BAD}}}}}, {"in": {"deep": "x"}}),
    ],
    ids=lambda one: json.dumps(one)[:40],
)
def test_what_cannot_be_checked_violates_nothing_and_hides_nothing(part: dict[str, Any], value: Any) -> None:
    before, after = ({"properties": dict(pairs), "description": "text"} for pairs in (
        [("a", part), ("b", {"type": "integer"})], [("b", {"type": "integer"}), ("a", part)],
    ))  # fmt: skip
    for schema in (before, after):
        assert found(schema, {"a": value, "b": "3"}) == WRONG
        assert found(schema, {"a": value, "b": 3}) == []


def test_every_other_violation_beside_a_bad_pattern_is_reported() -> None:
    schema = {
        "required": ["c"],
        "properties": {"a": {**BAD, "minLength": 3, "enum": ["abc"]}, "b": {"type": "integer"}},
        "patternProperties": {"(": {"type": "null"}, "^n": {"type": "integer"}},
    }
    assert found(schema, {"a": "x", "b": "3", "n": "4"}) == [
        ("$", "required"), ("$.a", "enum"), ("$.a", "minLength"), ("$.b", "type"), ("$.n", "type"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"$schema": DRAFT_7, "items": [{"type": "integer"}]}, ["x"], [("$.a[0]", "type")]),
        ({"$schema": DRAFT_4, "maximum": 3, "exclusiveMaximum": True}, 3, [("$.a", "maximum")]),
        ({"$schema": "of our own", "type": "integer"}, "x", [("$.a", "type")]),
        ({"type": "integer"}, "x", [("$.a", "type")]),
    ],
)
def test_a_schema_is_read_in_its_own_draft(schema: dict[str, Any], value: Any, said: list[tuple[str, str]]) -> None:
    named = {"$schema": schema["$schema"]} if "$schema" in schema else {}
    part = {key: inner for key, inner in schema.items() if key != "$schema"}
    whole = {**named, "type": "object", "properties": {"a": part, "again": {"$ref": "#"}}}
    assert schema_fault(whole) is None
    assert found(whole, {"a": value}) == said
    assert found(whole, {"again": {"a": value}}) == [(path.replace("$", "$.again"), kind) for path, kind in said]


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        {},
        {"query": "company X"},
        {"type": "object", "zone": {"x": 1}},
        {"description": None, "properties": {"a": {"type": "string", "description": None, "title": 3}}},
    ],
)
def test_a_tool_may_do_without_a_schema(parameters: Any) -> None:
    assert schema_fault(parameters) is None


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ([], "$ must be of type object, not array ([])"),
        ("x", '$ must be of type object, not string ("x")'),
        ({"properties": {"a": {"type": "objekt"}}}, '$.properties.a.type must be one of "array", "boolean", "integer", '
         '"null", "number", "object", "string", not "objekt"'),
        ({"properties": {"a": BAD}}, "$.properties.a.pattern: '(?<a' is not a 'regex'"),
        ({"patternProperties": {"(": {}}}, "$.patternProperties: '(' is not a 'regex'"),
        ({"required": "city"}, '$.required must be of type array, not string ("city")'),
        ({"properties": {"a": {"items": [{}]}}}, "$.properties.a.items must be of type object or boolean, not array"),
        ({"$schema": DRAFT_7, "properties": {"a": {"items": 3}}}, "$.properties.a.items"),
        ({"properties": {"description": 3}}, "$.properties.description must be of type object or boolean, not integer"),
        ({"$schema": 3}, "must be of type string, not integer (3)"),
        (json.loads('{"not":' * 400 + "{}" + "}" * 400), "$ is nested too deeply to be read"),
    ],
)  # fmt: skip
def test_what_is_no_schema_is_said_with_its_place(parameters: Any, said: str) -> None:
    fault = schema_fault(parameters)
    assert fault is not None
    assert said in fault
    assert "\n" not in fault


def test_the_agents_own_tools_have_schemas() -> None:
    assert [schema_fault(one["function"]["parameters"]) for one in tool_schemas(list(TOOLS))] == [None] * len(TOOLS)


def test_equal_tools_are_compiled_once_and_broken_ones_take_any_object() -> None:
    good: dict[str, Any] = {"function": {"name": "f", "parameters": {"required": ["a"]}}}
    assert schemas_of([good]) is schemas_of([json.loads(json.dumps(good))])
    odd: list[Any] = [good, {"function": {"name": "g", "parameters": {"required": "a"}}}, {"function": 3}, "x"]
    schemas = schemas_of(odd)
    assert schemas.names == ["f", "g"]
    classes = [
        classify_call(RawCall(id="1", name=name, arguments="{}"), schemas, truncated=False).call_class for name in "fg"
    ]
    assert classes == [CallClass.MISSING_REQUIRED, CallClass.VALID]
    assert schemas_of([{"function": {"name": "h", "parameters": {"enum": {1}}}}]).names == ["h"]
