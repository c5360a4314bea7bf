"""The host's end of the command channel: JSON lines through the engine's attach stream.

The stream is hijacked HTTP: what is sent is the container's standard input as it is; what arrives is framed, eight
bytes of header (stream number, three zeros, size as big-endian) before each piece.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

_STDOUT = 1
_HEADER = struct.Struct(">BxxxL")
_STDERR_KEPT = 4096


class ChannelClosedError(Exception):
    """The stream ended or broke; internal, becomes SandboxDiedError with a post-mortem."""


class ChannelTimeoutError(Exception):
    """No reply within the host's own deadline; internal, becomes SandboxDiedError."""


class FrameReader:
    """Splits an attach or exec stream into its pieces. One ``recv`` usually brings one whole reply."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = bytearray()

    def next(self, deadline: float) -> tuple[int, bytes]:
        """Return stream number and bytes; raises ChannelClosedError at the end, ChannelTimeoutError at the deadline."""
        self._fill(_HEADER.size, deadline)
        stream, size = _HEADER.unpack_from(self._data)
        self._fill(_HEADER.size + size, deadline)
        piece = bytes(memoryview(self._data)[_HEADER.size : _HEADER.size + size])
        del self._data[: _HEADER.size + size]
        return stream, piece

    def _fill(self, size: int, deadline: float) -> None:
        while len(self._data) < size:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise ChannelTimeoutError
            try:
                self._sock.settimeout(left_s)
                part = self._sock.recv(1 << 18)
            except TimeoutError:
                raise ChannelTimeoutError from None
            except (OSError, ValueError) as error:
                raise ChannelClosedError from error
            if not part:
                raise ChannelClosedError
            self._data += part


class Channel:
    """Sends one request at a time and waits for its reply; ``close`` from any thread ends the wait."""

    def __init__(self, sock: socket.socket, release: Callable[[], None]) -> None:
        """Take over a connected stream.

        Args:
            sock: The raw socket behind the engine's hijacked connection.
            release: Frees whatever owns the socket; called once.
        """
        self._sock = sock
        self._release = release
        self._frames = FrameReader(sock)
        self._pending = bytearray()
        self._lock = threading.Lock()
        self._closing = threading.Lock()
        self._closed = False
        self._next_id = 0
        self.stderr = ""

    def greet(self, first_line: bytes, timeout_s: float) -> dict[str, Any]:
        """Send the server's program and return its greeting."""
        with self._lock:
            return self._exchange(first_line, time.monotonic() + timeout_s)

    def request(self, message: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send a request and return its reply."""
        with self._lock:
            self._next_id += 1
            message["id"] = self._next_id
            reply = self._exchange(json.dumps(message).encode() + b"\n", time.monotonic() + timeout_s)
        if reply.get("id") != message["id"]:
            raise ChannelClosedError
        return reply

    def close(self) -> None:
        """End the stream; the server sees the end of its input, and a waiting request raises at once."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        with contextlib.suppress(OSError):  # already disconnected is as good
            self._sock.shutdown(socket.SHUT_RDWR)
        with self._lock:  # a waiting request has let go by now; closing under it could hit a reused descriptor
            self._release()

    def _exchange(self, line: bytes, deadline: float) -> dict[str, Any]:
        if self._closed:
            raise ChannelClosedError
        try:
            self._sock.settimeout(max(0.001, deadline - time.monotonic()))
            self._sock.sendall(line)
        except TimeoutError:
            raise ChannelTimeoutError from None
        except OSError as error:
            raise ChannelClosedError from error
        while True:
            stream, piece = self._frames.next(deadline)
            if stream != _STDOUT:
                self.stderr = (self.stderr + piece.decode("utf-8", "replace"))[-_STDERR_KEPT:]
                continue
            self._pending += piece
            if piece.endswith(b"\n"):  # one reply at a time is under way, so a line's end is the buffer's end
                reply: dict[str, Any] = json.loads(self._pending)
                self._pending.clear()
                return reply
