"""What is quoted."""

from dataclasses import dataclass


class Refused(Exception):
    """The parcel is not carried; the message says why."""


@dataclass(frozen=True)
class Parcel:
    grams: int
    sides_mm: tuple[int, int, int]
    postcode: str
