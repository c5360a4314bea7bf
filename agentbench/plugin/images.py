"""Foreign images that cannot be had: a skip with their names, before anything is planned or booted."""

from __future__ import annotations

import pytest

from agentbench.plugin.items import CaseItem, ProofItem, UnsupportedItem
from agentbench.plugin.session import State


def skip_without_image(config: pytest.Config, state: State, items: list[pytest.Item]) -> list[str]:
    """Pull the foreign images that the selected items need, and make skips of those whose image is not to be had.

    Returns:
        The reason of each task that is left out.
    """
    chosen = {task_id for item in items if (task_id := _task_id(item)) is not None}
    foreign = {task_id for task_id in chosen if _is_pulled(state, task_id)}
    if not foreign or config.option.collectonly:
        return []
    from agentbench.errors import SandboxError
    from agentbench.sandbox import missing_images

    try:
        missing = missing_images({state.tasks[task_id].sandbox.image for task_id in foreign})
    except SandboxError:
        return []  # there is no engine: the first item to need it says so, and how to mend it
    reasons = {
        task_id: f"{task_id}: {missing[image]}"
        for task_id in sorted(foreign)
        if (image := state.tasks[task_id].sandbox.image) in missing
    }
    for index, item in enumerate(items):
        reason = reasons.get(_task_id(item) or "")
        if reason is not None:
            assert item.parent is not None, "an item belongs to its task"
            items[index] = UnsupportedItem.from_parent(item.parent, name=item.name, reason=reason)
    for task_id in reasons:
        del state.tasks[task_id]
    return list(reasons.values())


def _task_id(item: pytest.Item) -> str | None:
    if isinstance(item, ProofItem):
        return item.task.id
    return item.case.cell.task_id if isinstance(item, CaseItem) else None


def _is_pulled(state: State, task_id: str) -> bool:
    task = state.tasks[task_id]
    return not task.native and not task.sandbox.image.startswith("build:")
