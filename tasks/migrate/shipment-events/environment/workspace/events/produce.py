"""What we publish."""

from typing import Any

from vendor import envelope1


def shipment_sent(record: dict[str, Any], now: int) -> dict[str, Any]:
    """Return the event for a parcel that has just been handed over; now is in seconds since 1970."""
    body = {
        "ref": record["order"],
        "sender_ref": record["own"],
        "tracking": record["tracking"],
        "kg": record["grams"] / 1000,
        "size_cm": [length / 10 for length in record["millimetres"]],
        "value": f"{record['cents'] / 100:.2f}",
        "eta": record["eta"],
        "to": record["country"],
        "status": 2,
    }
    return envelope1.pack("shipment", body, now)
