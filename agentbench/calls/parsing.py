"""A call's arguments as JSON. What could be neither stored nor sent back is refused: it is no JSON that anyone can use.

That is: half of a surrogate pair, a number beyond any float, NaN, and values that are nested deeper than any tool's.
"""

from __future__ import annotations

import json
import math
from typing import Any

MAX_NESTING = 100


def parse_arguments(text: str) -> tuple[Any, str | None]:
    """Return the value and the first key that any object in it gives twice.

    Raises:
        ValueError, RecursionError: it is no sound JSON.

    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            seen: set[str] = set()
            twice.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return result

    value = json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse_constant, parse_float=_finite)
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    if text.count("{") + text.count("[") > MAX_NESTING and nesting(value) > MAX_NESTING:
        raise ValueError(f"it is nested more than {MAX_NESTING} deep")
    return value, twice[0] if twice else None


def nesting(value: Any) -> int:
    """Return how deep lists and objects stand in each other: 0 for a plain value, 1 for ``{}``."""
    depth, layer = 0, [value]
    while layer := [one for one in layer if isinstance(one, dict | list)]:
        depth += 1
        layer = [inner for one in layer for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("an escape is half of a surrogate pair") from error
