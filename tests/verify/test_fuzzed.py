"""Whatever a model answers to whatever a set asks: it is judged, stored, and judged alike again."""

from __future__ import annotations

import json
import random
from typing import Any

from agentbench.agent.replies import parse_reply
from agentbench.records import Case, Cell, Episode, EpisodeEnd, Outcome, RequestLine, ScoredEpisode
from agentbench.verify.checks import CHECK_TYPES
from agentbench.verify.failures import failed_checks
from agentbench.verify.judging import score_request, settled
from agentbench.verify.preparing import prepared
from agentbench.verify.trajectory import trajectory_of
from tests.test_calls_properties import PIECES
from tests.verify.verify_helpers import WEATHER, call, reply

REPLIES = 2_000
WORDS = {"type": "array", "items": {"type": "string"}}
PARAMETERS: list[Any] = [
    None, {}, [], "text", {"required": "city"}, {"type": "objekt"}, {"$ref": "#"}, {"$ref": "#/gone"},
    {"properties": {"city": {"pattern": "(?<a"}}}, {"properties": {"city": {"$ref": "#/title"}}, "title": "x"},
    {"properties": {"command": WORDS}}, {"properties": ["city"]}, {"properties": {"city": {"multipleOf": 0.1}}},
    {"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"city": {"items": [{}, 3]}}},
]  # fmt: skip
TOOLS: list[Any] = [
    WEATHER,
    *({"type": "function", "function": {"name": "weather", "parameters": one}} for one in PARAMETERS),
    {"function": {}},
    {"function": "text"},
    {},
]
OFFERED: list[list[Any]] = [[], *([one] for one in TOOLS), *([WEATHER, one] for one in TOOLS)]
ARGUMENTS = [
    '{"city": "Oslo"}', '{"city": 1e999}', '{"command": ["ls -la"]}', '{"command": [1, []]}', "[1]", "null", "",
    '{"city":' * 300 + "{}" + "}" * 300,
]  # fmt: skip


def test_thousands_of_malformed_replies_are_judged_and_raise_nothing() -> None:
    stream = random.Random(20261123)
    scored = [judged(stream, number) for number in range(REPLIES)]
    assert sum(one.request is not None and one.request.answered for one in scored) == REPLIES
    assert {one.outcome for one in scored} == {Outcome.SOLVED, Outcome.UNSOLVED, Outcome.LIMIT_OUTPUT}
    assert {name for one in scored if one.request for name in one.request.checks} >= set(CHECK_TYPES)
    for entry in failed_checks(scored, first=[]):
        json.dumps(entry, ensure_ascii=False).encode()


def judged(stream: random.Random, number: int) -> ScoredEpisode:
    asked = [{"role": "user", "content": text(stream)}]
    body = prepared({"messages": asked, "tools": stream.choice(OFFERED)})
    cell = Cell(task_id=f"request/{number:05}-abc", cluster="c", variant=0, context_tokens=0)
    line = RequestLine(
        line=number,
        digest="d",
        asked_digest="a",
        check_types=stream.sample(CHECK_TYPES, stream.randrange(3)),
        expected_tool_call=stream.choice([None, True, False]),
    )
    case = Case(cell=cell, trial=0)
    found = trajectory_of(case.id, "m", body, parse_reply(answer(stream), 0.1))
    episode = settled(Episode(
        case=case, quant="q", end=EpisodeEnd.ANSWERED, outcome=Outcome.UNSOLVED, request=line, trajectory=found,
    ))  # fmt: skip
    scored = score_request(Episode.model_validate_json(episode.model_dump_json()))
    assert scored.outcome == episode.outcome
    return scored


def answer(stream: random.Random) -> dict[str, Any]:
    calls = [
        call(
            stream.choice([*ARGUMENTS, text(stream)]),
            name=stream.choice(["weather", "wheather", text(stream)]),
            call_id=stream.choice("ab"),
        )
        for _ in range(stream.choice([0, 0, 1, 2]))
    ]
    return reply(
        stream.choice([None, "", text(stream)]),
        *calls,
        finish=stream.choice([None, "stop", "length", "tool_calls", "content_filter", "error"]),
        reasoning_content=stream.choice([None, "", text(stream)]),
    )


def text(stream: random.Random) -> str:
    return "".join(stream.choices(PIECES, k=stream.randrange(12)))
