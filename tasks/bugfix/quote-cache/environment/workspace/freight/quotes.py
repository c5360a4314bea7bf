import time

from freight import cache, tariff


def quote(request: dict, now: float | None = None) -> int:
    """Return the price in cents, from the cache where it is fresh enough."""
    now = time.time() if now is None else now
    cents = cache.get(request, now)
    if cents is None:
        cents = tariff.lookup(request)
        cache.put(request, cents, now)
    return cents
