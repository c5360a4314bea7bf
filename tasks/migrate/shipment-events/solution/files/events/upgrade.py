"""Upgrades stored messages: format 1 on standard input, format 2 on standard output."""

import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

from events.produce import COUNTRIES, PROFILE, seal

WORDS = {1: "announced", 2: "accepted", 3: "moving", 9: "lost"}
FIRST = dt.datetime.fromisoformat(PROFILE["replayFrom"]).replace(tzinfo=dt.timezone.utc).timestamp()


def upgrade(message: dict[str, Any]) -> dict[str, Any]:
    old = message["body"]
    length, width, height = (round(centimetres * 10) for centimetres in old["size_cm"])
    body = {
        "orderRef": old["ref"],
        "shipperRef": old["sender_ref"],
        "trackingId": old["tracking"],
        "grams": round(old["kg"] * 1000),
        "size": {"lengthMm": length, "widthMm": width, "heightMm": height},
        "value": {"minor": int(Decimal(old["value"]) * 100), "currency": "EUR"},
        "eta": old["eta"],
        "destination": COUNTRIES[old["to"]],
        "status": WORDS[old["status"]],
    }
    return seal(body, PROFILE["legacyTenant"], message["sent"])


def main() -> None:
    for line in filter(str.strip, sys.stdin):
        message = json.loads(line)
        if message.get("format") == 2:
            print(json.dumps(message))
        elif message["sent"] >= FIRST:
            print(json.dumps(upgrade(message)))


if __name__ == "__main__":
    main()
