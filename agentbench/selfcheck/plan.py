"""What is run: the quick check of every test run, the self-check, and the whole grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from agentbench.records import Metric
from agentbench.selfcheck.counting import Part
from agentbench.selfcheck.nights import MARGINS
from agentbench.selfcheck.pool import PoolWorld
from agentbench.selfcheck.worlds import FLOOR, Effect, Shape, World

NIGHTLY = World()
"""120 tasks in 12 cells each: 1,440 episodes of the quant, four trials in the reference."""
DIFFICULTIES = (1.0, 0.5, 0.25)
CORRELATIONS = (0.0, 0.1, 0.3)
CLUSTERS = (120, 40, 12)
FEW_CLUSTERS = (13, 16, 20, 25)
"""Where ``non_inferior`` begins to be possible."""
REFERENCE_TRIALS = (4, 8, 1)
SMALL_NIGHTLY = 8
"""Cells per task of a night of 960 episodes."""
FEW_CELLS = 4
"""Cells per task where many tasks have one variant each: the cheapest way to find a loss."""
FULL_NIGHTS = 4_000
PART_NIGHTS = 250


def at_margin(times: float, shape: Shape = Shape.HOMOGENEOUS) -> Effect:
    """Return a loss of so many margins, in every metric."""
    return Effect(shape, tuple((metric, times * getattr(MARGINS, metric.value)) for metric in Metric))


def _points(shape: Shape, **losses: float) -> Effect:
    return Effect(shape, tuple((Metric(name), loss / 100) for name, loss in losses.items()))


NULLS = (Effect(), Effect(flips=0.2), Effect(flips=0.3), Effect(shock=0.2))
LOSSES = tuple(at_margin(times, shape) for shape in Shape for times in (1, 2))
SMALLER = tuple(
    effect
    for shape in Shape
    for effect in (
        _points(shape, pass_rate=2, call_validity=0.5, detail_errors=1, copy_errors=0.25),
        _points(shape, pass_rate=3, detail_errors=5),
    )
)
"""With ``LOSSES``, all losses of the detection tables."""


@dataclass(frozen=True)
class GridCell:
    """One world under several effects, for so many nights."""

    world: World | PoolWorld
    effects: tuple[Effect, ...]
    nights: int

    def parts(self) -> Iterator[Part]:
        """Cut the work into pieces."""
        for first in range(0, self.nights, PART_NIGHTS):
            yield Part(self.world, self.effects, first, min(PART_NIGHTS, self.nights - first))


def quick_grid(nights: int) -> list[GridCell]:
    """Return seconds of work: the promises at nightly size, and no false alarms with fewer tasks."""
    few = nights // 2
    return [
        GridCell(NIGHTLY, (Effect(), at_margin(1), at_margin(2)), nights),
        GridCell(World(clusters=40), (Effect(), Effect(flips=0.2), at_margin(1, Shape.FIFTH)), nights),
        GridCell(World(clusters=12), (Effect(), at_margin(1)), nights),
        GridCell(World(difficulty=FLOOR, clusters=40), (Effect(),), few),
    ]


def default_grid(nights: int) -> list[GridCell]:
    """Return minutes of work: every axis of the grid by itself and with correlations along."""
    few = max(nights // 5, 100)
    cells = [GridCell(NIGHTLY, NULLS + LOSSES + SMALLER, nights)]
    for clusters, difficulty, icc in product(CLUSTERS, DIFFICULTIES, CORRELATIONS):
        world = World(difficulty, icc, icc, clusters)
        if world != NIGHTLY:
            cells.append(GridCell(world, NULLS + LOSSES, few))
    cells += [GridCell(World(clusters=clusters, k_ref=k), NULLS + LOSSES, few) for clusters in CLUSTERS for k in (1, 8)]
    cells += [GridCell(World(difficulty=FLOOR, clusters=clusters), (Effect(),), nights) for clusters in CLUSTERS]
    return cells


def full_grid(nights: int) -> list[GridCell]:
    """Return the whole grid: what matters most comes first, since it may be stopped at any time."""
    cells = [GridCell(World(difficulty=FLOOR, clusters=n), (Effect(), at_margin(1)), nights) for n in CLUSTERS]
    pairs = sorted(product(CORRELATIONS, CORRELATIONS), key=lambda pair: (pair[0] != pair[1], pair))
    small = [
        World(difficulty, icc, icc, cells=SMALL_NIGHTLY) for difficulty, icc in product(DIFFICULTIES, CORRELATIONS)
    ]
    worlds: list[World] = []
    for coupled in (True, False):
        for k_ref in REFERENCE_TRIALS:
            for task, episode in pairs:
                if (task == episode) is coupled:
                    worlds += [World(d, task, episode, c, k_ref=k_ref) for d, c in product(DIFFICULTIES, CLUSTERS)]
            if coupled and k_ref == NIGHTLY.k_ref:
                worlds += [*small, *(World(clusters=n) for n in FEW_CLUSTERS)]
    return cells + [GridCell(world, NULLS + LOSSES, nights) for world in worlds if world != NIGHTLY]
