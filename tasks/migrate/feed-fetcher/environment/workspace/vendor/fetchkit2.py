"""fetchkit 2.9"""

from urllib.parse import urlencode

RETRIED = (502, 503, 504)


def network(method, url, headers, body):
    raise OSError("no network in this build")


class Session:
    def __init__(self, base, timeout=(5, 30), retries=2, backoff=1, pool=10, agent="fetchkit", transport=network):
        self.base, self.timeout, self.retries, self.backoff, self.pool = base, timeout, retries, backoff, pool
        self.headers = {"User-Agent": agent}
        self.transport = transport

    def fetch(self, path, params=None):
        query = "?" + urlencode(params) if params else ""
        return self._call("GET", f"{self.base}/{path}{query}", self.headers, None)

    def send(self, path, body, content_type):
        return self._call("POST", f"{self.base}/{path}", {**self.headers, "Content-Type": content_type}, body)

    def _call(self, method, url, headers, body):
        for left in range(self.retries, -1, -1):
            status, answer_headers, text = self.transport(method, url, headers, body)
            while status in (301, 302, 307, 308):
                url = answer_headers["Location"]
                status, answer_headers, text = self.transport(method, url, headers, body)
            if status not in RETRIED or left == 0:
                return status, text
