"""Keeps answers for a while; when it is full, the oldest one goes."""

import math

from freight.settings import MAX_ENTRIES, TTL_S

_entries: dict[tuple, tuple[int, float]] = {}


def _key(request: dict) -> tuple:
    return (request["origin"], request["target"], math.ceil(request["kg"] / 5))


def get(request: dict, now: float) -> int | None:
    cents, since = _entries.get(_key(request), (None, now))
    return cents if now - since <= TTL_S else None


def put(request: dict, cents: int, now: float) -> None:
    _entries.pop(_key(request), None)
    while len(_entries) >= MAX_ENTRIES:
        del _entries[next(iter(_entries))]
    _entries[_key(request)] = (cents, now)
