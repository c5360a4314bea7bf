"""Nights drawn from worlds: the reference's trials, the quant's trials, and what an effect does to them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agentbench.records import Cell, Margins, Metric
from agentbench.selfcheck.arms import Arm, IntArray
from agentbench.selfcheck.worlds import (
    LONG,
    SIZES,
    UNITS,
    Effect,
    FloatArray,
    Place,
    Population,
    World,
    draw_beta,
    draw_population,
    error_rate,
    mean_variance,
    solve_chance,
)

MARGINS = Margins()
NO_EFFECT = Effect()
_REFERENCE, _QUANT = range(2)


def seed_of(*parts: object) -> int:
    """Return a seed that depends on these alone, the same on every machine."""
    return zlib.crc32("|".join(str(part) for part in parts).encode())


@dataclass(frozen=True)
class PlantedNight:
    """One night of a world: its tasks are fixed when it is made, both arms are drawn on demand.

    All effects see the same tasks, the same reference and the same coin flips (common random numbers).
    """

    world: World
    number: int
    task_number: int | None = None
    """Nights that share this share their tasks; by default none do."""
    reference_number: int | None = None
    """Nights that share this too share their reference."""
    metrics: tuple[Metric, ...] = tuple(Metric)
    """Those that are drawn; without the others it is quicker."""

    @cached_property
    def clusters(self) -> IntArray:
        """Cluster number of each cell."""
        return np.repeat(np.arange(self.world.clusters), self.world.cells)

    @cached_property
    def long(self) -> FloatArray:
        """Whether a cell's context is of 64k tokens or more; 0 or 1."""
        sizes = np.array(SIZES)[np.arange(self.world.cells) % len(SIZES)]
        return np.tile((sizes >= LONG).astype(np.float64), self.world.clusters)

    @cached_property
    def population(self) -> Population:
        """Its tasks."""
        number = self.number if self.task_number is None else self.task_number
        return draw_population(self.world, np.random.default_rng([seed_of(self.world.key), number]))

    @cached_property
    def reference(self) -> Arm:
        """The reference, without a shock."""
        return self.draw_reference(NO_EFFECT)

    def draw_reference(self, effect: Effect) -> Arm:
        """Draw the reference; an effect matters for its shock only."""
        shock = Effect(shock=effect.shock)
        number = self.number if self.reference_number is None else self.reference_number
        return self._draw(shock, self.world.k_ref, (number, _REFERENCE))

    def draw_quant(self, effect: Effect, *, trials: int | None = None) -> Arm:
        """Draw the quant's arm; ``trials`` per cell instead of the world's."""
        return self._draw(effect, trials or self.world.trials, (self.number, _QUANT))

    def cells(self) -> list[Cell]:
        """Return the plan, in the order of the arrays."""
        return [
            Cell(
                task_id=f"world/t{row // self.world.cells:04}",
                cluster=f"t{row // self.world.cells:04}",
                variant=row % self.world.cells // len(SIZES),
                context_tokens=SIZES[row % self.world.cells % len(SIZES)],
            )
            for row in range(len(self.clusters))
        ]

    def _draw(self, effect: Effect, trials: int, which: tuple[int, int]) -> Arm:
        generator = np.random.default_rng([seed_of(self.world.key, "arm"), *which])
        shift = dict(zip(Metric, effect.shock * generator.standard_normal(len(Metric)), strict=True))
        tasks, where = self.population, self.clusters
        place = Place(tasks.hit[where], tasks.up[where], self.long)
        shape = (len(where), trials)

        chance = solve_chance(self.world, effect, tasks.chance[where], place)
        moved = shift[Metric.PASS_RATE] * MARGINS.pass_rate / mean_variance(self.world)
        chance = np.clip(chance + moved * chance * (1 - chance), 0, 1)
        solved = generator.random(shape) < chance[:, None]

        none = np.zeros(shape, dtype=np.int64)
        found = dict.fromkeys(UNITS, (none, none))
        wrong = np.zeros((*shape, UNITS[Metric.DETAIL_ERRORS].most), dtype=np.bool_)
        for metric, units in UNITS.items():
            if metric not in self.metrics:
                continue
            rate = error_rate(effect, metric, tasks.rates[metric][where], place)
            rate = np.clip(rate * (1 + shift[metric] * getattr(MARGINS, metric.value) / units.base), 0, 1)
            episode = draw_beta(generator, np.broadcast_to(rate[:, None], shape), self.world.icc_episode)
            if metric is Metric.DETAIL_ERRORS:
                wrong = generator.random((*shape, units.most)) < episode[:, :, None]
            else:
                count = generator.integers(units.least, units.most + 1, shape)
                found[metric] = (generator.binomial(count, episode), count)
        calls, copies = found[Metric.CALL_VALIDITY], found[Metric.COPY_ERRORS]
        details = np.full(len(where), UNITS[Metric.DETAIL_ERRORS].most)
        return Arm(solved, *calls, wrong, details, *copies)
