"""Agents that want the reward without the work: programs that are run in a task's sandbox in place of one.

``tasks check`` runs all of them on every task; none may earn anything. Each is Python for the sandbox's own
interpreter, runs as the agent's user in the workspace, and knows no task: what it does, it does to any.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

HOSTILE_AGENTS = ("rewards", "printer", "deleter", "planter")
"""One writes reward files and edits tests, one prints what it thinks the grader wants, one deletes everything, and one
plants code that is imported, exits early, or links out of the workspace."""


@cache
def hostile_program(name: str) -> bytes:
    """Return the source of one of ``HOSTILE_AGENTS``: it is sent into the sandbox, and never imported here."""
    here = Path(__file__).parent
    return b"\n".join((here / f"{part}.py").read_bytes() for part in ("tools", name))
