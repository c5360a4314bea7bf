"""Paths in files that travel: this machine's own directories by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from agentbench.records.paths import PACKAGE_DIR, cache_dir


def portable(value: Any, *, run: Path | None = None) -> Any:
    """Return a JSON value in which this machine's directories are named by what they are.

    Args:
        value: Any JSON value; keys of objects stay as they are.
        run: The run's directory, written as ``$RUN``.

    """
    known = [(run, "$RUN"), *_directories()]
    names = {str(path.absolute()): name for path, name in reversed(known) if path is not None and path.name}
    if not names:
        return value
    longest_first = "|".join(re.escape(path) for path in sorted(names, key=len, reverse=True))
    return _replaced(value, re.compile(rf"(?<![\w.~/-])({longest_first})(?![\w.-])"), names)


def on_this_machine(path: str) -> str:
    """Return a path that ``portable`` wrote as one of this machine; any other as it is."""
    name, slash, rest = path.partition("/")
    place = {name: place for place, name in _directories()}.get(name)
    return path if place is None or not slash else str(place / rest)


def _directories() -> list[tuple[Path, str]]:
    return [(cache_dir(), "$AGENTBENCH_CACHE"), (PACKAGE_DIR, "$AGENTBENCH"), (Path.cwd(), "$PWD"), (Path.home(), "~")]


def _replaced(value: Any, pattern: re.Pattern[str], names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(one, pattern, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, pattern, names) for one in value]
    if isinstance(value, str):
        return pattern.sub(lambda match: names[match[1]], value)
    return value
