"""Signed page cursors; see docs/cursor.md."""

import base64
import hmac
import json

from listing import settings


class CursorError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def issue(after: str, secret: bytes, now: int) -> str:
    text = json.dumps({"a": after, "k": settings.KEY_ID, "t": now}, separators=(",", ":"))
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{body}.{_tag(body, secret)}"


def resume(cursor: str, secret: bytes, now: int) -> str:
    body, _, tag = cursor.partition(".")
    if not body or not tag or "." in tag:
        raise CursorError(settings.CODE_MALFORMED)
    if not hmac.compare_digest(tag.encode(), _tag(body, secret).encode()):
        raise CursorError(settings.CODE_SIGNATURE)
    fields = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if fields["k"] != settings.KEY_ID:
        raise CursorError(settings.CODE_SIGNATURE)
    if not -settings.SKEW_S <= now - fields["t"] <= settings.MAX_AGE_S:
        raise CursorError(settings.CODE_EXPIRED)
    return fields["a"]


def _tag(body: str, secret: bytes) -> str:
    return hmac.new(secret, body.encode(), "sha512").hexdigest()[: settings.TAG_CHARS]
