"""What the hotline sees."""

import math
from typing import Any

from events.produce import COUNTRIES
from vendor import envelope2

STATUS = {"announced": "announced", "accepted": "handed over", "moving": "in transit", "lost": "lost"}
SHORT = {long: short for short, long in COUNTRIES.items()}


def describe(event: dict[str, Any]) -> str:
    body = envelope2.open_body(event)
    volume = math.prod(length / 100 for length in body["size"].values())
    value = f"{body['value']['minor'] / 100:.2f} {body['value']['currency']}"
    to = f"{body['trackingId']} to {SHORT[body['destination']]}"
    return f"{to}: {body['grams'] / 1000:.3f} kg, {volume:.1f} l, {value}, {STATUS[body['status']]}"
