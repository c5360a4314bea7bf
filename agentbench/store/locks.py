"""Comparing locks: hard differences refuse a comparison, soft ones are shown."""

from __future__ import annotations

from typing import Any

from agentbench.records import HardLock, LockDifference, SoftLock
from agentbench.store.portable import portable

_ABSENT = "(absent)"


def hard_differences(ours: HardLock, theirs: HardLock) -> list[LockDifference]:
    """Return hard differences in a fixed order: family, tasks, tools, prompts, template, sampling, limits, seed.

    Tasks that only one side has are no difference: their cells are missing pairs, and are counted as such.
    """
    left, right = ours.model_dump(mode="json"), theirs.model_dump(mode="json")
    common = left["tasks"].keys() & right["tasks"].keys()
    for side in (left, right):
        side["tasks"] = {task: value for task, value in side["tasks"].items() if task in common}
    order = ("family", "tasks", "tools", "prompts", "template", "sampling", "limits", "seed")
    return [difference for key in order for difference in _compare(key, left[key], right[key])]


def soft_differences(ours: SoftLock, theirs: SoftLock) -> list[LockDifference]:
    """Return soft differences, the date apart (it always differs)."""
    left, right = portable(ours.model_dump(mode="json")), portable(theirs.model_dump(mode="json"))
    keys = [key for key in left if key != "date"]
    return [difference for key in keys for difference in _compare(key, left[key], right[key])]


def _compare(key: str, ours: Any, theirs: Any) -> list[LockDifference]:
    if ours == theirs:
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = [*ours, *(name for name in theirs if name not in ours)]
        return [
            difference
            for name in names
            for difference in _compare(f"{key}.{name}", ours.get(name, _ABSENT), theirs.get(name, _ABSENT))
        ]
    return [LockDifference(key=key, ours=_short(ours), theirs=_short(theirs))]


def _short(value: Any) -> str:
    text = str(value)
    return text[:12] if len(text) == 64 and text.isalnum() else text[:200]
