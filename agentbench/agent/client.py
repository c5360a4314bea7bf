"""The one client of OpenAI-compatible servers: chat completions and vLLM's ``/tokenize``.

Thread-safe; one per server. Retries only connection errors, 5xx, 429 and streams that break off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from agentbench.agent.messages import Conversation, array, request_body
from agentbench.agent.replies import RawReply, json_object, parse_reply, server_message
from agentbench.agent.retries import ATTEMPTS, RetryableError, check_whole, refuse_trouble, retrying
from agentbench.agent.streams import assembled
from agentbench.agent.transport import Guard, Interrupted, InterruptibleTransport, guarded
from agentbench.errors import CancelledError, ModelRequestError, ServerDiedError
from agentbench.records import Sampling

CASE_HEADER = "X-Agentbench-Case"
_CONNECT_S = 10.0
_WRITE_S = 300.0
_NO_ROUTE = (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED)
_RENDERING = (
    "add_generation_prompt",
    "add_special_tokens",
    "chat_template",
    "chat_template_kwargs",
    "continue_final_message",
)
"""Fields of a chat request that change its tokens, and that ``/tokenize`` takes too; it refuses others."""

Messages = Conversation | Sequence[Mapping[str, Any]]


class DeadlineError(Exception):
    """The request's deadline passed before the reply came."""


class ChatClient:
    """Talks to one server. ``base_url`` ends in ``/v1``."""

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        timeout_s: float = 7200.0,
        extra_body: Mapping[str, Any] | None = None,
    ) -> None:
        """Connect lazily.

        Args:
            base_url: Ends in ``/v1``.
            model: The name that requests give.
            api_key: Sent as a bearer token.
            timeout_s: The longest silence of a server, a safety net only.
            extra_body: Further fields of every chat request, and of ``/tokenize`` as far as they change the tokens: so
                the ids that are looked at are those of the request that is sent.
        """
        self.base_url = base_url.rstrip("/")
        self.model = model
        self._extra_body = dict(extra_body or {})
        self._closed = threading.Event()
        self._tokenizes: bool | None = None
        """Whether the server has a ``/tokenize``; not known before the first answer."""
        headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        url = httpx.URL(self.base_url)
        self._http = httpx.Client(
            transport=InterruptibleTransport(tls=url.scheme == "https"),
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_S, write=_WRITE_S),
            trust_env=url.host not in ("127.0.0.1", "localhost", "::1"),
        )

    def __enter__(self) -> ChatClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; requests under way in other threads raise ServerDiedError."""
        self._closed.set()
        self._http.close()

    def complete(
        self,
        messages: Messages,
        tools: bytes | Sequence[Mapping[str, Any]],
        *,
        sampling: Sampling,
        max_tokens: int,
        seed: int | None = None,
        case_id: str = "",
        extra_body: Mapping[str, Any] | None = None,
        cancel: threading.Event | None = None,
        deadline: float | None = None,
    ) -> RawReply:
        """Ask for one reply.

        Args:
            messages: The conversation; a ``Conversation`` is not encoded again.
            tools: Offered tools, or their JSON array already encoded.
            sampling: Sent explicitly, so that nothing is left to the checkpoint.
            max_tokens: Output limit of this reply, in tokens.
            seed: Sampling seed; sent if ``sampling.seed``.
            case_id: Goes into the ``X-Agentbench-Case`` header.
            extra_body: Instead of the client's own.
            cancel: Ends the request with CancelledError.
            deadline: On the monotonic clock; ends the request with DeadlineError.

        Raises:
            ServerDiedError: No connection, no answer or still 5xx after all retries.
            ModelRequestError: Refused (4xx), or no chat completion.
            CancelledError, DeadlineError: As asked.

        """
        fields: dict[str, Any] = {
            "model": self.model,
            "max_tokens": max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
        }
        if sampling.top_k is not None:
            fields["top_k"] = sampling.top_k
        if sampling.seed and seed is not None:
            fields["seed"] = seed
        arrays = {"messages": array(messages)}
        encoded_tools = tools if isinstance(tools, bytes) else array(tools)
        if encoded_tools != b"[]":
            arrays["tools"] = encoded_tools
            fields["tool_choice"] = "auto"
        body = request_body({**fields, **self._extra(extra_body)}, **arrays)
        response, duration_s, attempts = self._send("/chat/completions", body, case_id, cancel, deadline)
        return parse_reply(json_object(response), duration_s, attempts)

    def send(
        self,
        fields: Mapping[str, Any],
        *,
        case_id: str = "",
        cancel: threading.Event | None = None,
        deadline: float | None = None,
    ) -> RawReply:
        """Send a chat request as it is, with the model's name put in, and nothing else added.

        A request with ``stream`` is answered as a stream and put together again, reasoning included.

        Raises:
            ServerDiedError, ModelRequestError, CancelledError, DeadlineError: as ``complete``.

        """
        body = request_body({**fields, "model": self.model})
        stream = bool(fields.get("stream"))
        response, duration_s, attempts = self._send(
            "/chat/completions", body, case_id, cancel, deadline, check=assembled if stream else None
        )
        return parse_reply(assembled(response) if stream else json_object(response), duration_s, attempts)

    def tokenize(
        self,
        messages: Messages,
        tools: bytes | Sequence[Mapping[str, Any]],
        *,
        extra_body: Mapping[str, Any] | None = None,
        cancel: threading.Event | None = None,
    ) -> list[int] | None:
        """Return the token ids of a request as the server renders it, or None if it has no ``/tokenize``.

        ``extra_body`` is instead of the client's own, as in ``complete``.

        Raises:
            ModelRequestError: The server has a ``/tokenize`` and refuses this request.
            ServerDiedError, CancelledError: As ``complete``.

        """
        arrays = {"messages": array(messages)}
        encoded_tools = tools if isinstance(tools, bytes) else array(tools)
        if encoded_tools != b"[]":
            arrays["tools"] = encoded_tools
        fields: dict[str, Any] = {"model": self.model, "add_generation_prompt": True}
        fields |= {name: value for name, value in self._extra(extra_body).items() if name in _RENDERING}
        return self._tokens(request_body(fields, **arrays), cancel)

    def tokenize_text(self, text: str) -> list[int] | None:
        """Return the token ids of a plain text, or None if the server has no ``/tokenize``."""
        fields = {"model": self.model, "prompt": text, "add_special_tokens": False}
        return self._tokens(request_body(fields), None)

    def _extra(self, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return self._extra_body if given is None else given

    def _tokens(self, body: bytes, cancel: threading.Event | None) -> list[int] | None:
        if self._tokenizes is False:
            return None
        response = self._post_tokenize(body, cancel)
        tokens = _token_list(response)
        if tokens is not None:
            self._tokenizes = True
            return tokens
        if not self._has_tokenize(response, cancel):
            return None
        raise ModelRequestError(
            f"{response.url} refused the request (HTTP {response.status_code}): {server_message(response)}"
        )

    def _has_tokenize(self, refusal: httpx.Response, cancel: threading.Event | None) -> bool:
        """Tell a server without the route from one that refuses a request; asked once, then remembered.

        Hosted services answer unknown routes with all kinds of 4xx, or with a page: so a word decides that no server
        with the route refuses.
        """
        if self._tokenizes is None:
            if refusal.status_code in _NO_ROUTE:
                self._tokenizes = False
            else:
                word = request_body({"model": self.model, "prompt": "word"})
                self._tokenizes = _token_list(self._post_tokenize(word, cancel)) is not None
        return self._tokenizes

    def _post_tokenize(self, body: bytes, cancel: threading.Event | None) -> httpx.Response:
        return self._send(f"{self.base_url.removesuffix('/v1')}/tokenize", body, "", cancel, None, refusable=True)[0]

    def _send(
        self,
        path: str,
        body: bytes,
        case_id: str,
        cancel: threading.Event | None,
        deadline: float | None,
        *,
        refusable: bool = False,
        check: Callable[[httpx.Response], object] | None = None,
    ) -> tuple[httpx.Response, float, int]:
        """Post with retries; return the response (a 4xx too if ``refusable``), its attempt's seconds, and all attempts.

        ``check`` raises BrokenStreamError for a 2xx that is not whole.
        """
        url = path if path.startswith("http") else self.base_url + path
        headers = {CASE_HEADER: quote(case_id, safe="/[]@#.:")} if case_id else {}
        guard = Guard([self._closed] if cancel is None else [self._closed, cancel], deadline)
        attempts = 0

        def attempt() -> tuple[httpx.Response, float]:
            nonlocal attempts
            attempts += 1
            if guard.stops:
                raise Interrupted
            start = time.monotonic()
            with guarded(guard):
                response = self._post_once(url, body, headers)
            check_whole(response, check)
            return response, time.monotonic() - start

        try:
            response, duration_s = retrying(cancel or self._closed)(attempt)
        except Interrupted:
            raise self._why_interrupted(guard, cancel) from None
        except RetryableError as error:
            if cancel is not None and cancel.is_set():
                raise CancelledError("the request was cancelled") from error
            if error.refused:
                raise ServerDiedError(f"no answer from {url} after {ATTEMPTS} attempts: {error}") from error
            raise ServerDiedError(f"{url} answered {error}, {ATTEMPTS} times") from error
        if response.status_code >= httpx.codes.BAD_REQUEST and not refusable:
            raise ModelRequestError(
                f"{url} refused the request (HTTP {response.status_code}): {server_message(response)}"
            )
        return response, duration_s, attempts

    def _post_once(self, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        try:
            response = self._http.post(url, content=body, headers=headers)
        except httpx.TransportError as error:
            raise RetryableError(f"{type(error).__name__}: {error}", refused=True) from error
        except (RuntimeError, OSError) as error:
            # another thread closed the client, and with it the socket that this one was using
            if self._closed.is_set():
                raise Interrupted from error
            raise
        refuse_trouble(response)
        return response

    def _why_interrupted(self, guard: Guard, cancel: threading.Event | None) -> Exception:
        if cancel is not None and cancel.is_set():
            return CancelledError("the request was cancelled")
        if guard.late:
            return DeadlineError("the deadline passed before the reply came")
        return ServerDiedError("the client was closed while the request was under way")


def _token_list(response: httpx.Response) -> list[int] | None:
    """Return the ids that a ``/tokenize`` answered, or None if this is no such answer."""
    if response.status_code != httpx.codes.OK:
        return None
    try:
        answer = response.json()
    except ValueError:
        return None
    tokens = answer.get("tokens") if isinstance(answer, dict) else None
    return tokens if isinstance(tokens, list) else None
