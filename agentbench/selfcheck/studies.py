"""Studies: what is simulated, cut into pieces that any process can do, and put together again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agentbench.records import Verdict
from agentbench.selfcheck.counting import Counts, Part, count_part
from agentbench.selfcheck.plan import GridCell
from agentbench.selfcheck.practices import LOSSES, Practice, count_objections
from agentbench.selfcheck.references import ReferencePart, count_false_alarms
from agentbench.selfcheck.results import (
    GridResult,
    PowerResult,
    PracticeResult,
    ReferenceResult,
    Result,
    SequenceResult,
    facts_of,
)
from agentbench.selfcheck.sequences import SequenceNight, SequencePart, judge_part
from agentbench.selfcheck.sizes import LOSS, PowerPart, count_found, sizes_to_try
from agentbench.selfcheck.worlds import Effect, Shape, World

_SEQUENCES = 50


@dataclass(frozen=True)
class PracticePart:
    """Runs of one practice at one true loss."""

    practice: Practice
    loss: float
    runs: int


Piece = Part | ReferencePart | PowerPart | PracticePart | SequencePart


def work(piece: Piece) -> Any:
    """Do one piece."""
    if isinstance(piece, Part):
        return count_part(piece)
    if isinstance(piece, ReferencePart):
        return count_false_alarms(piece)
    if isinstance(piece, PowerPart):
        return count_found(piece)
    if isinstance(piece, SequencePart):
        return judge_part(piece)
    return count_objections(piece.practice, piece.loss, piece.runs)


@dataclass(frozen=True)
class GridStudy:
    """One world of the grid, under all its effects."""

    cell: GridCell

    @property
    def name(self) -> str:
        """For progress, and to find it done."""
        return f"grid: {self.cell.world.key}"

    @property
    def nights(self) -> int:
        """Under each effect."""
        return self.cell.nights

    @property
    def width(self) -> int:
        """How many results it gives."""
        return len(self.cell.effects)

    def pieces(self) -> list[Piece]:
        """Return the work."""
        return list(self.cell.parts())

    def results(self, done: Sequence[dict[str, Counts]]) -> list[Result]:
        """Put it together."""
        found: list[Result] = []
        for effect in self.cell.effects:
            total = Counts()
            for counts in done:
                for name, count in counts[effect.key].items():
                    total[name] += count
            found.append(GridResult(facts_of(self.cell.world), effect, total))
        return found


@dataclass(frozen=True)
class ReferenceStudy:
    """Many references of one world, many nights against each."""

    world: World
    references: int
    nights: int

    @property
    def name(self) -> str:
        """For progress, and to find it done."""
        return f"references: {self.world.key}"

    def pieces(self) -> list[Piece]:
        """Return the work."""
        return [ReferencePart(self.world, number, self.nights) for number in range(self.references)]

    def results(self, done: Sequence[int]) -> list[Result]:
        """Put it together."""
        return [ReferenceResult(facts_of(self.world), self.nights, list(done))]


@dataclass(frozen=True)
class PowerStudy:
    """A loss of 3 points at several sizes."""

    world: World
    shape: Shape
    nights: int

    @property
    def name(self) -> str:
        """For progress, and to find it done."""
        return f"power: {self.world.key} | {self.shape}"

    @property
    def sizes(self) -> list[World]:
        """The worlds that it is looked for in."""
        return sizes_to_try(self.world, self.shape)

    def pieces(self) -> list[Piece]:
        """Return the work."""
        return [PowerPart(size, self.shape, LOSS, self.nights) for size in self.sizes]

    def results(self, done: Sequence[int]) -> list[Result]:
        """Put it together."""
        clusters = [size.clusters for size in self.sizes]
        return [PowerResult(facts_of(self.world), self.shape, LOSS, self.nights, clusters, list(done))]


@dataclass(frozen=True)
class PracticeStudy:
    """One fixed threshold at several true losses."""

    practice: Practice
    runs: int

    @property
    def name(self) -> str:
        """For progress, and to find it done."""
        return f"practice: {self.practice.name}"

    @property
    def nights(self) -> int:
        """Runs, as other studies call them."""
        return self.runs

    def pieces(self) -> list[Piece]:
        """Return the work."""
        return [PracticePart(self.practice, loss, self.runs) for loss in LOSSES]

    def results(self, done: Sequence[Any]) -> list[Result]:
        """Put it together."""
        one = self.practice
        theirs, ours = [found.practice for found in done], [found.paired for found in done]
        return [PracticeResult(one.name, one.source, one.questions, self.runs, list(LOSSES), theirs, ours)]


@dataclass(frozen=True)
class SequenceStudy:
    """Sequential nights of one world under one effect."""

    world: World
    effect: Effect
    nights: int

    @property
    def name(self) -> str:
        """For progress, and to find it done."""
        return f"sequential: {self.world.key} | {self.effect.key}"

    def pieces(self) -> list[Piece]:
        """Return the work."""
        return [
            SequencePart(self.world, self.effect, first, min(_SEQUENCES, self.nights - first))
            for first in range(0, self.nights, _SEQUENCES)
        ]

    def results(self, done: Sequence[list[SequenceNight]]) -> list[Result]:
        """Put it together."""
        nights = [night for part in done for night in part]
        return [
            SequenceResult(
                facts_of(self.world),
                self.effect,
                planned=[night.planned for night in nights],
                taken=[night.taken for night in nights],
                verdicts=_counted(night.verdict for night in nights),
                fixed=_counted(night.fixed for night in nights),
            )
        ]


def _counted(verdicts: Iterable[Verdict]) -> dict[str, int]:
    found = Counter(verdicts)
    return {verdict.value: found[verdict] for verdict in Verdict}


Study = SequenceStudy | GridStudy | ReferenceStudy | PowerStudy | PracticeStudy
