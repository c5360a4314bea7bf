"""Tells the gardeners about dry soil, once per bed until it has recovered."""

from greenhouse.settings import Settings


class Alarms:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._raised: set[str] = set()

    def check(self, bed: str, moisture: int) -> str | None:
        """Return the message to publish, `TOPIC BED MOISTURE`, or None."""
        if moisture >= self._settings.dry_permille:
            self._raised.discard(bed)
            return None
        if bed in self._raised:
            return None
        self._raised.add(bed)
        return f"{self._settings.topic} {bed} {moisture}"
