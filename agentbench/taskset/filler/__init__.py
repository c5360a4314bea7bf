"""Filler: endless, seeded text that looks like what a job's files hold and states nothing of the task.

Each kind is a generator of *units* (a log line, a paragraph, a function, a stanza), so that a unit in which one of the
task's values happens to stand can be left out whole.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agentbench.errors import ContextPlanError
from agentbench.taskset.filler.builds import build_output
from agentbench.taskset.filler.code import code
from agentbench.taskset.filler.diffs import diffs
from agentbench.taskset.filler.documents import documents
from agentbench.taskset.filler.logs import logs
from agentbench.taskset.filler.scene import Scene
from agentbench.taskset.filler.settings import settings

_MAX_REJECTED = 20_000


@dataclass(frozen=True)
class FillerKind:
    """One kind of file: how it is called and what it is made of."""

    title: str
    file: str
    units: Callable[[Scene, random.Random], Iterator[str]]


KINDS: tuple[FillerKind, ...] = (
    FillerKind("tickets and notes", "tickets.md", documents),
    FillerKind("service log", "service.log", logs),
    FillerKind("module under review", "module.py", code),
    FillerKind("settings dump", "settings.yaml", settings),
    FillerKind("build output", "build.txt", build_output),
    FillerKind("changes of the last release", "release.diff", diffs),
)


def clean_units(units: Iterator[str], rejects: Callable[[str], bool], where: str) -> Iterator[str]:
    """Yield units, without those that ``rejects`` says state one of the task's values.

    Raises:
        ContextPlanError: Everything is rejected: a value of the task is too common a word.

    """
    rejected = 0
    for unit in units:
        if not rejects(unit):
            rejected = 0
            yield unit
            continue
        rejected += 1
        if rejected > _MAX_REJECTED:
            raise ContextPlanError(f"{where}: nothing of it is free of the task's values; give them a wider range")
