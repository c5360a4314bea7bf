"""Settings of one house."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    dose_ml: int
    pause_s: int
    topic: str
    dry_permille: int
    serial: str


def load(path: str | Path) -> Settings:
    """Read a settings file; KeyError with the key's name where one is missing."""
    table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    pump, alarm, sensor = (table.get(name, {}) for name in ("pump", "alarm", "sensor"))
    return Settings(
        dose_ml=pump["dose_ml"],
        pause_s=pump["pause_s"],
        topic=alarm["topic"],
        dry_permille=alarm["dry_permille"],
        serial=sensor["serial"],
    )
