"""A small HTTP server on a free port, for tests that talk to a real one."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Asked:
    """One request, its JSON read."""

    path: str
    headers: Mapping[str, str]
    body: Any
    """None for a GET."""


Answer: TypeAlias = dict[str, Any] | bytes | tuple[int, Any] | None
"""A body, JSON unless it is bytes already, or a status and a body; None closes the connection without a word."""


class StubServer:
    """Answers every request by a function, each in a thread of its own; ``stop`` it."""

    def __init__(self, answer: Callable[[Asked], Answer], *, content_type: str = "application/json") -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Any) -> None:
                found = answer(Asked(self.path, self.headers, body))
                if found is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                status, value = found if isinstance(found, tuple) else (200, found)
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                with contextlib.suppress(ConnectionError):  # the client may have gone meanwhile
                    self.send_response(status)
                    self.send_header("Content-Type", content_type)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
