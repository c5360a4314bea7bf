from __future__ import annotations

import pytest

from agentbench.records import AtifStep, AtifToolCall, CallClass, CopySlot, CopySlotKind
from agentbench.scoring import score
from tests.scoring.scoring_worlds import call, episode, reply, user

GOOD = '{"path":"a.py"}'


@pytest.mark.parametrize(
    ("step", "kind", "json_path"),
    [
        (reply(call(GOOD[:-1])), CallClass.BAD_JSON, None),
        (reply(call("[1]")), CallClass.NOT_OBJECT, None),
        (reply(call(name="raed_file")), CallClass.UNKNOWN_NAME, None),
        (reply(call("{}")), CallClass.MISSING_REQUIRED, "$.path"),
        (reply(call('{"path":"a","pth":1}')), CallClass.UNEXPECTED_PROPERTY, "$.pth"),
        (reply(call('{"path":"a","offset":"3"}')), CallClass.WRONG_TYPE, "$.offset"),
        (reply(call('{"path":"a","mode":"bin"}')), CallClass.ENUM, "$.mode"),
        (reply(call('{"path":"a","note":"too long"}')), CallClass.SCHEMA_OTHER, "$.note"),
        (reply(call('{"path":"a'), finish="length"), CallClass.TRUNCATED, None),
        (reply(content="<tool_call>{}</tool_call>"), CallClass.LEAKED_MARKUP, None),
        (reply(reasoning='so <minimax:tool_call>\n<invoke name="x">'), CallClass.LEAKED_MARKUP, None),
        (reply(reasoning="hm"), CallClass.REASONING_ONLY, None),
        (reply(), CallClass.EMPTY, None),
        (reply(call(id_="x"), call(id_="x")), CallClass.DUPLICATE_ID, None),
        (reply(call(), finish="stop"), CallClass.FINISH_REASON, None),
    ],
    ids=lambda value: value.value if isinstance(value, CallClass) else "",
)
def test_every_class_is_counted_and_explained(step, kind, json_path):
    scored = score(episode(user("do"), reply(call()), step))
    counts = scored.reply_classes if kind.per_reply else scored.calls
    assert counts[kind] == 1
    finding = next(one for one in scored.call_findings if one.call_class is kind)
    assert finding.json_path == json_path
    assert finding.step_id == 3
    assert finding.prompt_tokens == 1000
    assert finding.explanation
    assert "\n" not in finding.explanation
    assert (finding.call_index is None) == (kind.per_reply or kind is CallClass.LEAKED_MARKUP)
    assert scored.replies == 2


def test_valid_calls_have_no_finding():
    scored = score(episode(user("do"), reply(call()), reply(call('{"path":"b","offset":3,"mode":"hex"}'), call())))
    assert scored.calls == {CallClass.VALID: 3}
    assert scored.attempted_calls == 3
    assert scored.call_findings == []
    assert scored.reply_classes == {}


def test_reply_classes_are_outside_the_denominator():
    scored = score(episode(user("do"), reply(call()), reply(), reply(reasoning="x")))
    assert scored.attempted_calls == 1
    assert scored.reply_classes == {CallClass.REASONING_ONLY: 1, CallClass.EMPTY: 1}


def test_a_leaked_call_is_attempted_beside_structured_ones():
    scored = score(episode(user("do"), reply(call(), content='<function=read_file>{"path":"x"}')))
    assert scored.calls == {CallClass.VALID: 1, CallClass.LEAKED_MARKUP: 1}


@pytest.mark.parametrize(
    ("steps", "bad"),
    [
        ([reply(call("{")), reply(call("{")), reply(call("{"))], 1),
        ([reply(call("{"), call("{"))], 1),
        ([reply(call("{")), reply(call()), reply(call("{"))], 2),
        ([reply(call("{")), reply(call("{ ")), reply(call("{"))], 3),
        ([reply(content="<tool_call>x"), reply(content="<tool_call>x")], 1),
        ([reply(content="<tool_call>x"), reply(content="<tool_call>y")], 2),
        ([reply(call("{")), reply(content="let me think"), reply(call("{"))], 1),
    ],
)
def test_identical_malformed_attempts_in_a_row_count_once(steps, bad):
    scored = score(episode(user("do"), *steps))
    assert scored.attempted_calls - scored.calls.get(CallClass.VALID, 0) == bad
    call_findings = [one for one in scored.call_findings if not one.call_class.per_reply]
    assert len(call_findings) == bad


@pytest.mark.parametrize(
    ("steps", "loops"),
    [
        ([reply(call(), results=["same"])] * 2, 0),
        ([reply(call(), results=["same"])] * 3, 1),
        ([reply(call(), results=["same"])] * 5, 3),
        ([reply(call(), results=[str(index)]) for index in range(5)], 0),
        ([reply(call(), call(), call(), results=["a", "a", "a"])], 1),
        (
            [
                reply(call(), results=["a"]),
                reply(call(), results=["a"]),
                reply(content="hm"),
                reply(call(), results=["a"]),
            ],
            0,
        ),
        ([reply(call(), results=[])] * 3, 1),
    ],
)
def test_loops_are_counted_per_reply_from_the_third(steps, loops):
    scored = score(episode(user("do"), *steps))
    assert scored.reply_classes.get(CallClass.LOOP, 0) == loops
    assert sum(one.call_class is CallClass.LOOP for one in scored.call_findings) == loops


def test_scripted_history_is_not_the_models():
    scripted = reply(call("{"), content="你好").model_copy(update={"is_copied_context": True})
    scored = score(episode(user("do"), scripted, user("now"), reply(call())))
    assert scored.replies == 1
    assert scored.calls == {CallClass.VALID: 1}
    assert scored.language_runs == 0


def test_a_foreign_trajectory_is_read_from_its_parsed_calls():
    step = AtifStep(
        step_id=1,
        source="agent",
        message="",
        tool_calls=[
            AtifToolCall(tool_call_id="1", function_name="read_file", arguments={"path": "a"}),
            AtifToolCall(tool_call_id="2", function_name="read_file", arguments={}, extra={"raw_arguments": "{'"}),
        ],
        extra={"theirs": 1},
    )
    assert score(episode(step)).calls == {CallClass.VALID: 1, CallClass.BAD_JSON: 1}


def test_tools_can_be_given():
    scored = score(episode(user("do"), reply(call())), tools=[{"function": {"name": "other"}}])
    assert scored.calls == {CallClass.UNKNOWN_NAME: 1}


def slot(exists, nearest=None):
    return CopySlot(
        call_index=0,
        kind=CopySlotKind.PATH,
        json_path="$.path",
        written="TTTL_SECONDS",
        exists=exists,
        nearest=nearest,
        similarity=0.96 if nearest else None,
    )


def test_copy_errors_are_close_to_something_and_the_rest_is_no_opportunity():
    scored = score(episode(user("do"), reply(call(), slots=[slot(True), slot(False, "TTL_SECONDS"), slot(False)])))
    assert (scored.copy_errors, scored.copy_opportunities) == (1, 2)
    finding = scored.copy_findings[0]
    assert (finding.written, finding.nearest, finding.prompt_tokens) == ("TTTL_SECONDS", "TTL_SECONDS", 1000)
    assert "0.96" in finding.explanation
