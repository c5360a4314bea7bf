"""When a request is made again, and after how long: connection errors, 5xx, 429, and streams that break off."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import tenacity

from agentbench.agent.replies import server_message
from agentbench.agent.streams import BrokenStreamError

ATTEMPTS = 6
LONGEST_WAIT_S = 60.0
"""Longest ``Retry-After`` that is obeyed."""

_backoff = tenacity.wait_exponential(multiplier=0.2, max=5) + tenacity.wait_random(0, 0.5)


class RetryableError(Exception):
    """An attempt that another one may mend."""

    def __init__(self, message: str, *, refused: bool, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.refused = refused
        """No answer at all, rather than a 5xx."""
        self.after_s = after_s
        """How long the server asks to wait."""


def retrying(stop: threading.Event) -> tenacity.Retrying:
    """Return what calls a function until it raises no RetryableError; ``stop`` cuts its waiting short."""
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_wait,
        retry=tenacity.retry_if_exception_type(RetryableError),
        sleep=_sleeper(stop),
        reraise=True,
    )


def refuse_trouble(response: httpx.Response) -> None:
    """Raise RetryableError for an answer that says "not now"."""
    status = response.status_code
    busy = status == httpx.codes.TOO_MANY_REQUESTS
    if busy or (response.is_server_error and status != httpx.codes.NOT_IMPLEMENTED):
        raise RetryableError(f"HTTP {status}: {server_message(response)}", refused=False, after_s=_asked_wait(response))


def check_whole(response: httpx.Response, check: Callable[[httpx.Response], object] | None) -> None:
    """Raise RetryableError for a 2xx of which ``check`` says that it is not whole."""
    if check is None or not response.is_success:
        return
    try:
        check(response)
    except BrokenStreamError as error:
        raise RetryableError(f"a stream that broke off: {error}", refused=False) from error


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds before the next attempt: growing ones, or those that the server asks for."""
    error = state.outcome.exception() if state.outcome else None
    return max(_backoff(state), error.after_s if isinstance(error, RetryableError) else 0.0)


def _asked_wait(response: httpx.Response) -> float:
    """Return ``Retry-After`` in seconds, within reason; 0 if there is none or it is a date."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), LONGEST_WAIT_S) if text.replace(".", "", 1).isdecimal() else 0.0


def _sleeper(stop: threading.Event) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    return sleep
