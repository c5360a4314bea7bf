"""The carrier's tariff, as delivered."""

import math

from freight.settings import INSURANCE_CENTS

ZONES = {"DE": 1, "FR": 2, "PL": 2, "PT": 3}
calls = 0


def lookup(request: dict) -> int:
    global calls
    calls += 1
    steps = math.ceil(request["kg"] / 5)
    cents = steps * (310 + 90 * ZONES[request["origin"]] + 140 * ZONES[request["target"]])
    if request["service"] == "express":
        cents *= 2
    if request.get("insured"):
        cents += INSURANCE_CENTS
    return cents
