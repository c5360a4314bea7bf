"""A small OpenAI-compatible server over real HTTP, and request sets and result files as the verifiers have them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.stub_server import Answer, Asked, StubServer

Answers = Callable[[dict[str, Any]], Answer]

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
}


def call(arguments: Any, name: str = "weather", call_id: str = "c1") -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


def reply(
    content: str | None = None, *calls: dict[str, Any], finish: str | None = None, tokens: int = 100, **message: Any
) -> dict[str, Any]:
    body = {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {}), **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": body, "finish_reason": finish or ("tool_calls" if calls else "stop")}],
        "usage": {"prompt_tokens": tokens, "completion_tokens": 10, "total_tokens": tokens + 10},
    }


CALL = reply(None, call({"city": "Oslo"}))
TEXT = reply("It rains.")


def asked(body: dict[str, Any]) -> str:
    """The last message's text."""
    return str(body["messages"][-1]["content"])


class Endpoint(StubServer):
    """Answers every chat request by a function of its body; the boot's own probes are answered apart."""

    def __init__(self, answers: Answers, *, tokenize: bool = True) -> None:
        self.answers = answers
        self.requests: list[dict[str, Any]] = []
        self.cases: list[str] = []
        self.tokenize = tokenize
        self.prefix = ""
        """What the chat template puts first."""
        self.models: tuple[int, Any] = (200, {"object": "list", "data": [{"id": "m", "max_model_len": 8192}]})
        self._guard = threading.Lock()
        super().__init__(self._answer)

    def _answer(self, asked: Asked) -> Answer:
        if asked.body is None:
            return self.models if asked.path == "/v1/models" else (404, {})
        if asked.path == "/tokenize":
            return self._tokens(asked.body) if self.tokenize else (404, {})
        if "X-Agentbench-Case" not in asked.headers:  # the boot's probes
            return 200, reply("ok")
        with self._guard:
            self.requests.append(asked.body)
            self.cases.append(asked.headers["X-Agentbench-Case"])
        return self.answers(asked.body)

    def _tokens(self, body: dict[str, Any]) -> Answer:
        text = self.prefix + json.dumps(body.get("messages", body.get("prompt"))) + json.dumps(body.get("tools"))
        return 200, {"tokens": list(text.encode())}


def line(text: str, *, tools: bool = True, **fields: Any) -> dict[str, Any]:
    """One request of a set."""
    messages = [{"role": "_input", "content": "Help."}, {"role": "user", "content": text}]
    return {"messages": messages, **({"tools": [WEATHER]} if tools else {}), **fields}


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return path


def minimax_row(index: int, request: dict[str, Any], response: Any, **fields: Any) -> dict[str, Any]:
    """A result line as MiniMax-Provider-Verifier writes it."""
    sent = json.loads(json.dumps({k: v for k, v in request.items() if k not in ("check_type", "expected_tool_call")}))
    for message in sent["messages"]:
        message["role"] = "system" if message["role"] == "_input" else message["role"]
    failed = "choices" not in response
    return {
        "data_index": index,
        "request": {**sent, "model": "MiniMax-M2.5"},
        "response": response,
        "status": "failed" if failed else "success",
        "finish_reason": None if failed else response["choices"][0]["finish_reason"],
        "last_run_at": "2026-05-02T10:00:00",
        "duration_ms": 1200,
        "hash": "0" * 32,
        "provider": "minimax",
        "expected_tool_call": request.get("expected_tool_call"),
        "error_only_reasoning_checked": 1,
        "error_only_reasoning": False,
        **fields,
    }


def k2vv_row(index: int, request: dict[str, Any], response: Any, **fields: Any) -> dict[str, Any]:
    """A result line as K2-Vendor-Verifier writes it."""
    row = minimax_row(index, request, response)
    for key in ("provider", "expected_tool_call", "error_only_reasoning_checked", "error_only_reasoning"):
        del row[key]
    return {**row, "extra_body": {}, "tool_calls_valid": True, **fields}
