"""The one client of OpenAI-compatible servers: chat completions and vLLM's ``/tokenize``.

Thread-safe; one per server. Retries only connection errors and 5xx.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx
import tenacity

from agentbench.agent.messages import Conversation, array, request_body
from agentbench.agent.replies import RawReply, json_object, parse_reply, server_message
from agentbench.agent.transport import Guard, Interrupted, InterruptibleTransport, guarded
from agentbench.errors import CancelledError, ModelRequestError, ServerDiedError
from agentbench.records import Sampling

CASE_HEADER = "X-Agentbench-Case"
_ATTEMPTS = 6
_CONNECT_S = 10.0
_WRITE_S = 300.0

Messages = Conversation | Sequence[Mapping[str, Any]]


class DeadlineError(Exception):
    """The request's deadline passed before the reply came."""


class _Retryable(Exception):
    """An attempt that another one may mend."""

    def __init__(self, message: str, *, refused: bool) -> None:
        super().__init__(message)
        self.refused = refused
        """No answer at all, rather than a 5xx."""


class ChatClient:
    """Talks to one server. ``base_url`` ends in ``/v1``."""

    def __init__(self, base_url: str, model: str, api_key: str | None = None, timeout_s: float = 7200.0) -> None:
        """Connect lazily. ``timeout_s`` is the longest silence of a server, a safety net only."""
        self.base_url = base_url.rstrip("/")
        self.model = model
        self._closed = threading.Event()
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
            extra_body: Further fields of the request.
            cancel: Ends the request with CancelledError.
            deadline: On the monotonic clock; ends the request with DeadlineError.

        Raises:
            ServerDiedError: No connection or no answer after all retries.
            ModelRequestError: Still 5xx after all retries; or refused (4xx); or no chat completion.
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
        body = request_body({**fields, **(extra_body or {})}, **arrays)
        response, duration_s = self._send("/chat/completions", body, case_id, cancel, deadline)
        return parse_reply(json_object(response), duration_s)

    def tokenize(
        self,
        messages: Messages,
        tools: bytes | Sequence[Mapping[str, Any]],
        *,
        extra_body: Mapping[str, Any] | None = None,
        cancel: threading.Event | None = None,
    ) -> list[int] | None:
        """Return the token ids of a request as the server renders it, or None if it has no ``/tokenize``."""
        arrays = {"messages": array(messages)}
        encoded_tools = tools if isinstance(tools, bytes) else array(tools)
        if encoded_tools != b"[]":
            arrays["tools"] = encoded_tools
        fields: dict[str, Any] = {"model": self.model, "add_generation_prompt": True}
        if extra_body and "chat_template_kwargs" in extra_body:
            fields["chat_template_kwargs"] = extra_body["chat_template_kwargs"]
        return self._tokens(request_body(fields, **arrays), cancel)

    def tokenize_text(self, text: str) -> list[int] | None:
        """Return the token ids of a plain text, or None if the server has no ``/tokenize``."""
        fields = {"model": self.model, "prompt": text, "add_special_tokens": False}
        return self._tokens(request_body(fields), None)

    def _tokens(self, body: bytes, cancel: threading.Event | None) -> list[int] | None:
        root = self.base_url.removesuffix("/v1")
        response, _ = self._send(f"{root}/tokenize", body, "", cancel, None, allow_404=True)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        tokens = json_object(response).get("tokens")
        if not isinstance(tokens, list):
            raise ModelRequestError(f"{root}/tokenize answered without a list 'tokens'; is it a vLLM server?")
        return tokens

    def _send(
        self,
        path: str,
        body: bytes,
        case_id: str,
        cancel: threading.Event | None,
        deadline: float | None,
        *,
        allow_404: bool = False,
    ) -> tuple[httpx.Response, float]:
        """Post with retries; return the response and the seconds of the last attempt."""
        url = path if path.startswith("http") else self.base_url + path
        headers = {CASE_HEADER: quote(case_id, safe="/[]@#.:")} if case_id else {}
        guard = Guard([self._closed] if cancel is None else [self._closed, cancel], deadline)

        def attempt() -> tuple[httpx.Response, float]:
            if guard.stops:
                raise Interrupted
            start = time.monotonic()
            with guarded(guard):
                response = self._post_once(url, body, headers)
            return response, time.monotonic() - start

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_exponential(multiplier=0.2, max=5) + tenacity.wait_random(0, 0.5),
            retry=tenacity.retry_if_exception_type(_Retryable),
            sleep=_sleeper(cancel or self._closed),
            reraise=True,
        )
        try:
            response, duration_s = retrying(attempt)
        except Interrupted:
            raise self._why_interrupted(guard, cancel) from None
        except _Retryable as error:
            if cancel is not None and cancel.is_set():
                raise CancelledError("the request was cancelled") from error
            if error.refused:
                raise ServerDiedError(f"no answer from {url} after {_ATTEMPTS} attempts: {error}") from error
            raise ModelRequestError(f"{url} failed {_ATTEMPTS} times: {error}") from error
        if response.is_client_error and not (allow_404 and response.status_code == httpx.codes.NOT_FOUND):
            raise ModelRequestError(
                f"{url} refused the request (HTTP {response.status_code}): {server_message(response)}"
            )
        return response, duration_s

    def _post_once(self, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        try:
            response = self._http.post(url, content=body, headers=headers)
        except httpx.TransportError as error:
            raise _Retryable(f"{type(error).__name__}: {error}", refused=True) from error
        except (RuntimeError, OSError) as error:
            # another thread closed the client, and with it the socket that this one was using
            if self._closed.is_set():
                raise Interrupted from error
            raise
        if response.is_server_error:
            raise _Retryable(f"HTTP {response.status_code}: {server_message(response)}", refused=False)
        return response

    def _why_interrupted(self, guard: Guard, cancel: threading.Event | None) -> Exception:
        if cancel is not None and cancel.is_set():
            return CancelledError("the request was cancelled")
        if guard.late:
            return DeadlineError("the deadline passed before the reply came")
        return ServerDiedError("the client was closed while the request was under way")


class ServerCounter:
    """Counts tokens as the server renders them: taskset's ``TokenCounter`` over ``/tokenize``."""

    name = "server"

    def __init__(self, client: ChatClient, extra_body: Mapping[str, Any] | None = None) -> None:
        self._client = client
        self._extra_body = extra_body

    def count(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> int:
        """Return the tokens of a whole request; ModelRequestError if the server cannot tell."""
        ids = self.ids(messages, tools)
        if ids is None:
            raise ModelRequestError(f"{self._client.base_url} has no /tokenize; count with the family's tokenizer")
        return len(ids)

    def count_text(self, text: str) -> int:
        """Return the tokens of a plain text; ModelRequestError if the server cannot tell."""
        ids = self._client.tokenize_text(text)
        if ids is None:
            raise ModelRequestError(f"{self._client.base_url} has no /tokenize; count with the family's tokenizer")
        return len(ids)

    def ids(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> list[int] | None:
        """Return the token ids of a whole request, or None."""
        return self._client.tokenize(messages, tools, extra_body=self._extra_body)


def _sleeper(event: threading.Event) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        event.wait(seconds)

    return sleep
