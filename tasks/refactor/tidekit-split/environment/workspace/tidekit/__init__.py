"""Public names of tidekit."""

from tidekit.util import despike, from_metres, gaps, rolling_mean, to_datum, to_metres

__all__ = ["despike", "from_metres", "gaps", "rolling_mean", "to_datum", "to_metres"]
