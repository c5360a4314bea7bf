"""How many episodes a loss costs: paired by cell in clusters, against two pass rates side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from agentbench.records import Metric
from agentbench.selfcheck.arms import FloatArray, pair
from agentbench.selfcheck.judging import ALPHA, DRAWS
from agentbench.selfcheck.nights import PlantedNight, seed_of
from agentbench.selfcheck.worlds import Effect, Shape, World, mean_chance, mean_variance
from agentbench.stats import label_swap_batch

LOSS = 0.03
POWER = 0.9
_AROUND = (0.7, 0.85, 1.0, 1.2, 1.45)
"""Sizes simulated, as shares of the one that a formula expects."""
_BLOCK = 50


@dataclass(frozen=True)
class PowerPart:
    """Nights of a world with a loss of the pass rate."""

    world: World
    shape: Shape
    loss: float
    nights: int


def count_found(part: PowerPart) -> int:
    """Return in how many nights the label swap of the pass rate is at most alpha."""
    effect = Effect(part.shape, ((Metric.PASS_RATE, part.loss),) if part.loss else ())
    found = 0
    for start in range(0, part.nights, _BLOCK):
        sums = []
        for number in range(start, min(start + _BLOCK, part.nights)):
            night = PlantedNight(part.world, number, metrics=(Metric.PASS_RATE,))
            data = pair(night.clusters, night.draw_quant(effect), night.reference, night.metrics)
            sums.append(data[Metric.PASS_RATE].cluster_sums)
        arrays = np.moveaxis(np.array(sums), 1, 0)
        p = label_swap_batch(*arrays, seed=(seed_of(part.world.key, "power"), start), draws=DRAWS)
        found += int((p <= ALPHA).sum())
    return found


def unpaired_episodes(world: World, loss: float = LOSS) -> float:
    """Return the episodes of each arm that two pass rates need, all episodes independent: the textbook size."""
    base = mean_chance(world)
    variance = base * (1 - base) + (base - loss) * (1 - base + loss)
    return _z() ** 2 * variance / loss**2


def unpaired_episodes_against(world: World, loss: float = LOSS) -> float:
    """Return the same against a stored reference that has as many trials more as the world's."""
    base = mean_chance(world)
    variance = base * (1 - base) / world.k_ref + (base - loss) * (1 - base + loss)
    return _z() ** 2 * variance / loss**2


def sizes_to_try(world: World, shape: Shape, loss: float = LOSS) -> list[World]:
    """Return the world with numbers of clusters around the one that would give the power."""
    within = mean_variance(world) * (1 + 1 / world.k_ref) / world.cells
    hazard = loss / mean_chance(world) / shape.share
    second = mean_chance(world) - mean_variance(world)
    between = (
        shape.share * hazard**2 * second if shape is Shape.FIFTH else (loss / mean_chance(world)) ** 2 * second
    ) - loss**2
    clusters = _z() ** 2 * (within + max(between, 0.0)) / loss**2
    return [
        World(
            world.difficulty,
            world.icc_task,
            world.icc_episode,
            max(17, round(clusters * share)),
            world.cells,
            world.k_ref,
        )
        for share in _AROUND
    ]


@dataclass(frozen=True)
class Needed:
    """Episodes of the quant for the wanted power, with a 99 % interval."""

    episodes: float
    low: float
    high: float


def episodes_needed(sizes: list[World], found: list[int], nights: int, seed: int = 0) -> Needed:
    """Return the size at which the power is reached: a probit of power over the root of the size, fitted.

    The interval is a parametric bootstrap of the counts.
    """
    roots = np.sqrt([size.clusters * size.cells for size in sizes])
    best = _fit(roots, np.array(found, dtype=np.float64), nights)
    power = special.ndtr(best[0] + best[1] * roots)
    generator = np.random.default_rng(seed)
    again = sorted(_size_at(_fit(roots, generator.binomial(nights, power), nights)) for _ in range(400))
    return Needed(_size_at(best), again[2], again[-3])


def _fit(roots: FloatArray, found: FloatArray, nights: int) -> FloatArray:
    def badness(line: FloatArray) -> float:
        power = np.clip(special.ndtr(line[0] + line[1] * roots), 1e-9, 1 - 1e-9)
        return float(-(found * np.log(power) + (nights - found) * np.log1p(-power)).sum())

    start = np.array([-1.645, (1.645 + 1.2816) / float(np.median(roots))])
    return np.asarray(optimize.minimize(badness, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7}).x)


def _size_at(line: FloatArray) -> float:
    return float((special.ndtri(POWER) - line[0]) / line[1]) ** 2


def _z() -> float:
    return float(special.ndtri(1 - ALPHA) + special.ndtri(POWER))


def share(needed: Needed, unpaired: float) -> Needed:
    """Return the size as a share of another."""
    return Needed(*(value / unpaired for value in (needed.episodes, needed.low, needed.high)))
