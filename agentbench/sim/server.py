"""The simulated model over HTTP/1.1, as vLLM's OpenAI-compatible server shows itself.

The standard library's threading server: one thread per kept-alive connection, one write per response.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from agentbench import __version__
from agentbench.errors import TaskError, UsageError
from agentbench.sim.model import Answer, BadRequestError, SimulatedModel

CASE_HEADER = "X-Agentbench-Case"


class SimServer(ThreadingHTTPServer):
    """Serves one simulated model."""

    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], model: SimulatedModel) -> None:
        """Bind to an address; UsageError if that is not possible."""
        self.model = model
        self.stats = Stats()
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            raise UsageError(f"cannot listen on {address[0]}:{address[1]}: {error.strerror}") from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; everything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Stats:
    """What ``/metrics`` tells."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.running = self.prompt_tokens = self.generation_tokens = 0

    def begin(self) -> None:
        """Count a request as running."""
        with self._lock:
            self.running += 1

    def end(self, usage: dict[str, Any] | None) -> None:
        """Count a request as done."""
        with self._lock:
            self.running -= 1
            if usage is not None:
                self.prompt_tokens += usage["prompt_tokens"]
                self.generation_tokens += usage["completion_tokens"]

    def text(self, model: str) -> str:
        """Return the figures in Prometheus' form, under vLLM's names."""
        label = f'{{model_name="{model}"}}'
        gauges = {"num_requests_running": self.running, "num_requests_waiting": 0, "kv_cache_usage_perc": 0.0}
        counters = {"prompt_tokens_total": self.prompt_tokens, "generation_tokens_total": self.generation_tokens}
        lines = []
        for kind, values in (("gauge", gauges), ("counter", counters)):
            for name, value in values.items():
                lines += [f"# TYPE vllm:{name} {kind}", f"vllm:{name}{label} {float(value)}"]
        return "\n".join(lines) + "\n"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SimServer

    def do_GET(self) -> None:
        model = self.server.model
        path = self.path.partition("?")[0]
        if path == "/health":
            self._send(200, b"", "text/plain")
        elif path == "/version":
            self._json(200, {"version": f"agentbench-sim {__version__}"})
        elif path == "/v1/models":
            entry = {
                "id": model.name,
                "object": "model",
                "owned_by": "agentbench",
                "max_model_len": model.context_window,
            }
            self._json(200, {"object": "list", "data": [entry]})
        elif path == "/metrics":
            self._send(200, self.server.stats.text(model.name).encode(), "text/plain; version=0.0.4")
        elif path == "/planted":
            self._json(200, model.ledger.planted())
        else:
            self._error(404, f"no route {path}")

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        try:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        except (ValueError, RecursionError) as error:
            self._error(400, f"the body is no JSON: {error}")
            return
        if not isinstance(request, dict):
            self._error(400, "the body must be a JSON object")
        elif path == "/v1/chat/completions":
            self._complete(request)
        elif path == "/tokenize":
            self._tokenize(request)
        else:
            self._error(404, f"no route {path}")

    def _complete(self, request: dict[str, Any]) -> None:
        header = self.headers.get(CASE_HEADER)
        stats, usage = self.server.stats, None
        stats.begin()
        try:
            answer = self.server.model.answer(request, unquote(header) if header else None)
            usage = answer.body["usage"]
        except (BadRequestError, TaskError) as error:
            self._error(400, str(error))
            return
        finally:
            stats.end(usage)
        self._reply(answer)

    def _reply(self, answer: Answer) -> None:
        model = self.server.model
        time.sleep(model.rates.get("latency_s", 0.0))
        if answer.case_id is not None:
            if self._trouble(answer, "drop_connection"):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if self._trouble(answer, "server_error"):
                self._error(500, "planted: the engine had a bad moment")
                return
            model.ledger.add_reply(answer.case_id, answer.index, answer.reply, answer.body["usage"]["prompt_tokens"])
        self._json(200, answer.body)

    def _trouble(self, answer: Answer, kind: str) -> bool:
        """Return whether this request gets the trouble: once, so that a retry is answered."""
        rates = self.server.model.rates
        assert answer.case_id is not None
        hit = self.server.model.draws(answer.case_id).hit(rates.get(kind, 0.0), kind, answer.index)
        return hit and self.server.model.ledger.add_trouble(answer.case_id, answer.index, kind)

    def _tokenize(self, request: dict[str, Any]) -> None:
        counter = self.server.model.counter
        if isinstance(request.get("messages"), list):
            ids = counter.ids(request["messages"], request.get("tools") or [])
        elif isinstance(request.get("prompt"), str):
            ids = counter.text_ids(request["prompt"])
        else:
            self._error(400, "'messages' or 'prompt' is missing")
            return
        self._json(200, {"count": len(ids), "max_model_len": self.server.model.context_window, "tokens": ids})

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _error(self, status: int, message: str) -> None:
        self._json(status, {"error": {"message": message, "type": "SimulatedError", "code": status}})

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        head = (
            f"HTTP/1.1 {status} {self.responses[status][0]}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the runner's journal tells more."""
