"""Quotes the freight of a parcel from the tariffs."""

import pathlib
import sys
import tomllib
from decimal import ROUND_HALF_UP, Decimal

TARIFFS = pathlib.Path(__file__).parent / "tariffs.toml"


def load() -> dict:
    tariffs = tomllib.loads(TARIFFS.read_text(encoding="utf-8"), parse_float=Decimal)
    for name, zone in tariffs["zones"].items():
        for key in ("base_ct", "kilo_ct", "clearance_ct"):
            if type(zone.get(key, 0)) is not int:
                raise SystemExit(f"zones.{name}.{key}: a whole number of cent was expected")
    return tariffs


def quote(tariffs: dict, country: str, grams: int) -> dict[str, int]:
    if grams > tariffs["max_grams"]:
        raise SystemExit(f"{grams} g: too heavy")
    for zone in tariffs["zones"].values():
        if country in zone["countries"]:
            kilos = -(-grams // 1000)
            freight = zone["base_ct"] + kilos * zone["kilo_ct"]
            fuel = Decimal(freight) * Decimal(tariffs["fuel_percent"]) / 100
            return {
                "freight": freight,
                "fuel": int(fuel.quantize(Decimal(1), ROUND_HALF_UP)),
                "clearance": zone.get("clearance_ct", 0),
            }
    raise SystemExit(f"{country}: in no zone")


if __name__ == "__main__":
    parts = quote(load(), sys.argv[1], int(sys.argv[2]))
    print(sum(parts.values()), *(f"{name}={amount}" for name, amount in parts.items()))
