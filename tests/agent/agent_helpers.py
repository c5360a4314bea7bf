from __future__ import annotations

import json
from typing import Any

from tests.stub_server import Answer, Asked, StubServer


class ScriptedServer(StubServer):
    """Answers each request with the next of the given answers, or with what that one says of the request."""

    def __init__(self, **options: Any) -> None:
        self.answers: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        super().__init__(self._next, **options)

    def _next(self, asked: Asked) -> Answer:
        self.requests.append(asked.body)
        self.headers.append(dict(asked.headers))
        self.paths.append(asked.path)
        answer = self.answers.pop(0) if self.answers else (404, {"error": {"message": "no answer left"}})
        return answer(asked.body) if callable(answer) else answer


def call(name: str | None, arguments: Any, call_id: str | None = None) -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": call_id or f"id-{name}", "type": "function", "function": {"name": name, "arguments": text}}


def reply(
    *calls: dict[str, Any], content: str | None = None, finish: str | None = None, tokens: int = 100, **message: Any
) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "tool_calls": list(calls), **message},
                "finish_reason": finish or ("tool_calls" if calls else "stop"),
            }
        ],
        "usage": {"prompt_tokens": tokens, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 7}},
    }
