"""The cases of a run in blocks, with a look between two of them: one block in a fixed run, several in a sequential."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agentbench.records import Case, PlannedLooks


class Blocks:
    """Knows which blocks have been started."""

    def __init__(self, cases: Sequence[Case], looks: PlannedLooks | None = None) -> None:
        edges = [0, *(looks.episodes if looks else [len(cases)])]
        self._blocks = [list(cases[start:end]) for start, end in pairwise(edges)]
        self._number = {case.id: number for number, block in enumerate(self._blocks) for case in block}
        self.started = 0
        """How many; a look is taken before the next."""

    @property
    def left(self) -> bool:
        """Whether a block has not been started."""
        return self.started < len(self._blocks)

    @property
    def next(self) -> list[Case]:
        """The cases of the block to start next; there is one."""
        return self._blocks[self.started]

    @property
    def newest(self) -> list[Case]:
        """The cases of the block that was started last; none before the first."""
        return self._blocks[self.started - 1] if self.started else []

    @property
    def cases(self) -> list[Case]:
        """The cases of all blocks that were started."""
        return [case for block in self._blocks[: self.started] for case in block]

    def start_next(self) -> None:
        """Count the next block as started."""
        self.started += 1

    def has_started(self, case: Case) -> bool:
        """Tell whether a case's block was started."""
        return self._number[case.id] < self.started
