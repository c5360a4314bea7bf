"""Monthly figures for the almanac."""

from tidekit.util import Reading, rolling_mean, to_datum, to_metres


def highest(readings: list[Reading], width: int = 3) -> float:
    """Return the highest smoothed level above chart zero, in metres."""
    return max(to_metres(to_datum(round(level))) for level in rolling_mean(readings, width))
