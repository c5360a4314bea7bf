from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.calls import ToolSchemas, classify_call, find_leaked_markup, judge_reply
from agentbench.records import CallClass, RawCall

TOOL = {
    "type": "function",
    "function": {
        "name": "edit_file",
        "description": "",
        "parameters": {
            "type": "object",
            "additionalProperties": False,
            "required": ["path", "edits"],
            "properties": {
                "path": {"type": "string", "minLength": 1},
                "mode": {"enum": ["all", "first"]},
                "edits": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["old", "new"],
                        "properties": {
                            "old": {"type": "string"},
                            "new": {"type": "string"},
                            "expected_count": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}
SCHEMAS = ToolSchemas([TOOL])
BAD_KEY = '{"path": 3, "edits": [{"old": "x", "new": "y", "old_text": ""}]}'
BAD_COUNT = '{"path": "a", "edits": [{"old": "x", "new": "y", "expected_count": 0}]}'
GOOD = '{"path": "a.py", "edits": [{"old": "x", "new": "y"}]}'


@pytest.mark.parametrize(
    ("arguments", "call_class", "json_path"),
    [
        (GOOD, CallClass.VALID, None),
        ("", CallClass.BAD_JSON, None),
        (None, CallClass.BAD_JSON, None),
        (GOOD[:-1], CallClass.BAD_JSON, None),
        (GOOD + "}", CallClass.BAD_JSON, None),
        ('{"path": "a.py\n", "edits": []}', CallClass.BAD_JSON, None),
        ('{"path": NaN, "edits": []}', CallClass.BAD_JSON, None),
        ('{"path": "\\ud800", "edits": [{"old": "x", "new": "y"}]}', CallClass.BAD_JSON, None),
        ("[" * 100_000, CallClass.BAD_JSON, None),
        ('{"path": ' + "[" * 100 + "]" * 100 + "}", CallClass.BAD_JSON, None),
        ('{"path": 1e999, "edits": []}', CallClass.BAD_JSON, None),
        ('{"path": -1e999, "edits": []}', CallClass.BAD_JSON, None),
        ('{"path": 1e300, "edits": [{"old": "x", "new": "y"}]}', CallClass.WRONG_TYPE, "$.path"),
        ('{"path": ' + "[" * 99 + "]" * 99 + ', "edits": [{"old": "x", "new": "y"}]}', CallClass.WRONG_TYPE, "$.path"),
        ("[1]", CallClass.NOT_OBJECT, None),
        ('"{}"', CallClass.NOT_OBJECT, None),
        ("null", CallClass.NOT_OBJECT, None),
        ('{"edits": [{"old": "x", "new": "y"}], "mode": 3}', CallClass.MISSING_REQUIRED, "$.path"),
        ('{"path": 3, "edits": [{"new": "y"}]}', CallClass.MISSING_REQUIRED, "$.edits[0].old"),
        (BAD_KEY, CallClass.UNEXPECTED_PROPERTY, "$.edits[0].old_text"),
        ('{"path": 3, "mode": "most", "edits": [{"old": "x", "new": "y"}]}', CallClass.WRONG_TYPE, "$.path"),
        ('{"path": "", "mode": "most", "edits": [{"old": "x", "new": "y"}]}', CallClass.ENUM, "$.mode"),
        ('{"path": "", "edits": [{"old": "x", "new": "y"}]}', CallClass.SCHEMA_OTHER, "$.path"),
        (BAD_COUNT, CallClass.SCHEMA_OTHER, "$.edits[0].expected_count"),
        ('{"path": "a", "path": "b", "edits": [{"old": "x", "new": "y"}]}', CallClass.SCHEMA_OTHER, "$.path"),
    ],
)  # fmt: skip
def test_class_and_place_of_one_call(arguments: str | None, call_class: CallClass, json_path: str | None) -> None:
    judged = classify_call(RawCall(id="1", name="edit_file", arguments=arguments), SCHEMAS, truncated=False)
    assert (judged.call_class, judged.json_path) == (call_class, json_path)
    assert judged.valid == (judged.explanation == "")


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [("edit_fille", GOOD, "edit_file"), (None, GOOD, "null"), ("x", GOOD, "known: edit_file")],
)
def test_unknown_names_are_answered_with_the_known_ones(name: str | None, arguments: str, expected: str) -> None:
    judged = classify_call(RawCall(name=name, arguments=arguments), [TOOL], truncated=False)
    assert judged.call_class is CallClass.UNKNOWN_NAME
    assert expected in judged.explanation


def test_broken_json_comes_before_an_unknown_name() -> None:
    judged = classify_call(RawCall(name="x", arguments="{"), SCHEMAS, truncated=False)
    assert judged.call_class is CallClass.BAD_JSON


@pytest.mark.parametrize(
    ("arguments", "call_class"),
    [(GOOD[:-3], CallClass.TRUNCATED), ('{"path": "a"}', CallClass.TRUNCATED), (GOOD, CallClass.VALID)],
)
def test_a_cut_reply_makes_only_an_unfinished_call_truncated(arguments: str, call_class: CallClass) -> None:
    assert (
        classify_call(RawCall(name="edit_file", arguments=arguments), SCHEMAS, truncated=True).call_class is call_class
    )


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "bash"}</tool_call>',
        "Now: <minimax:tool_call>\n<invoke name='bash'>",
        '<invoke name="bash">',
        "<function=bash>",
        "<|tool_calls_section_begin|>",
        "<｜tool▁calls▁begin｜>",
        "[TOOL_CALLS]bash{",
        '{"name": "bash", "arguments": {"command": "ls"}}',
        "<|channel|>commentary to=functions.bash <|message|>",
    ],
)
def test_markup_is_found(text: str) -> None:
    assert find_leaked_markup("I will look. " + text)


@pytest.mark.parametrize(
    "text",
    [None, "", "a < b > c", "`<tool_call>` is the syntax", "<div>", '{"name": "x", "version": "1"}', "invoke it"],
)
def test_prose_is_not_markup(text: str | None) -> None:
    assert find_leaked_markup(text) is None


CALL = RawCall(id="a", name="edit_file", arguments=GOOD)


@pytest.mark.parametrize(
    ("content", "reasoning", "calls", "finish", "leaked", "protocol"),
    [
        (None, None, [CALL], "tool_calls", False, []),
        ("done", None, [], "stop", False, []),
        ("", "hm", [], "stop", False, [CallClass.REASONING_ONLY]),
        (" ", "", [], "length", False, [CallClass.EMPTY]),
        (None, None, [CALL, CALL], "tool_calls", False, [CallClass.DUPLICATE_ID]),
        (None, None, [CALL], "stop", False, [CallClass.FINISH_REASON]),
        ("text", None, [], "tool_calls", False, [CallClass.FINISH_REASON]),
        ("", "<tool_call>", [], "stop", True, []),
        ("", "<tool_call>", [CALL], "tool_calls", False, []),
        ("<tool_call>", "", [CALL], "tool_calls", True, []),
    ],
)  # fmt: skip
def test_replies(
    content: str | None,
    reasoning: str | None,
    calls: list[RawCall],
    finish: str,
    leaked: bool,
    protocol: list[CallClass],
) -> None:
    judged = judge_reply(content=content, reasoning=reasoning, raw_calls=calls, finish_reason=finish, schemas=SCHEMAS)
    assert (judged.leaked is not None, judged.protocol, len(judged.calls)) == (leaked, protocol, len(calls))
    assert len(judged.explanations) == len(protocol)


@given(st.text())
def test_any_text_gets_a_class(text: str) -> None:
    judged = classify_call(RawCall(name="edit_file", arguments=text), SCHEMAS, truncated=False)
    assert judged.call_class is not CallClass.VALID
    find_leaked_markup(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_gets_a_class_with_its_place(value: object) -> None:
    judged = classify_call(RawCall(name="edit_file", arguments=json.dumps(value)), SCHEMAS, truncated=False)
    assert judged.call_class.startswith(("schema:", "parse:not_object")) or judged.valid
    assert (judged.json_path is not None) == judged.call_class.startswith("schema:")
