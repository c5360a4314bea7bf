"""Reads the retry policies."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

CONFIG = Path(__file__).parent.parent / "config" / "retry.toml"


@dataclass(frozen=True)
class Policy:
    base_ms: int
    cap_ms: int
    floor_ms: int
    attempts: int
    statuses: tuple[int, ...]


def policy_for(host: str) -> Policy:
    settings = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    merged = settings["default"] | settings["hosts"].get(host, {})
    merged["statuses"] = tuple(merged["statuses"])
    return Policy(**{field.name: merged[field.name] for field in fields(Policy)})
