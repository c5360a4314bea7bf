from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from agentbench.agent import ChatClient, ServerCounter
from agentbench.calls import ToolSchemas, classify_call
from agentbench.errors import CancelledError, ModelRequestError, ServerDiedError
from agentbench.records import CallClass, Sampling
from tests.agent.agent_helpers import ScriptedServer, call, reply

MESSAGES = [{"role": "user", "content": "hi"}]


def ask(client: ChatClient, **more: Any) -> Any:
    return client.complete(MESSAGES, [], sampling=Sampling(top_k=3), max_tokens=5, **more)


def test_a_reply_is_read_as_it_is(client: ChatClient, server: ScriptedServer) -> None:
    server.answers = [reply(call("bash", "{broken"), call("x", "1"), content="c", reasoning="why")]
    got = ask(client, seed=1, case_id="täsk/[v0]@2k#0")
    assert (got.content, got.reasoning, got.finish_reason) == ("c", "why", "tool_calls")
    assert [raw.arguments for raw in got.calls] == ["{broken", "1"]
    assert (got.prompt_tokens, got.completion_tokens, got.cached_tokens) == (100, 10, 7)
    assert got.raw["id"] == got.request_id == "chatcmpl-1"
    assert server.headers[0]["X-Agentbench-Case"] == "t%C3%A4sk/[v0]@2k#0"
    assert "tools" not in server.requests[0]
    assert (server.requests[0]["seed"], server.requests[0]["top_k"]) == (1, 3)


def test_arguments_as_an_object_become_text(client: ChatClient, server: ScriptedServer) -> None:
    answer = reply(call("bash", "x"))
    answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = {"command": "ls"}
    server.answers = [answer]
    assert ask(client).calls[0].arguments == '{"command": "ls"}'


@pytest.mark.parametrize("calls", [["x"], [{}], [{"id": 1, "function": "f"}], [{"function": {"name": 3}}], [None]])
def test_calls_of_any_shape_are_malformed_not_fatal(client: ChatClient, server: ScriptedServer, calls: Any) -> None:
    answer = reply(content="c")
    answer["choices"][0]["message"]["tool_calls"] = calls
    server.answers = [answer]
    [raw] = ask(client).calls
    assert not classify_call(raw, [], truncated=False).valid


def test_content_in_parts_is_joined(client: ChatClient, server: ScriptedServer) -> None:
    answer = reply()
    answer["choices"][0]["message"]["content"] = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    server.answers = [answer]
    assert ask(client).content == "ab"


def test_half_surrogates_never_break_anything(client: ChatClient, server: ScriptedServer) -> None:
    body = b'{"choices":[{"finish_reason":"stop","message":{"content":"a\\ud800b","tool_calls":[{"function":'
    body += b'{"name":"f","arguments":"{\\"a\\": \\"\\ud800\\"}"}}]}}]}'
    server.answers = [(200, body)]
    got = ask(client)
    assert got.content == "a\ufffdb"
    tools = [{"function": {"name": "f", "parameters": {"type": "object"}}}]
    assert classify_call(got.calls[0], ToolSchemas(tools), truncated=False).call_class is CallClass.BAD_JSON


@pytest.mark.parametrize("trouble", [(500, {"error": {"message": "oops"}}), (503, b"busy"), (429, b"slow down"), None])
def test_trouble_of_the_server_is_retried(client: ChatClient, server: ScriptedServer, trouble: Any) -> None:
    server.answers = [trouble, trouble, reply(content="ok")]
    assert ask(client).content == "ok"
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refusal_is_not_retried(client: ChatClient, server: ScriptedServer, status: int) -> None:
    server.answers = [(status, {"error": {"message": "because"}}), reply()]
    with pytest.raises(ModelRequestError, match=f"HTTP {status}.*because"):
        ask(client)
    assert len(server.requests) == 1


@pytest.mark.slow
def test_500_for_ever_is_the_servers_failure(client: ChatClient, server: ScriptedServer) -> None:
    server.answers = [(500, {"message": "engine core died"})] * 99
    with pytest.raises(ServerDiedError, match=r"/chat/completions answered HTTP 500: engine core died, 6 times"):
        ask(client)


@pytest.mark.slow
def test_nobody_there_is_a_dead_server() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    with ChatClient(f"http://127.0.0.1:{port}/v1", "m") as nobody, pytest.raises(ServerDiedError, match="no answer"):
        ask(nobody)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": 1}]}'])
def test_what_is_no_completion_is_said_so(client: ChatClient, server: ScriptedServer, body: bytes) -> None:
    server.answers = [(200, body)]
    with pytest.raises(ModelRequestError):
        ask(client)


def _blocking(server: ScriptedServer) -> tuple[threading.Event, threading.Event]:
    reached, released = threading.Event(), threading.Event()

    def slow(_: Any) -> Any:
        reached.set()
        released.wait(20)
        return reply()

    server.answers = [slow]
    return reached, released


def test_closing_ends_what_is_under_way(client: ChatClient, server: ScriptedServer) -> None:
    reached, released = _blocking(server)

    def close_when_reached() -> None:
        reached.wait(20)
        client.close()

    closer = threading.Thread(target=close_when_reached)
    closer.start()
    with pytest.raises(ServerDiedError):
        ask(client)
    released.set()
    closer.join()


def test_cancel_ends_what_is_under_way(client: ChatClient, server: ScriptedServer) -> None:
    reached, released = _blocking(server)
    cancel = threading.Event()

    def cancel_when_reached() -> None:
        reached.wait(20)
        cancel.set()

    setter = threading.Thread(target=cancel_when_reached)
    setter.start()
    with pytest.raises(CancelledError):
        ask(client, cancel=cancel)
    released.set()
    setter.join()


def test_cancel_ends_the_waiting_between_retries(server: ScriptedServer, client: ChatClient) -> None:
    cancel = threading.Event()

    def failing(_: Any) -> Any:
        cancel.set()
        return 500, {"message": "x"}

    server.answers = [failing] * 9
    with pytest.raises(CancelledError):
        ask(client, cancel=cancel)
    assert len(server.requests) == 1


def test_tokenize(client: ChatClient, server: ScriptedServer) -> None:
    server.answers = [{"count": 3, "tokens": [1, 2, 3]}] * 3
    tools = [{"type": "function", "function": {"name": "f"}}]
    counter = ServerCounter(client, {"chat_template_kwargs": {"a": 1}, "other": 2})
    assert counter.ids(MESSAGES, tools) == [1, 2, 3]
    assert counter.count(MESSAGES, []) == 3
    assert counter.count_text("x y") == 3
    assert server.paths == ["/tokenize"] * 3
    first, _, third = server.requests
    assert first == {
        "model": "m",
        "add_generation_prompt": True,
        "chat_template_kwargs": {"a": 1},
        "messages": MESSAGES,
        "tools": tools,
    }
    assert third["prompt"] == "x y"


def test_what_is_counted_is_what_is_sent(server: ScriptedServer) -> None:
    extra = {"chat_template_kwargs": {"thinking": False}, "priority": 1}
    server.answers = [reply(), {"tokens": [1]}, {"tokens": [1, 2]}]
    with ChatClient(server.url, "m", extra_body=extra) as client:
        ask(client)
        assert client.tokenize(MESSAGES, []) == [1]
        assert ServerCounter(client).count(MESSAGES, []) == 2
    sent, *counted = server.requests
    assert (sent["chat_template_kwargs"], sent["priority"]) == ({"thinking": False}, 1)
    for request in counted:
        assert request["chat_template_kwargs"] == {"thinking": False}
        assert "priority" not in request


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_tokenize_is_asked_once(client: ChatClient, server: ScriptedServer, status: int) -> None:
    server.answers = [(status, {"detail": "Not Found"})]
    assert client.tokenize(MESSAGES, []) is None
    assert client.tokenize(MESSAGES, []) is None
    with pytest.raises(ModelRequestError, match="no /tokenize"):
        ServerCounter(client).count(MESSAGES, [])
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [(400, b"?"), (401, {"message": "no"}), (403, b""), (422, b""), (200, b"<html>")])
def test_hosted_services_deny_tokenize_in_many_ways(client: ChatClient, server: ScriptedServer, answer: Any) -> None:
    server.answers = [answer] * 2
    assert client.tokenize(MESSAGES, []) is None
    assert client.tokenize_text("x") is None
    assert len(server.requests) == 2


def test_a_request_that_tokenize_refuses_does_not_hide_the_route(client: ChatClient, server: ScriptedServer) -> None:
    server.answers = [(400, {"message": "too long"}), {"tokens": [1]}, {"tokens": [1, 2]}, (400, {"message": "no"})]
    with pytest.raises(ModelRequestError, match=r"/tokenize refused the request \(HTTP 400\): too long"):
        client.tokenize(MESSAGES, [])
    assert client.tokenize(MESSAGES, []) == [1, 2]
    with pytest.raises(ModelRequestError, match="no"):
        client.tokenize(MESSAGES, [])
