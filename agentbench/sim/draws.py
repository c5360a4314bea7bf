"""Draws that depend on names alone: a retried or restarted case plants the same faults again."""

from __future__ import annotations

import random
from hashlib import blake2b


class Draws:
    """Uniform numbers for one case."""

    def __init__(self, *key: object) -> None:
        """Take what makes this case's draws its own: seed, salt, case id."""
        self._key = "\0".join(str(part) for part in key)

    def uniform(self, *what: object) -> float:
        """Return a number in [0, 1) for one thing that may happen."""
        text = "\0".join((self._key, *(str(part) for part in what)))
        return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / float(1 << 56)

    def hit(self, rate: float, *what: object) -> bool:
        """Return whether a thing with this rate happens."""
        return rate > 0 and self.uniform(*what) < rate

    def stream(self, *what: object) -> random.Random:
        """Return a generator of its own."""
        return random.Random(f"{self._key}\0{what!r}")
