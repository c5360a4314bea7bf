"""Quotes the parcels on standard input."""

import json
import sys

from parcels.model import Parcel, Refused
from parcels.quote import quote

for line in sys.stdin:
    row = json.loads(line)
    try:
        print(quote(Parcel(row["grams"], tuple(row["sides_mm"]), row["postcode"])))
    except Refused as error:
        print(f"error: {error}")
