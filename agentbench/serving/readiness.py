"""Is the server ready? Health, the model listed, one completion, and one request with tools answered well-formed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from agentbench.errors import ServerBootError, did_you_mean
from agentbench.records import Preflight

_PROBE_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Name of the city."}},
            "required": ["city"],
        },
    },
}
_PROBE_MESSAGES = [{"role": "user", "content": "What is the weather in Oslo? Call the get_weather tool."}]
_FINISH_REASONS = ("stop", "length", "tool_calls", "function_call", "content_filter", "abort", "repetition")


class Api:
    """The few requests that serving makes itself. Thread-safe."""

    def __init__(self, base_url: str, api_key: str | None = None) -> None:
        """Speak to the server at ``base_url`` (ends in ``/v1``)."""
        self.base_url = base_url
        self.root = base_url.removesuffix("/v1")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # A proxy from the environment has no business between the runner and its own server.
        local = httpx.URL(base_url).host in ("127.0.0.1", "localhost", "::1")
        self._http = httpx.Client(headers=headers, timeout=httpx.Timeout(10.0), trust_env=not local)

    def get(self, path: str, timeout_s: float = 5.0) -> httpx.Response | None:
        """Return the answer to a GET below the root, or None if there was none."""
        try:
            return self._http.get(self.root + path, timeout=timeout_s)
        except (httpx.HTTPError, RuntimeError):  # the latter if another thread closed the client just now
            return None

    def post(self, path: str, body: Mapping[str, Any], timeout_s: float) -> httpx.Response:
        """Return the answer to a POST below the root. Raises httpx.HTTPError."""
        return self._http.post(self.root + path, json=body, timeout=timeout_s)

    def healthy(self) -> bool:
        """Whether ``/health`` answers 200; a server without that route is asked for its models."""
        answer = self.get("/health")
        if answer is not None and answer.status_code in (404, 405):
            answer = self.get("/v1/models")
        return answer is not None and answer.status_code == 200

    def version(self) -> str | None:
        """Return what ``/version`` says, where there is such a route."""
        answer = self.get("/version")
        if answer is None or answer.status_code != 200:
            return None
        body = _json(answer)
        version = body.get("version") if isinstance(body, dict) else None
        return version if isinstance(version, str) else None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def find_model(api: Api, wanted: str | None, *, where: str) -> tuple[str, int | None]:
    """Return the served model's name and its window in tokens, if told.

    Args:
        api: The server.
        wanted: The name that must be listed; by default the only one that is.
        where: Start of messages.

    Raises:
        ServerBootError: if the list is refused, empty or without ``wanted``, or leaves a choice that nobody made.
    """
    answer = api.get("/v1/models", timeout_s=30)
    if answer is None:
        raise ServerBootError(
            f"{where}: {api.base_url}/models does not answer; is the server up, and is the URL right?"
        )
    _refuse_unauthorised(answer, where)
    if answer.status_code in (404, 405, 501) and wanted:
        return wanted, None  # some hosted services list no models; the completion below will tell
    body = _json(answer)
    listed = body.get("data") if isinstance(body, dict) else None
    if answer.status_code != 200 or not isinstance(listed, list):
        raise ServerBootError(
            f"{where}: {api.base_url}/models answered {answer.status_code} and no list of models; expected an "
            "OpenAI-compatible server"
        )
    models = {str(model["id"]): model for model in listed if isinstance(model, dict) and "id" in model}
    if not models:
        raise ServerBootError(f"{where}: {api.base_url}/models lists no model")
    if not wanted and len(models) > 1:
        raise ServerBootError(
            f"{where}: the server at {api.base_url} lists {len(models)} models and nothing says which is meant: "
            f'{_some(models)}; declare a profile for it that does: kind = "endpoint", url = "{api.base_url}", '
            f'served_name = "{next(iter(models))}"'
        )
    name = wanted or next(iter(models))
    if name not in models:
        raise ServerBootError(
            f"{where}: the server at {api.base_url} does not serve '{name}'{did_you_mean(name, models)}"
        )
    window = models[name].get("max_model_len")
    return name, window if isinstance(window, int) else None


def preflight(
    api: Api, model: str, *, max_tokens: int, timeout_s: float, extra_body: Mapping[str, Any], where: str
) -> Preflight:
    """Send one completion and one request with tools; the answers must be well-formed, not clever.

    Raises:
        ServerBootError: if either is refused, late or malformed.
    """
    request = {"model": model, "messages": _PROBE_MESSAGES, "temperature": 0.0, **extra_body}
    _chat(api, {**request, "max_tokens": 4}, timeout_s, f"{where}: a completion")
    with_tools = {**request, "tools": [_PROBE_TOOL], "tool_choice": "auto", "max_tokens": max_tokens}
    message = _chat(api, with_tools, timeout_s, f"{where}: a request with tools")
    called = bool(message.get("tool_calls"))
    tokenize = _tokenizes(api, {"model": model, "messages": _PROBE_MESSAGES, "tools": [_PROBE_TOOL], **extra_body})
    notes = []
    if not called:
        notes.append("asked to call a tool, the model wrote prose")
    if not tokenize:
        notes.append("the server has no /tokenize: the chat template is not verified")
    return Preflight(
        completion_ok=True, tools_ok=True, tool_call=called, tokenize=tokenize, detail="; ".join(notes) or None
    )


def _some(names: Iterable[str], limit: int = 12) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more


def _chat(api: Api, body: Mapping[str, Any], timeout_s: float, what: str) -> dict[str, Any]:
    """Return the message of a well-formed answer."""
    try:
        answer = api.post("/v1/chat/completions", body, timeout_s)
    except httpx.TimeoutException as error:
        raise ServerBootError(f"{what} was not answered within {timeout_s:.0f} s") from error
    except httpx.HTTPError as error:
        raise ServerBootError(f"{what} failed: {error or type(error).__name__}") from error
    _refuse_unauthorised(answer, what)
    if answer.status_code != 200:
        raise ServerBootError(f"{what} was refused with {answer.status_code}: {_error_text(answer)}")
    payload = _json(answer)
    try:
        choice = payload["choices"][0]
        message = choice["message"]
        fault = _fault(choice, message)
    except (KeyError, IndexError, TypeError, AttributeError):
        fault = "there is no choices[0].message"
    if fault:
        raise ServerBootError(f"{what} was answered in no OpenAI form: {fault}: {answer.text[:200]}")
    return dict(message)


def _fault(choice: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
    if message.get("role") != "assistant":
        return "the role is not 'assistant'"
    if not isinstance(message.get("content"), str | None):
        return "the content is no text"
    if choice.get("finish_reason") not in _FINISH_REASONS:
        return f"finish_reason is {choice.get('finish_reason')!r}"
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        return "tool_calls is no list"
    for call in calls or []:
        function = call.get("function", {})
        if not isinstance(function.get("name"), str) or not isinstance(function.get("arguments"), str):
            return "a tool call has no function name or its arguments are no text"
    return None


def _tokenizes(api: Api, body: Mapping[str, Any]) -> bool:
    try:
        answer = api.post("/tokenize", body, 60)
    except httpx.HTTPError:
        return False
    payload = _json(answer) if answer.status_code == 200 else None
    return isinstance(payload, dict) and isinstance(payload.get("tokens"), list)


def _refuse_unauthorised(answer: httpx.Response, where: str) -> None:
    if answer.status_code in (401, 403):
        raise ServerBootError(f"{where}: the server refused the API key ({answer.status_code}): {_error_text(answer)}")


def _error_text(answer: httpx.Response) -> str:
    body = _json(answer)
    if isinstance(body, dict):
        error = body.get("error", body)
        message = error.get("message") if isinstance(error, dict) else error
        if isinstance(message, str):
            return " ".join(message.split())[:300]
    return " ".join(answer.text.split())[:300] or "no text"


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
