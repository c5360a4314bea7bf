"""Prints the waits between the importer's attempts."""

import pathlib
import tomllib


def waits(first_ms: int, limit_ms: int) -> list[int]:
    found: list[int] = []
    while sum(found) + first_ms <= limit_ms:
        found.append(first_ms)
        first_ms *= 2
    return found


settings = tomllib.loads((pathlib.Path(__file__).parent / "retry.toml").read_text(encoding="utf-8"))
print(settings["label"], *waits(settings["wait_ms"], settings["limit_ms"]))
