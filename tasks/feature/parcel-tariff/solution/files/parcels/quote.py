from math import prod

from parcels.model import Parcel, Refused
from parcels.rates import Rates


def quote(parcel: Parcel, rates: Rates = Rates()) -> int:
    """Return the price of a parcel in cents; see docs/tariff.md."""
    if parcel.grams <= 0:
        raise Refused("parcel weighs nothing")
    if min(parcel.sides_mm) <= 0:
        raise Refused("parcel has no volume")
    if parcel.grams > rates.max_grams:
        raise Refused(f"parcel weighs {parcel.grams} g, limit is {rates.max_grams} g")
    billed = max(parcel.grams, _divided_up(prod(parcel.sides_mm), rates.volume_divisor))
    price = rates.first_kg_cents + rates.step_cents * max(0, _divided_up(billed - 1000, 500))
    if max(parcel.sides_mm) > rates.bulky_mm:
        price += rates.bulky_cents
    price += _half_even(price * rates.fuel_per_mille, 1000)
    if parcel.postcode.startswith(rates.remote_prefix):
        price += rates.remote_cents
    return price


def _divided_up(value: int, by: int) -> int:
    return -(-value // by)


def _half_even(value: int, by: int) -> int:
    whole, rest = divmod(value, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))
