"""Request sets: what is read, what is sent, and what is said of a bad line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agentbench.errors import UsageError
from agentbench.verify import read_requests
from tests.verify.conftest import Desk
from tests.verify.verify_helpers import TEXT, WEATHER, line, write_lines

USER = {"role": "user", "content": "hi"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{half", "found '{half', expected one JSON object"),
        ("[1]", "found a list, expected one JSON object"),
        ('{"messages": NaN}', "NaN is no JSON"),
        ({"tools": []}, "messages: found no such key (keys: tools), expected a list of at least one message"),
        ({"messages": []}, "messages: found an empty one, expected a list of at least one message"),
        ({"messages": [USER, {"a": 1}]}, 'messages[1]: found {"a": 1}, expected an object with a \'role\''),
        ({"messages": [USER], "tools": "f"}, "tools: found a text, expected a list of tools"),
        ({"messages": [USER], "tools": [{"name": "f"}]}, 'tools[0]: found {"name": "f"}, expected {"type"'),
        ({"messages": [USER], "temperature": "hot"}, "temperature: found 'hot', expected a number"),
        ({"messages": [USER], "max_tokens": 0}, "max_tokens: found 0, expected a whole number of at least 1"),
        ({"messages": [USER], "max_tokens": True}, "max_tokens: found true, expected a whole number of at least 1"),
        ({"messages": [USER], "n": 4}, "n: found 4, expected 1 (repeat requests with --loops)"),
        ({"messages": [USER], "check_type": "tool_calls"}, "check_type: found 'tool_calls', expected a list of names"),
        ({"messages": [USER], "check_type": ["lang"]}, "check_type: found 'lang', expected tool_calls, contains"),
        ('{"messages": ' + "[" * 200 + "]" * 200 + "}", "found values that are nested 201 deep, expected at most 200"),
        ({"messages": [USER], "expected_tool_call": 1}, "expected_tool_call: found 1, expected true, false or null"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_with_file_line_key_found_and_expected(tmp_path: Path, bad: Any, said: str) -> None:
    text = bad if isinstance(bad, str) else json.dumps(bad)
    place = tmp_path / "set.jsonl"
    place.write_text(json.dumps(line("ok")) + "\n\n" + text + "\n")
    with pytest.raises(UsageError) as caught:
        read_requests(str(place))
    assert str(caught.value).startswith(f"{place}: line 3: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def tool(parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "weather", "parameters": parameters}}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            {"properties": {"city": {"type": "objekt"}}},
            '$.properties.city.type must be one of "array", .*, not "objekt"',
        ),
        ({"properties": {"city": {"pattern": "(?<a"}}}, r"$.properties.city.pattern: '(?<a' is not a 'regex'"),
        ({"required": "city"}, '$.required must be of type array, not string ("city")'),
        ("city", '$ must be of type object, not string ("city")'),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": 3}, "$.items must be of type"),
    ],
)
def test_a_tool_whose_parameters_are_no_schema_is_a_bad_line(tmp_path: Path, parameters: Any, said: str) -> None:
    place = write_lines(
        tmp_path / "set.jsonl", [line("ok"), {"messages": [USER], "tools": [WEATHER, tool(parameters)]}]
    )
    with pytest.raises(UsageError) as caught:
        read_requests(str(place))
    start = f"{place}: line 2: tools[1] ('weather'): parameters: found what is no JSON Schema"
    pattern = re.escape(start) + ".*expected one: " + re.escape(said).replace(re.escape(".*"), ".*")
    assert re.fullmatch(pattern + ".*", str(caught.value)), caught.value


@pytest.mark.parametrize(
    "offered",
    [
        {"type": "function", "function": {"name": "weather"}},
        tool(None),
        tool({}),
        tool({"query": "company X"}),
        tool({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"at": {"items": [{}, {}]}}}),
    ],
)
def test_tools_as_the_verifiers_sets_have_them_are_read(tmp_path: Path, offered: dict[str, Any]) -> None:
    place = write_lines(tmp_path / "set.jsonl", [{"messages": [USER], "tools": [offered]}])
    assert [one.tools for one in read_requests(str(place)).requests] == [[offered]]


def test_the_first_bad_line_is_told_and_the_others_counted(tmp_path: Path) -> None:
    place = write_lines(tmp_path / "set.jsonl", [{}, line("ok"), {}, {}])
    with pytest.raises(UsageError, match=r"line 1: messages.*\(and 2 more bad lines\)"):
        read_requests(str(place))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "found no request"),
        (b"\n\n", "found no request"),
        (b'{"a": "\xff"}', "line 1: found bytes that are no UTF-8"),
    ],
)
def test_what_is_no_set_is_said_so(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "set.jsonl").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_requests(str(tmp_path / "set.jsonl"))


def test_a_bad_set_is_one_sentence_and_exit_code_4(desk: Desk) -> None:
    endpoint = desk.make(lambda _: TEXT)
    done = desk.verify([line("ok"), {"messages": 1}], endpoint)
    assert (done.code, done.err.count("\n"), endpoint.requests, desk.runs()) == (4, 1, [], [])
    gone = desk.call("verify", "--requests", "gone.jsonl", "--quant-model", "mine.toml", "--quant", "clean")
    assert (gone.code, gone.err) == (
        4,
        "agentbench: --requests: gone.jsonl: cannot be read (No such file or directory)\n",
    )


def test_what_is_sent_is_the_line_without_its_labels_and_with_the_familys_sampling(desk: Desk) -> None:
    mine = line("hi", tools=False, check_type=["tool_calls"], expected_tool_call=False, model="theirs", stop=["x"])
    own = {"temperature": 0.0, "top_p": 0.5, "max_tokens": 7, "seed": 3, "tool_choice": "auto"}
    theirs = {"messages": [{"role": "developer", "content": [{"type": "text", "text": "a"}]}, USER], "tools": [WEATHER]}
    endpoint = desk.make(lambda _: TEXT)
    assert desk.verify([mine, {**theirs, **own}], endpoint, "--concurrency", 1).code == 0
    first, second = endpoint.requests
    assert first["messages"] == [{"role": "system", "content": "Help."}, USER]
    assert isinstance(first.pop("seed"), int)
    assert {k: v for k, v in first.items() if k != "messages"} == {
        "model": "m", "temperature": 0.7, "top_p": 0.9, "max_tokens": 256, "stop": ["x"],
    }  # fmt: skip
    assert second == {**theirs, **own, "model": "m"}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"reasoning": "r"}, "r"),
        ({"reason": "r"}, "r"),
        ({"reasoning_detail": [{"text": "a"}, {"x": 1}, {"text": "b"}], "reasoning": "r"}, "a\nb"),
        ({"reasoning_content": "r"}, "r"),
        ({"reasoning": ""}, None),
    ],
)
def test_thinking_of_earlier_turns_goes_under_one_name(tmp_path: Path, given: dict[str, Any], sent: str | None) -> None:
    messages = [USER, {"role": "assistant", "content": "x", **given}, USER]
    [one] = read_requests(str(write_lines(tmp_path / "set.jsonl", [{"messages": messages}]))).requests
    expected = {"role": "assistant", "content": "x", **({"reasoning_content": sent} if sent else {})}
    assert one.body["messages"][1] == expected


def test_standard_input_is_a_set_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    place = write_lines(desk.path / "piped", [line("hi")])
    with place.open() as piped:
        monkeypatch.setattr("sys.stdin", piped)
        endpoint = desk.make(lambda _: TEXT)
        options = ("--quant-model", "mine.toml", "--quant", "clean", "--endpoint", endpoint.url)
        done = desk.call("verify", "--requests", "-", *options)
    assert (done.code, len(endpoint.requests)) == (0, 1), done.err
    assert (desk.path / "scorecards" / "mine" / "clean.requests-stdin.json").exists()


def test_ids_change_with_anything_that_is_sent_and_not_with_labels(desk: Desk) -> None:
    variants = [
        line("hi"),
        line("hi", temperature=0.1),
        line("hi", max_tokens=9),
        line("ho"),
        line("hi", tools=False),
        line("hi", expected_tool_call=True),
        line("hi", stream=True),
        line("hi", model="x"),
    ]
    endpoint = desk.make(lambda _: TEXT)
    seen = []
    for one in variants:
        assert desk.verify([one], endpoint).code == 0
        [cell] = {row["case"] for row in desk.journal(desk.runs()[-1]) if row["event"] == "episode"}
        seen.append(cell)
    assert len(set(seen[:5])) == 5
    assert set(seen[5:]) == {seen[0]}


def test_the_order_of_a_tools_properties_is_part_of_a_request(tmp_path: Path) -> None:
    orders: list[list[str]] = [["a", "b"], ["b", "a"]]
    lines = [{"messages": [USER], "tools": [tool({"properties": {name: {} for name in names}})]} for names in orders]
    first, second = read_requests(str(write_lines(tmp_path / "set.jsonl", lines))).requests
    assert first.asked_digest != second.asked_digest
