"""Streamed replies are put together whole, reasoning included; broken ones are asked for again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from agentbench.agent import ChatClient
from tests.agent.agent_helpers import ScriptedServer

ASK = {"messages": [{"role": "user", "content": "hi"}], "stream": True}


def event(finish: str | None = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c1", "choices": [choice]}).encode() + b"\n\n"


def part(index: int, arguments: str, **rest: Any) -> dict[str, Any]:
    name = {"name": rest.pop("name")} if "name" in rest else {}
    return {"index": index, **rest, "function": {**name, "arguments": arguments}}


WHOLE = b"".join([
    event(role="assistant", content=""),
    event(reasoning_content="let me "), event(reasoning_content="think"),
    event(content="a"), event(content="b"),
    event(tool_calls=[part(0, "", id="x", name="f")]), event(tool_calls=[part(0, '{"a":')]),
    event(tool_calls=[part(1, "{}", id="y", name="g")]), event(tool_calls=[part(0, " 1}")]),
    event("tool_calls"),
    b'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}\n\n',
    b"data: [DONE]\n\n",
])  # fmt: skip


@pytest.fixture
def streams() -> Iterator[ScriptedServer]:
    made = ScriptedServer(content_type="text/event-stream; charset=utf-8")
    yield made
    made.stop()


def test_a_stream_is_put_together_with_its_reasoning(streams: ScriptedServer) -> None:
    streams.answers = [WHOLE]
    with ChatClient(streams.url, "m") as client:
        reply = client.send(ASK)
    assert (reply.content, reply.reasoning, reply.finish_reason) == ("ab", "let me think", "tool_calls")
    assert [(call.id, call.name, call.arguments) for call in reply.calls] == [("x", "f", '{"a": 1}'), ("y", "g", "{}")]
    assert (reply.prompt_tokens, reply.completion_tokens, reply.attempts) == (7, 3, 1)
    assert streams.requests[0] == {**ASK, "model": "m"}


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE[: WHOLE.index(b'"finish_reason": "tool_calls"') - 40],
        event(content="a") + b'data: {"error": {"message": "engine died"}}\n\n',
        event(content="a") + b"data: {half\n\n",
        b"",
    ],
)
def test_a_stream_that_breaks_off_is_asked_for_again(streams: ScriptedServer, broken: bytes) -> None:
    streams.answers = [broken, WHOLE]
    with ChatClient(streams.url, "m") as client:
        reply = client.send(ASK)
    assert (reply.content, reply.attempts, len(streams.requests)) == ("ab", 2, 2)
