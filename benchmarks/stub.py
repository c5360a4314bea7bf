"""A model that takes no time: an OpenAI-compatible server that answers with the next of N bash calls, then submits.

    python benchmarks/stub.py CALLS     # prints its port, serves until its standard input ends

The same bytes for every client. A client that offers a tool ``submit`` gets that call at the end; any other gets the
command by which mini-swe-agent ends. Which turn it is, the ids of earlier calls in the request say.
"""

from __future__ import annotations

import asyncio
import json
import sys


def reply(turn: int, calls: int, submits: bool, prompt_bytes: int) -> bytes:
    """Return the completion for a turn, counted from 0."""
    command = f"echo turn {turn}" if turn < calls else "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
    name, arguments = ("submit", {}) if turn >= calls and submits else ("bash", {"command": command})
    call = {"id": f"stub_{turn}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    message = {"role": "assistant", "content": "Next.", "tool_calls": [call]}
    tokens = prompt_bytes // 4
    body = json.dumps(
        {
            "id": f"chatcmpl-{turn}",
            "object": "chat.completion",
            "created": 1,
            "model": "stub",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": {"prompt_tokens": tokens, "completion_tokens": 20, "total_tokens": tokens + 20},
        }
    ).encode()
    return _answer("200 OK", body)


def _answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Stub(asyncio.Protocol):
    """One connection: as much of HTTP/1.1 as clients of chat completions use."""

    calls = 20

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.data = bytearray()
        self.wanted = 0

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.wanted:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.data[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self.wanted = end + 4 + length
        if len(self.data) >= self.wanted:
            request = bytes(self.data)
            self.data.clear()
            self.wanted = 0
            self.transport.write(self.answer(request))

    def answer(self, request: bytes) -> bytes:
        if b"/chat/completions" not in request[:200]:
            return _answer("404 Not Found", b"{}")
        turn = request.count(b'"stub_') // 2  # each call's id stands in the call and in its result
        return reply(turn, self.calls, b'"submit"' in request, len(request))


async def main() -> None:
    Stub.calls = int(sys.argv[1])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
