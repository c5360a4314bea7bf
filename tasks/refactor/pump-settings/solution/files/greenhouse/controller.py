"""Decides when a bed is watered."""

from greenhouse.settings import Settings


class Controller:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last_watered: dict[str, int] = {}

    def decide(self, second: int, bed: str, moisture: int, wet: int = 500) -> str:
        """Return `water ML`, `wait S` (so long until the bed may be watered again) or `fine`."""
        if moisture >= wet:
            return "fine"
        last = self._last_watered.get(bed)
        if last is not None and second - last < self._settings.pause_s:
            return f"wait {self._settings.pause_s - (second - last)}"
        self._last_watered[bed] = second
        return f"water {self._settings.dose_ml}"
