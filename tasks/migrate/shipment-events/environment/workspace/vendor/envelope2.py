"""Message format 2. Nothing is sealed or opened that does not fit the schema."""

from typing import Any

SCHEMA = {
    "orderRef": str,
    "shipperRef": str,
    "trackingId": str,
    "grams": int,
    "size": {"lengthMm": int, "widthMm": int, "heightMm": int},
    "value": {"minor": int, "currency": str},
    "eta": int,
    "destination": str,
    "status": ("announced", "accepted", "moving", "lost"),
}
HEADER = {"format": int, "kind": str, "source": str, "schema": str, "tenant": str, "timeMs": int, "ttlMinutes": int}


class SchemaError(ValueError):
    """What does not fit, by its path."""


def seal(body: dict[str, Any], *, kind: str, source: str, schema: str, tenant: str, time_ms: int, ttl_minutes: int):
    header = {"format": 2, "kind": kind, "source": source, "schema": schema, "tenant": tenant}
    message = {**header, "timeMs": time_ms, "ttlMinutes": ttl_minutes, "body": body}
    validate(message)
    return message


def open_body(message: dict[str, Any]) -> dict[str, Any]:
    validate(message)
    return message["body"]


def validate(message: dict[str, Any]) -> None:
    _fits(message, {**HEADER, "body": SCHEMA}, "message")
    if message["format"] != 2:
        raise SchemaError(f"message.format: {message['format']}")
    if len(message["body"]["destination"]) != 3:
        raise SchemaError(f"message.body.destination: {message['body']['destination']}")
    if message["timeMs"] < 100_000_000_000:
        raise SchemaError(f"message.timeMs: {message['timeMs']} is in seconds")
    if message["body"]["eta"] >= 100_000_000_000:
        raise SchemaError(f"message.body.eta: {message['body']['eta']} is in milliseconds")


def _fits(value: Any, schema: Any, path: str) -> None:
    if isinstance(schema, dict):
        if not isinstance(value, dict) or set(value) != set(schema):
            raise SchemaError(f"{path}: keys {sorted(schema)} were expected")
        for key, inner in schema.items():
            _fits(value[key], inner, f"{path}.{key}")
    elif isinstance(schema, tuple):
        if value not in schema:
            raise SchemaError(f"{path}: {value!r} is none of {schema}")
    elif type(value) is not schema:
        raise SchemaError(f"{path}: {value!r} is no {schema.__name__}")
