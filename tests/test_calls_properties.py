"""Per class: generated valid calls are never flagged, and every mutation of a class is flagged with that class."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentbench.calls import ToolSchemas, classify_call, judge_reply
from agentbench.calls.formats import FORMATS
from agentbench.records import CallClass, RawCall
from agentbench.scoring import score
from tests.scoring.scoring_worlds import call as world_call
from tests.scoring.scoring_worlds import episode, reply, user

FORMAT_EXAMPLES = {
    "date": (["2026-11-23", "2024-02-29"], ["2026-13-01", "23.11.2026", "2026-1-2", "2025-02-29", ""]),
    "time": (["23:59:60Z", "08:30:00+02:00", "08:30:00.125Z"], ["24:00:00Z", "08:30", "08:30:00"]),
    "date-time": (["2026-11-23T08:30:00Z", "2026-11-23t08:30:00.5-08:00"], ["2026-11-23", "2026-11-23T25:00:00Z"]),
    "duration": (["P3D", "PT4H30M", "P1Y2M3DT4H5M6S", "P2W", "PT0.5S"], ["P", "3D", "PT", "P1H"]),
    "email": (["a@example.org", "first.last+tag@sub.example.co"], ["a@", "@b", "a b@c", "none", "a@b..c"]),
    "hostname": (["example.org", "a-b.c", "localhost"], ["-a.org", "a..b", "a_b.org", "x" * 64, ""]),
    "ipv4": (["127.0.0.1", "255.255.255.255"], ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4"]),
    "ipv6": (["::1", "fe80::1:2", "::ffff:1.2.3.4"], ["1.2.3.4", ":::", "12345::"]),
    "uri": (["https://example.org/a?b=c#d", "mailto:a@b.c", "urn:x:y"], ["/a/b", "a b:c", "http://a b", "://x"]),
    "uri-reference": (["/a/b", "", "../c?d"], ["a b", "\\x", "%zz"]),
    "uuid": (
        ["123e4567-e89b-12d3-a456-426614174000"],
        ["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", ""],
    ),
    "json-pointer": (["", "/a/0/b~1c"], ["a", "/a~2"]),
    "regex": (["^a.*b$", ""], ["(", "[a"]),
}
leaf_schemas = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 1, "maxLength": 8},
        {"type": "integer"},
        {"type": "integer", "minimum": 1, "maximum": 9},
        {"type": "number"},
        {"type": "boolean"},
        {"enum": ["content", "files", "count"]},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        *({"type": "string", "format": name} for name in FORMAT_EXAMPLES),
    ]
)
names = st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True)


@st.composite
def object_schemas(draw: st.DrawFn, depth: int = 1, must: Any = None) -> dict[str, Any]:
    """Return a closed schema; its property ``must`` is required."""
    inner = leaf_schemas if depth == 0 else leaf_schemas | object_schemas(depth=depth - 1)
    properties = draw(st.dictionaries(names, inner, max_size=3))
    properties["must"] = draw(must if must is not None else inner)
    required = [
        "must",
        *draw(
            st.lists(st.sampled_from(sorted(properties)).filter(lambda one: one != "must"), unique=True)
            if len(properties) > 1
            else st.just([])
        ),
    ]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that hold to a schema of the kinds above."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*(values(one) for one in schema["anyOf"]))
    if "format" in schema:
        return st.sampled_from(FORMAT_EXAMPLES[schema["format"]][0])
    match schema["type"]:
        case "object":
            required = {name: values(schema["properties"][name]) for name in schema["required"]}
            free = set(schema["properties"]) - set(required)
            return st.fixed_dictionaries(required, optional={name: values(schema["properties"][name]) for name in free})
        case "array":
            return st.lists(values(schema["items"]), max_size=schema.get("maxItems", 4))
        case "string":
            text = st.text(st.characters(exclude_categories=["Cs"]), max_size=schema.get("maxLength", 20))
            return text.filter(lambda one: len(one) >= schema.get("minLength", 0))
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(schema)


@st.composite
def calls(draw: st.DrawFn, must: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
    schema = draw(object_schemas(must=must))
    return schema, draw(values(schema))


def judge(schema: dict[str, Any], text: str, *, name: str = "tool", truncated: bool = False) -> Any:
    tools = [{"type": "function", "function": {"name": "tool", "parameters": schema}}]
    return classify_call(RawCall(id="1", name=name, arguments=text), tools, truncated=truncated)


quiet = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@quiet
@given(calls(), st.booleans(), st.booleans())
def test_valid_calls_are_never_flagged(made: tuple[dict[str, Any], dict[str, Any]], ascii_: bool, cut: bool) -> None:
    schema, arguments = made
    judged = judge(schema, json.dumps(arguments, ensure_ascii=ascii_), truncated=cut)
    assert (judged.call_class, judged.explanation, judged.json_path) == (CallClass.VALID, "", None)
    assert judged.arguments == arguments


# --- one mutation per class -------------------------------------------------------------------------------------------

Mutation = Callable[[random.Random, dict[str, Any], dict[str, Any]], tuple[str, bool]]
typed = leaf_schemas.filter(lambda one: "type" in one)
choices = st.just({"enum": ["content", "files", "count"]})
formatted = st.sampled_from([{"type": "string", "format": name} for name in FORMAT_EXAMPLES])


def cut_off(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    text = json.dumps(arguments)
    return text[: stream.randrange(len(text))], True


def broken(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    text = json.dumps(arguments)
    way = stream.choice([text[:-1], text + "}", "{" + text, text[:-1] + ",}", text.replace('"', "'"), text + " done"])
    return way, False


def no_object(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    return stream.choice([json.dumps([arguments]), json.dumps(json.dumps(arguments)), "null", "3", "true"]), False


def without(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    changed = dict(arguments)
    del changed[stream.choice(schema["required"])]
    return json.dumps(changed), False


def with_more(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    return json.dumps({**arguments, stream.choice(["Unknown", "x" * 30, ""]): 1}), False


def wrongly_typed(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    wrong = {"string": 3, "integer": "3", "number": "3", "boolean": "true", "array": "x", "object": []}
    return json.dumps({**arguments, "must": wrong[schema["properties"]["must"]["type"]]}), False


def not_a_choice(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    return json.dumps({**arguments, "must": stream.choice(["none of them", 3, None])}), False


def badly_formed(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    wrong = FORMAT_EXAMPLES[schema["properties"]["must"]["format"]][1]
    return json.dumps({**arguments, "must": stream.choice(wrong)}), False


def given_twice(stream: random.Random, schema: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, bool]:
    name = stream.choice(sorted(arguments))
    return json.dumps(arguments)[:-1] + f", {json.dumps(name)}: {json.dumps(arguments[name])}}}", False


MUTATIONS: list[tuple[CallClass, Mutation, Any]] = [
    (CallClass.TRUNCATED, cut_off, None),
    (CallClass.BAD_JSON, broken, None),
    (CallClass.NOT_OBJECT, no_object, None),
    (CallClass.MISSING_REQUIRED, without, None),
    (CallClass.UNEXPECTED_PROPERTY, with_more, None),
    (CallClass.WRONG_TYPE, wrongly_typed, typed),
    (CallClass.ENUM, not_a_choice, choices),
    (CallClass.SCHEMA_OTHER, badly_formed, formatted),
    (CallClass.SCHEMA_OTHER, given_twice, None),
]


@pytest.mark.parametrize(("kind", "mutate", "must"), MUTATIONS, ids=lambda one: getattr(one, "__name__", ""))
@quiet
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_mutation_is_flagged_with_its_class(
    kind: CallClass, mutate: Mutation, must: Any, data: st.DataObject, seed: int
) -> None:
    schema, arguments = data.draw(calls(must))
    text, truncated = mutate(random.Random(seed), schema, copy.deepcopy(arguments))
    judged = judge(schema, text, truncated=truncated)
    assert judged.call_class is kind
    assert judged.explanation
    assert "\n" not in judged.explanation
    assert (judged.json_path is not None) == kind.startswith("schema:")


@quiet
@given(made=calls(), name=st.text(max_size=12).filter(lambda one: one != "tool"))
def test_another_name_is_unknown(made: tuple[dict[str, Any], dict[str, Any]], name: str) -> None:
    schema, arguments = made
    assert judge(schema, json.dumps(arguments), name=name).call_class is CallClass.UNKNOWN_NAME


@pytest.mark.parametrize("name", FORMAT_EXAMPLES)
def test_formats(name: str) -> None:
    right, wrong = FORMAT_EXAMPLES[name]
    assert [FORMATS[name](text) for text in right] == [True] * len(right)
    assert [FORMATS[name](text) for text in wrong] == [False] * len(wrong)
    schema = {"type": "object", "properties": {"x": {"type": "string", "format": name}}}
    assert judge(schema, json.dumps({"x": right[0]})).valid
    judged = judge(schema, json.dumps({"x": wrong[0]}))
    assert (judged.call_class, judged.json_path) == (CallClass.SCHEMA_OTHER, "$.x")


def test_every_format_has_examples() -> None:
    assert set(FORMAT_EXAMPLES) == set(FORMATS)


@pytest.mark.parametrize(
    ("schema", "value", "kind", "json_path"),
    [
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "3", CallClass.WRONG_TYPE, "$.x"),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, "b", CallClass.ENUM, "$.x"),
        (
            {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "string"}]},
            {},
            CallClass.MISSING_REQUIRED,
            "$.x.a",
        ),
        ({"type": "string", "format": "no-such-format"}, "x", CallClass.VALID, None),
        ({"$ref": "https://example.org/schema.json"}, "x", CallClass.VALID, None),
        ({"type": "string", "pattern": "(?<a"}, "x", CallClass.VALID, None),
        ({"patternProperties": {"^a": {}}, "additionalProperties": False}, {"ab": 1, "b": 2},
         CallClass.UNEXPECTED_PROPERTY, "$.x.b"),
    ],
)  # fmt: skip
def test_schemas_of_other_kinds(schema: Any, value: Any, kind: CallClass, json_path: str | None) -> None:
    judged = judge({"type": "object", "properties": {"x": schema}}, json.dumps({"x": value}))
    assert (judged.call_class, judged.json_path) == (kind, json_path)


def test_the_schema_of_a_tool_may_refer_to_itself() -> None:
    schema = {"type": "object", "properties": {"inner": {"$ref": "#"}}, "additionalProperties": False}
    assert judge(schema, '{"inner":' * 20 + "{}" + "}" * 20).valid
    deep = judge(schema, '{"inner":' * 400 + "{}" + "}" * 400)
    assert deep.call_class in (CallClass.VALID, CallClass.SCHEMA_OTHER, CallClass.BAD_JSON)


# --- a fuzzer of replies ----------------------------------------------------------------------------------------------

PIECES = [
    *("{", "}", "[", "]", '"', "'", ":", ",", "\\", "\\u12", "\\ud800", "null", "NaN", "1e999", "-", "\x00", "\ufeff"),
    *('{"path":"a.py"}', '"path"', "<tool_call>", "</tool_call>", "<minimax:tool_call>", '<invoke name="x">'),
    *("<function=read_file>", "<parameter=path>", "[TOOL_CALLS]", "<|python_tag|>", "<｜tool▁calls▁begin｜>"),
    *("to=functions.read_file", "functions.read_file:0{", "```", "```json\n", "~~~\n", "`", "> ", "<arg_key>"),
    *('{"name": "read_file", "arguments": {}}', "read_file(path='a')", "[read_file(path='\\d')]", "你好", "Привет"),
    *("\n", " ", "x" * 50, "------", "a/b/c.py", "TTL_SECONDS = 900", "\ufffd", "“", "&lt;", "\U0001f600", "\ud800"),
]


def test_ten_thousand_malformed_replies_raise_nothing() -> None:
    stream = random.Random(20261123)

    def text(most: int) -> str:
        return "".join(stream.choices(PIECES, k=stream.randrange(most)))

    schemas = ToolSchemas([{"function": {"name": "read_file", "parameters": {"type": "object", "required": ["path"]}}}])
    for _ in range(10_000):
        calls_ = [
            RawCall(
                id=stream.choice([None, "", "a", "b"]),
                name=stream.choice([None, "read_file", text(4)]),
                arguments=stream.choice([None, text(8)]),
            )
            for _ in range(stream.randrange(3))
        ]
        judged = judge_reply(
            content=stream.choice([None, text(12)]),
            reasoning=stream.choice([None, text(12)]),
            raw_calls=calls_,
            finish_reason=stream.choice([None, "stop", "length", "tool_calls", "content_filter", "error"]),
            schemas=schemas,
        )
        assert len(judged.calls) == len(calls_)
        assert len(judged.protocol) == len(judged.explanations) == len(set(judged.protocol))


def test_malformed_episodes_raise_nothing() -> None:
    stream = random.Random(7)

    def text(most: int) -> str:
        return "".join(stream.choices(PIECES, k=stream.randrange(most))).encode("utf-8", "replace").decode()

    for _ in range(300):
        steps = [
            reply(
                *(world_call(text(8), name=stream.choice(["read_file", "write_file", "submit"])) for _ in range(2)),
                content=text(15),
                reasoning=text(15),
            )
            for _ in range(4)
        ]
        scored = score(episode(user(text(30)), *steps))
        assert scored.replies == 4
        assert scored.attempted_calls >= scored.calls.get(CallClass.VALID, 0)
