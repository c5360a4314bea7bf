"""The raw socket behind a hijacked engine connection (attach, exec), through the Docker SDK."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from agentbench.errors import SandboxError

ATTACH_PARAMS = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}


def raw_socket(wrapped: Any) -> tuple[socket.socket, Callable[[], None]]:
    """Return the socket inside what the SDK hands out, and what frees all of it.

    The SDK gives a ``SocketIO`` (unix, TCP) that refers to its HTTP response, or a wrapped SSL or SSH channel.
    """
    sock = getattr(wrapped, "_sock", wrapped)
    if not hasattr(sock, "recv") or not hasattr(sock, "shutdown"):
        raise SandboxError(f"the engine connection is of an unknown kind, {type(wrapped).__name__}; use a unix socket")

    def release() -> None:
        response = getattr(wrapped, "_response", None)
        if response is not None:
            response.close()  # before the socket it flushes to
        wrapped.close()
        sock.close()

    return sock, release
