"""Comparing locks: hard differences refuse a comparison, soft ones are shown."""

from __future__ import annotations

from typing import Any

from agentbench.errors import ReferenceMismatchError
from agentbench.records import HardLock, LockDifference, SoftLock
from agentbench.store.portable import portable
from agentbench.store.reference import Reference

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


def refuse_other_lock(ours: HardLock, reference: Reference) -> None:
    """Raise ReferenceMismatchError with the first hard difference, if there is one."""
    differences = hard_differences(ours, reference.head.lock.hard)
    if not differences:
        return
    first = differences[0]
    more = f" (and {len(differences) - 1} more)" if len(differences) > 1 else ""
    raise ReferenceMismatchError(
        f"{reference.directory}: the reference was made with another {first.key}: {first.theirs} there, "
        f"{first.ours} here{more}; record it again with --quant={reference.head.plan.quant} "
        f"--quant-save-reference, or name another one with --quant-reference (`agentbench score`: --reference)"
    )


def soft_differences(ours: SoftLock, theirs: SoftLock) -> list[LockDifference]:
    """Return soft differences, but for the date and what images were built into: those always differ."""
    left, right = portable(ours.model_dump(mode="json")), portable(theirs.model_dump(mode="json"))
    keys = [key for key in left if key not in ("date", "image_ids")]
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
