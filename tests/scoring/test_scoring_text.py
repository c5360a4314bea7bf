from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentbench.records import (
    AtifObservation,
    AtifObservationResult,
    Check,
    CopySlot,
    CopySlotKind,
    Detail,
    Episode,
    EpisodeEnd,
    Evidence,
    Outcome,
    Probe,
    RawCall,
    ScoredEpisode,
    Usage,
)
from agentbench.scoring import SCORING_VERSION, score
from tests.scoring.scoring_worlds import CASE, TOOLS, call, episode, reply, user


@pytest.mark.parametrize(
    ("text", "runs", "script"),
    [
        ("plain English, naïve café — “quotes” … ✓", 0, None),
        ("let me 检查 the file", 1, "Han"),
        ("检查 and 配置", 2, "Han"),
        ("это", 1, "Cyrillic"),
        ("ファイル", 1, "Kana"),
        ("파일", 1, "Hangul"),
        ("a，b", 1, "full-width forms"),
        ("done。", 1, "CJK punctuation"),
        ("bad \ufffd byte", 1, "U+FFFD"),
        ("𠀀", 1, "Han"),
        ("第㈠章㎏", 1, "Han"),
        ("︰ and ﹏", 2, "CJK punctuation"),
    ],
)
@pytest.mark.parametrize("channel", ["content", "reasoning", "arguments", "escaped"])
def test_language_runs_in_every_channel(text, runs, script, channel):
    step = {
        "content": lambda: reply(call(), content=text),
        "reasoning": lambda: reply(call(), reasoning=text),
        "arguments": lambda: reply(call(json.dumps({"path": text}, ensure_ascii=False))),
        "escaped": lambda: reply(call(json.dumps({"path": text}))),
    }[channel]()
    scored = score(episode(user("do it"), step))
    assert scored.language_runs == runs
    assert scored.model_chars >= len(text)
    findings = [one for one in scored.other_findings if one.kind == "language_confusion"]
    assert len(findings) == runs
    if script:
        assert script in findings[0].explanation


@pytest.mark.parametrize(
    ("steps", "runs"),
    [
        ([user("update 配置文件 now"), reply(call(), content="the 配置文件")], 0),
        ([user("update 配置文件 now"), reply(call(), content="the 配置")], 0),
        ([user("update 配置文件 now"), reply(call(), content="the 文件夹")], 1),
        ([user("update"), reply(call(), content="文件"), user("文件"), reply(call(), content="文件")], 1),
        ([user("update"), reply(call(), content="文件"), reply(call(), content="文件")], 2),
    ],
)
def test_runs_that_stand_in_the_context_are_copied_and_the_models_own_are_not_context(steps, runs):
    assert score(episode(*steps)).language_runs == runs


def test_a_tool_result_is_context():
    seen = reply(call()).model_copy(
        update={"observation": AtifObservation(results=[AtifObservationResult(content="# Привет мир")])}
    )
    assert score(episode(user("do"), seen, reply(call(), content="it says Привет"))).language_runs == 0


def test_totals_and_outcome():
    scored = score(
        episode(
            user("do"),
            reply(call()),
            end=EpisodeEnd.LIMIT_TURNS,
            outcome=Outcome.LIMIT_TURNS,
            usage=Usage(requests=1, prompt_tokens=5, completion_tokens=7),
            duration_s=3.5,
            evidence=Evidence(reward=0.0),
            server_deaths=2,
        )
    )
    assert scored.scoring_version == SCORING_VERSION
    assert (scored.case, scored.quant, scored.outcome, scored.reward) == (CASE, "nvfp4", Outcome.LIMIT_TURNS, 0.0)
    assert (scored.prompt_tokens, scored.completion_tokens, scored.duration_s) == (5, 7, 3.5)
    assert (scored.submitted, scored.server_deaths) == (False, 2)


def test_an_episode_without_a_trajectory():
    scored = score(episode(outcome=Outcome.INFRA_SANDBOX, end=None, error="gone"))
    assert (scored.replies, scored.attempted_calls, scored.details_declared, scored.error) == (0, 0, 0, "gone")


def test_scoring_is_deterministic_and_survives_storage():
    one = episode(
        user("do"), reply(call("{"), call(), content="你"), reply(call(), finish="stop"), details=[], error="x\ud800y"
    )
    text = score(one).model_dump_json()
    assert score(one).model_dump_json() == text
    assert ScoredEpisode.model_validate_json(text).model_dump_json() == text


# --- whatever a model writes ------------------------------------------------------------------------------------------

anything = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=40),
    st.sampled_from(
        [
            "",
            "{",
            "{}",
            "null",
            "[" * 3000,
            '{"path":' * 500,
            '{"path":{}}',
            '{"path":"\\ud800"}',
            '{"\\udfff":1}',
            '{"path":1e999}',
            '{"path":NaN}',
            "9" * 5000,
            '{"path":' + "[" * 300 + "]" * 300 + "}",
            '{"path":"a","path":"b"}',
            "<tool_call>",
            "<|tool_calls_section_begin|>",
            "\x00",
            "\ufeff{}",
            "你好，Привет",
        ]
    ),
)
raw_calls = st.builds(
    RawCall,
    id=st.none() | st.sampled_from(["a", "b", ""]),
    name=st.none() | st.just("read_file") | anything,
    arguments=st.none() | anything,
)
slots = st.builds(
    CopySlot,
    call_index=st.integers(-1, 3),
    kind=st.sampled_from(CopySlotKind),
    json_path=anything,
    written=anything,
    exists=st.booleans(),
    nearest=st.none() | anything,
)


@st.composite
def replies(draw):
    calls = draw(st.lists(raw_calls, max_size=3))
    step = reply(
        content=draw(anything),
        reasoning=draw(st.none() | anything),
        finish=draw(st.none() | st.sampled_from(["stop", "length", "tool_calls", "content_filter", ""])),
        results=draw(st.none() | st.lists(st.sampled_from(["x", "y"]), max_size=3)),
    )
    extra = dict(step.extra, raw_calls=[one.model_dump() for one in calls])
    extra["copy_slots"] = [one.model_dump() for one in draw(st.lists(slots, max_size=2))]
    if draw(st.integers(0, 9)) == 0:
        extra = draw(st.sampled_from([{}, {"x": 1}, {"raw_calls": "no"}, None]))
    return step.model_copy(update={"extra": extra})


tools = st.sampled_from(
    [
        TOOLS,
        [],
        None,
        [{}],
        [{"function": 3}],
        [{"function": {"name": "read_file", "parameters": {"type": "nonsense"}}}],
        [{"name": "read_file", "parameters": {"properties": 3}}],
        [{"function": {"name": None}}],
    ]
)
checks = st.sampled_from(
    [
        Check(file="a", toml="x.y"),
        Check(file="a", yaml="x"),
        Check.model_validate({"file": "a", "json": "x.0"}),
        Check(file="a", ini="x.y"),
        Check(file="a", python="X"),
        Check(file="a", regex="("),
        Check(file="a", text=True),
        Check(file="a", unchanged=True),
        Check(file="a", absent=True),
        Check(command="x"),
        Check(),
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_nothing_that_a_model_writes_makes_scoring_raise(data):
    steps = data.draw(st.lists(replies(), min_size=1, max_size=4))
    details = [
        Detail(
            id=f"d{index}", value=data.draw(st.none() | anything), stale=data.draw(st.none() | anything), check=check
        )
        for index, check in enumerate(data.draw(st.lists(checks, max_size=4)))
    ]
    content = st.none() | st.binary(max_size=40) | anything.map(lambda text: text.encode("utf-8", "surrogatepass"))
    probes = [
        Probe(
            detail_id=f"d{data.draw(st.integers(0, 4))}",
            exists=data.draw(st.booleans()),
            content=data.draw(content),
            initial=data.draw(content),
        )
        for _ in range(data.draw(st.integers(0, 4)))
    ]
    one = episode(
        *steps,
        tools=data.draw(tools),
        outcome=data.draw(st.sampled_from(Outcome)),
        details=details,
        evidence=data.draw(st.sampled_from([None, Evidence(probes=probes)])),
    )
    assert isinstance(one, Episode)
    scored = score(one)
    assert scored.replies == len(steps)
    assert sum(scored.details.values()) == scored.details_declared
    assert 0 <= scored.copy_errors <= scored.copy_opportunities
    assert ScoredEpisode.model_validate_json(scored.model_dump_json()) == scored


def test_a_long_trajectory():
    chunk = "def handler(request):  # обработчик 请求\n    return respond(request, status=200)\n" * 90
    steps = [user(chunk * 70)]
    for index in range(60):
        text = f"step {index} 请求{index} " + chunk[:4000]
        steps.append(reply(call(json.dumps({"path": f"f{index}.py"})), content=text, reasoning=chunk[:6000]))
    scored = score(episode(*steps))
    assert sum(len(step.message) for step in steps) > 128 * 1024 * 4
    assert scored.calls == {"valid": 60}
    assert scored.language_runs == 0
