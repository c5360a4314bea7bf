"""fetchkit 3.1"""

from dataclasses import dataclass, field
from urllib.parse import urlencode


class HttpError(Exception):
    def __init__(self, response):
        super().__init__(f"status {response.status}")
        self.response = response


class RedirectRefused(HttpError):
    pass


@dataclass(frozen=True)
class Timeouts:
    connect: float = 5.0
    read: int = 30_000

    def __post_init__(self):
        if not 0 < self.connect <= 60:
            raise ValueError(f"connect = {self.connect}: seconds, at most 60")
        if type(self.read) is not int or self.read < 1000:
            raise ValueError(f"read = {self.read}: whole milliseconds, at least 1000")


@dataclass(frozen=True)
class Retry:
    attempts: int = 1
    backoff: int = 1000
    statuses: tuple[int, ...] = (503,)


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: dict[str, str]
    body: str | None
    timeouts: Timeouts
    per_host: int
    wait_ms: int
    """How long the transport waits before it sends."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""


def network(request: Request) -> Response:
    raise OSError("no network in this build")


class Client:
    def __init__(self, base_url, *, timeouts=Timeouts(), retry=Retry(), per_host=8, user_agent="fetchkit",
                 headers=None, follow_redirects=False, raise_for_status=True, transport=network):
        self.base_url, self.timeouts, self.retry, self.per_host = base_url, timeouts, retry, per_host
        self.headers = {"User-Agent": user_agent, **(headers or {})}
        self.follow_redirects, self.raise_for_status, self.transport = follow_redirects, raise_for_status, transport

    def get(self, path, *, query=None):
        text = "?" + urlencode(query) if query else ""
        return self._call("GET", f"{self.base_url}/{path}{text}", self.headers, None)

    def post(self, path, content_type, body):
        return self._call("POST", f"{self.base_url}/{path}", {**self.headers, "Content-Type": content_type}, body)

    def _call(self, method, url, headers, body):
        for attempt in range(self.retry.attempts):
            wait_ms = self.retry.backoff * attempt
            response = self._once(method, url, headers, body, wait_ms)
            while response.status in (301, 302, 307, 308):
                if not self.follow_redirects:
                    raise RedirectRefused(response)
                response = self._once(method, response.headers["Location"], headers, body, 0)
            if response.status not in self.retry.statuses:
                break
        if self.raise_for_status and response.status >= 400:
            raise HttpError(response)
        return response

    def _once(self, method, url, headers, body, wait_ms):
        return self.transport(Request(method, url, headers, body, self.timeouts, self.per_host, wait_ms))
