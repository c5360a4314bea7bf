"""What the hotline sees."""

from typing import Any

from vendor import envelope1

STATUS = {1: "announced", 2: "handed over", 3: "in transit", 9: "lost"}


def describe(event: dict[str, Any]) -> str:
    body = envelope1.unpack(event)
    volume = 1.0
    for centimetres in body["size_cm"]:
        volume *= centimetres / 10
    status = STATUS[body["status"]]
    return f"{body['tracking']} to {body['to']}: {body['kg']:.3f} kg, {volume:.1f} l, {body['value']} EUR, {status}"
