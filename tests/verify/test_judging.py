"""What one reply is: its trigger, its checks, its outcome, and what is found wrong in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.agent.replies import parse_reply
from agentbench.records import Case, Cell, Episode, EpisodeEnd, Outcome, RawCall, RequestLine, ScoredEpisode
from agentbench.verify.checks import (
    CHECK_TYPES,
    ends_in_silence,
    keeps_order,
    merges_words,
    no_cyrillic,
    no_repeated_ngram,
    parameter_order,
)
from agentbench.verify.judging import score_request, settled
from agentbench.verify.trajectory import trajectory_of
from tests.verify.verify_helpers import WEATHER, call, reply

USER = {"role": "user", "content": "weather?"}
GOOD = call({"city": "Oslo"})
LEAK = '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'


def judged(
    answer: dict[str, Any], *, tools: list[dict[str, Any]] | None = None, messages: Any = None, **fields: Any
) -> ScoredEpisode:
    cell = Cell(task_id="request/00001-abc", cluster="c", variant=0, context_tokens=0)
    body = {"messages": messages or [USER], "tools": [WEATHER] if tools is None else tools}
    episode = Episode(
        case=Case(cell=cell, trial=0),
        quant="q",
        end=EpisodeEnd.ANSWERED,
        outcome=Outcome.UNSOLVED,
        request=RequestLine(line=1, digest="d", asked_digest="a", **fields),
        trajectory=trajectory_of("x", "m", body, parse_reply(answer, 0.1)),
    )
    once = settled(episode)
    found = score_request(once)
    assert score_request(settled(once)) == found, "judging again changes nothing"
    assert once.outcome == found.outcome
    return found


@pytest.mark.parametrize(
    ("answer", "expected", "trigger", "outcome"),
    [
        (reply(None, GOOD), True, "structured_call", "solved"),
        (reply(None, GOOD), False, "structured_call", "unsolved"),
        (reply(None, GOOD), None, "structured_call", "solved"),
        (reply("It rains."), True, "plain_stop", "unsolved"),
        (reply("It rains."), False, "plain_stop", "solved"),
        (reply(LEAK), True, "leaked_markup", "unsolved"),
        (reply(LEAK), False, "leaked_markup", "unsolved"),
        (reply(LEAK), None, "leaked_markup", "unsolved"),
        (reply(None, reasoning_content="hm"), None, "reasoning_only", "unsolved"),
        (reply("", reasoning="hm"), None, "reasoning_only", "unsolved"),
        (reply(None), None, "empty", "unsolved"),
        (reply("It", finish="length"), None, "length_cut", "limit:output"),
        (reply(None, finish="length", reasoning="hm"), True, "length_cut", "limit:output"),
        (reply(None, call('{"city": "Os'), finish="length"), True, "structured_call", "limit:output"),
        (reply("I may not.", finish="content_filter"), None, "other", "solved"),
        (reply(None, GOOD, finish="stop"), True, "structured_call", "solved"),
    ],
)
def test_trigger_and_outcome(answer: dict[str, Any], expected: bool | None, trigger: str, outcome: str) -> None:
    found = judged(answer, expected_tool_call=expected)
    assert found.request is not None
    assert (found.request.trigger, found.outcome) == (trigger, outcome)
    assert found.reward == float(outcome == "solved")


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_only_reasoning_is_seen_under_either_name(field: str) -> None:
    found = judged(reply("", **{field: "hm"})).request
    assert found is not None
    assert (found.only_reasoning, found.checks["answered"]) == (True, False)


@pytest.mark.parametrize(
    ("calls", "valid", "kind", "path"),
    [
        ([GOOD, call({"city": 3}, call_id="c2")], False, "schema:wrong_type", "$.city"),
        ([call({})], False, "schema:missing_required", "$.city"),
        ([call({"city": "x"}, name="wheather")], False, "name:unknown", None),
        ([call('{"city": ')], False, "parse:bad_json", None),
        ([call("[1]")], False, "parse:not_object", None),
        ([GOOD, call({"city": "Rome"}, call_id="c2")], True, None, None),
    ],
)
def test_a_reply_is_valid_only_if_all_its_calls_are_and_the_fault_is_named(
    calls: list[dict[str, Any]], valid: bool, kind: str | None, path: str | None
) -> None:
    found = judged(reply(None, *calls))
    assert found.request is not None
    assert (found.request.calls_valid, found.request.checks["tool_calls"]) == (valid, valid)
    faults = [one for one in found.call_findings if not one.call_class.per_reply]
    assert [one.call_class.value for one in faults] == ([kind] if kind else [])
    if faults:
        assert (faults[0].json_path, faults[0].call_index) == (path, len(calls) - 1)
        assert faults[0].explanation


@pytest.mark.parametrize("parameters", [{}, None, {"query": "company X"}])
def test_a_tool_without_a_schema_takes_any_object(parameters: Any) -> None:
    function = {"name": "weather", **({"parameters": parameters} if parameters is not None else {})}
    found = judged(reply(None, GOOD), tools=[{"type": "function", "function": function}])
    assert found.request is not None
    assert (found.request.calls_valid, found.outcome) == (True, "solved")


def test_checks_that_read_text_apply_to_replies_with_text_only() -> None:
    with_call = judged(reply(None, GOOD), check_types=list(CHECK_TYPES))
    with_text = judged(reply("yes]"), check_types=list(CHECK_TYPES))
    assert with_call.request is not None
    assert with_text.request is not None
    assert set(with_call.request.checks) == {"answered", "tool_calls"}
    assert set(with_text.request.checks) == {"answered", *CHECK_TYPES}


def test_evidence_tells_each_check() -> None:
    cell = Cell(task_id="request/00001-abc", cluster="c", variant=0, context_tokens=0)
    episode = Episode(
        case=Case(cell=cell, trial=0), quant="q", outcome=Outcome.UNSOLVED,
        request=RequestLine(line=1, digest="d", asked_digest="a", expected_tool_call=True),
        trajectory=trajectory_of("x", "m", {"messages": [USER]}, parse_reply(reply("no"), 0.1)),
    )  # fmt: skip
    evidence = settled(episode).evidence
    assert evidence is not None
    assert evidence.report is not None
    assert (evidence.rewards, evidence.report.failed) == (
        {"answered": 1.0, "expected_tool_call": 0.0, "tool_calls": 1.0},
        ["expected_tool_call"],
    )


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "tool", "content": "orphan", "tool_call_id": 3}, USER],
        [{"role": "assistant", "tool_calls": [{"id": None, "function": {"name": None, "arguments": "{h"}}, 3]}, USER],
        [{"role": "developer", "content": [{"type": "image_url", "image_url": {"url": "x"}}, {"text": "a"}, "b"]}],
        [{"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": {"a": 1}}}]}],
        [{"role": "assistant", "reasoning_content": ["odd"], "content": {"odd": 1}}, {"role": "tool", "content": None}],
    ],
)  # fmt: skip
def test_a_history_of_any_shape_is_kept_and_is_no_reply(messages: list[Any]) -> None:
    found = judged(reply("ok"), messages=messages)
    assert (found.replies, found.outcome) == (1, "solved")


@given(st.text(alphabet="ab ", max_size=40), st.integers(1, 4), st.integers(1, 5))
def test_repeated_ngrams_are_counted_as_str_count_does(text: str, n: int, repeats: int) -> None:
    expected = not any(text.count(text[i : i + n]) >= repeats for i in range(len(text) - n + 1))
    assert no_repeated_ngram(text, n, repeats) is expected


@pytest.mark.parametrize(("text", "holds"), [("abc", True), ("при", False), ("\u0400", False), ("\u0500", True)])
def test_no_cyrillic(text: str, holds: bool) -> None:
    assert no_cyrillic(text) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("zone, city and days", True),
        ("zone, city", True),
        ("city, zone", False),
        ("zone", False),
        ("city, days", False),
        ("<think>days city zone</think> zone then city", True),
        ("", False),
    ],
)
def test_the_declared_order_is_kept(text: str, holds: bool) -> None:
    properties = {"zone": {}, "city": {}, "days": {}}
    tools = [{"function": {"name": "f", "parameters": {"type": "object", "properties": properties}}}]
    assert keeps_order(text, parameter_order(tools)) is holds
    assert parameter_order([{"function": {"name": "f", "parameters": {"type": "object", **properties}}}]) == [
        *properties
    ]


@pytest.mark.parametrize(("text", "holds"), [("[SILENCE]", True), ("[SILENCE]\n", True), ("[SILENCE] ok", False)])
def test_silence(text: str, holds: bool) -> None:
    assert ends_in_silence(text) is holds


@pytest.mark.parametrize(
    ("command", "merged"),
    [
        (["ls", "-la", "/w"], False),
        (["ls -la /w"], True),
        (["make all"], True),
        (["cd /w", "&&", "ls"], True),
        (["bash", "-lc", "ls -la /w"], False),
        (["/usr/bin/bash", "--login", "-c", "cat x"], False),
        (["echo", "two words"], False),
        ([], True),
        ("ls -la", False),
        ([1], False),
    ],
)
def test_words_of_a_command_are_kept_apart(command: Any, merged: bool) -> None:
    words = {"type": "array", "items": {"type": "string"}}
    tools = [{"function": {"name": "shell", "parameters": {"properties": {"command": words}}}}]
    made = call({"command": command}, name="shell")
    raw = RawCall(name="shell", arguments=made["function"]["arguments"])
    assert merges_words(raw, tools) is merged
    assert not merges_words(raw, [WEATHER])
    found = judged(reply(None, made), tools=[{"type": "function", **tools[0]}]).request
    assert found is not None
    assert found.words_merged is merged
