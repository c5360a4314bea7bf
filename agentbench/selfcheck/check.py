"""The check itself: studies run over processes, promises from what they found, and the plans of both sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from agentbench.records import Metric
from agentbench.selfcheck.plan import (
    DIFFICULTIES,
    FEW_CELLS,
    FULL_NIGHTS,
    LOSSES,
    NIGHTLY,
    NULLS,
    SMALLER,
    GridCell,
    at_margin,
    default_grid,
    full_grid,
    quick_grid,
)
from agentbench.selfcheck.pool import Pool, PoolWorld
from agentbench.selfcheck.practices import PRACTICES
from agentbench.selfcheck.results import Result
from agentbench.selfcheck.running import spread
from agentbench.selfcheck.studies import (
    GridStudy,
    Piece,
    PowerStudy,
    PracticeStudy,
    ReferenceStudy,
    SequenceStudy,
    Study,
    work,
)
from agentbench.selfcheck.worlds import Effect, Shape

QUICK_NIGHTS = 150
NIGHTS = 1_000
SEQUENTIAL = tuple(Effect(losses=((Metric.PASS_RATE, loss),) if loss else ()) for loss in (0.0, 0.05, 0.1))
Tell = Callable[[int, int, str], None]
"""(pieces done, pieces in all, what was done last)"""


def quick_studies(nights: int = QUICK_NIGHTS) -> list[Study]:
    """Return what every test run checks, in seconds."""
    return [
        *(GridStudy(cell) for cell in quick_grid(nights)),
        *(PracticeStudy(practice, 500) for practice in PRACTICES),
    ]


def default_studies(nights: int = NIGHTS) -> list[Study]:
    """Return what ``agentbench selfcheck`` checks, in minutes."""
    return [
        *(GridStudy(cell) for cell in default_grid(nights)),
        *(PowerStudy(replace(NIGHTLY, difficulty=a), Shape.HOMOGENEOUS, nights) for a in DIFFICULTIES),
        *(ReferenceStudy(replace(NIGHTLY, k_ref=k), 40, max(nights // 10, 20)) for k in (1, 4)),
        *(SequenceStudy(NIGHTLY, effect, nights // 2) for effect in SEQUENTIAL),
        *(PracticeStudy(practice, 2 * nights) for practice in PRACTICES),
    ]


def full_studies(nights: int = FULL_NIGHTS) -> list[Study]:
    """Return the whole grid and every study beside it, most important first."""
    return [
        GridStudy(GridCell(NIGHTLY, NULLS + LOSSES + SMALLER, nights)),
        *(PracticeStudy(practice, 5 * nights) for practice in PRACTICES),
        *(
            PowerStudy(replace(NIGHTLY, difficulty=a, cells=cells), shape, nights)
            for cells in (NIGHTLY.cells, FEW_CELLS)
            for a in DIFFICULTIES
            for shape in (Shape.HOMOGENEOUS, Shape.FIFTH)
        ),
        PowerStudy(replace(NIGHTLY, k_ref=8), Shape.HOMOGENEOUS, nights),
        *(SequenceStudy(replace(NIGHTLY, difficulty=a), one, nights) for a in DIFFICULTIES for one in SEQUENTIAL),
        *(ReferenceStudy(replace(NIGHTLY, k_ref=k), 100, nights // 20) for k in (1, 4, 8)),
        *(GridStudy(cell) for cell in full_grid(nights)),
    ]


def episode_studies(pool: Pool, name: str, nights: int) -> list[Study]:
    """Return studies of worlds made of stored episodes: this many clusters and ten times as many, K_ref 1 and 4.

    Losses that these episodes cannot have (a model that solves nothing has nothing to lose) are left out.
    """
    found: list[Study] = []
    for clusters, k_ref in ((pool.n_clusters, 4), (max(120, pool.n_clusters), 4), (max(120, pool.n_clusters), 1)):
        world = PoolWorld(pool, name, clusters, k_ref)
        effects = [Effect()]
        for effect in (at_margin(times, shape) for shape in Shape for times in (1, 2)):
            try:
                world.hazards(effect)
            except ValueError:
                continue
            effects.append(effect)
        found.append(GridStudy(GridCell(world, tuple(effects), nights)))
    return found


def run_studies(studies: Sequence[Study], *, jobs: int, tell: Tell) -> Iterator[tuple[Study, list[Result]]]:
    """Yield every study with its results as soon as its last piece is done."""
    pieces: list[tuple[int, int, Piece]] = [
        (number, index, piece) for number, study in enumerate(studies) for index, piece in enumerate(study.pieces())
    ]
    waiting: dict[int, dict[int, Any]] = {number: {} for number in range(len(studies))}
    sizes = [len(study.pieces()) for study in studies]
    for done, ((number, index, _), found) in enumerate(spread(_work, pieces, jobs), 1):
        waiting[number][index] = found
        tell(done, len(pieces), studies[number].name)
        if len(waiting[number]) == sizes[number]:
            parts = waiting.pop(number)
            yield studies[number], studies[number].results([parts[index] for index in range(sizes[number])])


def _work(piece: tuple[int, int, Piece]) -> Any:
    return work(piece[2])
