"""Which workspace files a task's own solution touches: what an agent may change without leaving the task."""

from __future__ import annotations

import posixpath

from agentbench.probing import states
from agentbench.records import RenderedTask

_OVERLAY = "files/"


def solution_files(rendered: RenderedTask) -> list[str] | None:
    """Return the paths of the solution's overlay and those that ``solve.sh`` names; None if there is no overlay.

    A foreign task's solution may write anything by any means, so nothing is known of it.
    """
    if not rendered.task.native:
        return None
    script = rendered.solution.get("solve.sh")
    text = script.data.decode(errors="replace") if script else ""
    overlay = {path.removeprefix(_OVERLAY) for path in rendered.solution if path.startswith(_OVERLAY)}
    named = {path for path in rendered.workspace if states(text, path)}
    return sorted(posixpath.normpath(path) for path in overlay | named)
