"""What we publish."""

import json
import pathlib
from typing import Any

from vendor import envelope2

PROFILE = json.loads((pathlib.Path(__file__).parent / "profile.json").read_text(encoding="utf-8"))
COUNTRIES = {"AT": "AUT", "BE": "BEL", "CH": "CHE", "DE": "DEU", "NL": "NLD"}


def shipment_sent(record: dict[str, Any], now: int) -> dict[str, Any]:
    """Return the event for a parcel that has just been handed over; now is in seconds since 1970."""
    body = {
        "orderRef": record["order"],
        "shipperRef": record["own"],
        "trackingId": record["tracking"],
        "grams": record["grams"],
        "size": dict(zip(("lengthMm", "widthMm", "heightMm"), record["millimetres"])),
        "value": {"minor": record["cents"], "currency": "EUR"},
        "eta": record["eta"],
        "destination": COUNTRIES[record["country"]],
        "status": "accepted",
    }
    return seal(body, PROFILE["tenant"], now)


def seal(body: dict[str, Any], tenant: str, sent_s: int) -> dict[str, Any]:
    return envelope2.seal(
        body,
        kind="shipment",
        source=PROFILE["source"],
        schema=PROFILE["schema"],
        tenant=tenant,
        time_ms=sent_s * 1000,
        ttl_minutes=PROFILE["ttlMinutes"],
    )
