"""Series of readings."""

from tidekit.settings import LONGEST_GAP_S, SPIKE_LIMIT_MM

Reading = tuple[int, int]


def despike(readings: list[Reading], limit_mm: int = SPIKE_LIMIT_MM) -> list[Reading]:
    """Drop readings that jump by more than the limit from the last one kept."""
    kept: list[Reading] = []
    for second, level in readings:
        if not kept or abs(level - kept[-1][1]) <= limit_mm:
            kept.append((second, level))
    return kept


def gaps(readings: list[Reading], longest_s: int = LONGEST_GAP_S) -> list[tuple[int, int]]:
    """Return the stretches longer than the longest gap that is no hole."""
    times = [second for second, _ in readings]
    return [(a, b) for a, b in zip(times, times[1:]) if b - a > longest_s]


def rolling_mean(readings: list[Reading], width: int) -> list[float]:
    levels = [level for _, level in readings]
    return [sum(levels[i : i + width]) / width for i in range(len(levels) - width + 1)]
