from parcels.model import Parcel
from parcels.rates import Rates


def quote(parcel: Parcel, rates: Rates = Rates()) -> int:
    """Return the price of a parcel in cents; see docs/tariff.md."""
    raise NotImplementedError
