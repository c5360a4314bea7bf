"""An httpx transport whose reads can be interrupted from another thread.

Closing a socket does not wake a thread that waits in ``recv`` on it, so every wait is cut into short slices; between
them the stream looks at its request's guard. A reply that is there costs nothing extra.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

_SLICE_S = 0.2


class Interrupted(Exception):
    """The guard of the request under way said stop; the connection is closed."""


class Guard:
    """What may end a request early: events that are set, or a deadline on the monotonic clock."""

    def __init__(self, events: Iterable[threading.Event], deadline: float | None = None) -> None:
        self._events = tuple(events)
        self._deadline = deadline

    @property
    def stops(self) -> bool:
        """Whether the request must end now."""
        return self.late or any(event.is_set() for event in self._events)

    @property
    def late(self) -> bool:
        """Whether the deadline is over."""
        return self._deadline is not None and time.monotonic() > self._deadline


_current = threading.local()


@contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Put the requests that this thread makes inside the block under a guard."""
    _current.guard = guard
    try:
        yield
    finally:
        _current.guard = None


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        guard: Guard | None = getattr(_current, "guard", None)
        if guard is None:
            return self._inner.read(max_bytes, timeout)
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            if guard.stops:
                raise Interrupted
            try:
                return self._inner.read(max_bytes, _SLICE_S)
            except httpcore.ReadTimeout:
                if end is not None and time.monotonic() > end:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _mapped():
            yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class InterruptibleTransport(httpx.BaseTransport):
    """HTTP/1.1 over a shared pool without a limit of connections: the caller bounds what is in flight."""

    def __init__(self, *, tls: bool) -> None:
        """Load the certificate store only where TLS is spoken: it takes 20 ms."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context() if tls else None,
            max_connections=None,
            max_keepalive_connections=None,
            keepalive_expiry=30,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; connection trouble comes as httpx's own errors, an interruption as Interrupted."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        assert isinstance(request.stream, httpx.SyncByteStream)
        with _mapped():
            response = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    url,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response.stream), extensions=response.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error)) from error
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error) or "no answer") from error
    except httpcore.NetworkError as error:
        raise httpx.ReadError(str(error)) from error
    except (httpcore.ProtocolError, httpcore.ConnectionNotAvailable) as error:
        raise httpx.RemoteProtocolError(str(error)) from error
