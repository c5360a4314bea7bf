"""The base of all records, and the one canonical JSON form that digests and files use."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value with a JSON Schema. Unknown keys are refused, so that a typo is never silently dropped."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64", serialize_by_alias=True
    )


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys, no spaces, no NaN and non-ASCII kept: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: bytes | str | Any) -> str:
    """Return the SHA-256 hex digest of bytes, of a text's UTF-8, or of a value's canonical JSON."""
    if isinstance(value, str):
        value = value.encode()
    elif not isinstance(value, bytes):
        value = canonical_json(value).encode()
    return hashlib.sha256(value).hexdigest()
