"""Worlds: who the tasks are, how noisy both arms are, and what loss is planted.

A night is drawn from a *population* of tasks, so a world's true loss is a population mean. It is not taken from the
label of the loss but computed (``true_loss``) by quadrature over the very functions that draw the quant's chances.

What the numbers mean:

- ``difficulty``: a task is solved with a chance drawn from Beta(a, a); ``FLOOR`` mixes one half of tasks with chance
  0 to 0.2 with one half of Beta(.5, .5).
- Calls, details and copy slots err at the base rates of ``UNITS``. A task's own rate is Beta-distributed with
  intra-class correlation ``icc_task`` (the same task in both arms), an episode's around its task's with
  ``icc_episode``, so that errors come in bunches (beta-binomial).
- A loss is a chance that what would have been right goes wrong, the same for all units it falls on: everywhere, on a
  fifth of the tasks, or on the cells of 64k tokens and more only, scaled so that its mean over the population is the
  wanted one.
- ``flips``: the quant is better in some tasks and worse in others with mean zero. Its chance to solve a task moves by
  so much, up or down (inward where it would leave [0, 1]); its error rates in a task move by 2.5 times that share.
- ``shock``: both runs draw a shift of their own for all their episodes, normal with this standard deviation as a
  share of the metric's margin. Chances move in proportion to chance * (1 - chance), error rates in proportion to
  themselves, so that the mean over the population moves by the shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

from agentbench.records import Metric

FloatArray = npt.NDArray[np.float64]
SIZES = (8192, 32768, 65536, 131072)
"""Context sizes; each occurs equally often among a cluster's cells."""
LONG = 65536
FLOOR = "floor"
FLIP_RATIO = 2.5
"""Error rates flip by this times ``flips`` of themselves: 20 points go with half of the rate."""


class Shape(StrEnum):
    """Where a planted loss falls."""

    HOMOGENEOUS = "homogeneous"
    FIFTH = "fifth of the tasks"
    LONG = "64k and more"

    @property
    def share(self) -> float:
        """Of the cells that it falls on."""
        return {Shape.HOMOGENEOUS: 1.0, Shape.FIFTH: 0.2, Shape.LONG: sum(s >= LONG for s in SIZES) / len(SIZES)}[self]


@dataclass(frozen=True)
class Units:
    """What one episode holds of a metric's units."""

    base: float
    """Error rate of the reference."""
    least: int
    most: int
    """Units of an episode: whole numbers from ``least`` to ``most``, all equally likely."""


UNITS = {
    Metric.CALL_VALIDITY: Units(base=0.02, least=12, most=36),
    Metric.DETAIL_ERRORS: Units(base=0.08, least=6, most=6),
    Metric.COPY_ERRORS: Units(base=0.01, least=5, most=15),
}


@dataclass(frozen=True)
class World:
    """What both arms have in common."""

    difficulty: float | str = 0.5
    icc_task: float = 0.1
    icc_episode: float = 0.1
    clusters: int = 120
    cells: int = 12
    """Per cluster."""
    k_ref: int = 4
    trials: int = 1
    """Of the quant, per cell."""

    def true_loss(self, effect: Effect, metric: Metric) -> float:
        """Return the population's true loss."""
        return true_loss(self, effect, metric)

    @property
    def key(self) -> str:
        """Name of the world, in results and as its seed."""
        text = f"beta={self.difficulty} icc={self.icc_task:g}/{self.icc_episode:g} {self.clusters}x{self.cells} "
        return text + f"kref={self.k_ref}" + (f" k={self.trials}" if self.trials != 1 else "")


@dataclass(frozen=True)
class Effect:
    """How the quant differs from the reference."""

    shape: Shape = Shape.HOMOGENEOUS
    losses: tuple[tuple[Metric, float], ...] = ()
    """Mean loss over the population, per metric; none where absent."""
    flips: float = 0.0
    shock: float = 0.0

    @property
    def key(self) -> str:
        """Name of the effect, in results."""
        parts = [f"{metric.value}:{100 * loss:g}" for metric, loss in self.losses]
        if parts:
            parts.append(self.shape.value)
        parts += [f"flips:{100 * self.flips:g}"] if self.flips else []
        parts += [f"shock:{self.shock:g}m"] if self.shock else []
        return " ".join(parts) or "none"

    def loss(self, metric: Metric) -> float:
        """Return the wanted loss of a metric."""
        return dict(self.losses).get(metric, 0.0)


@dataclass(frozen=True)
class Population:
    """Tasks drawn from a world: one number per cluster and metric."""

    chance: FloatArray
    """To solve."""
    rates: dict[Metric, FloatArray]
    """Error rate of the reference, per unit metric."""
    hit: FloatArray
    """Whether a loss in a fifth of the tasks falls on this one; 0 or 1."""
    up: FloatArray
    """Direction of its flip; -1 or 1."""


@dataclass(frozen=True)
class Place:
    """What decides whether an effect falls on a cell; each a number or one per cell."""

    hit: FloatArray | float
    up: FloatArray | float
    long: FloatArray | float


def draw_population(world: World, generator: np.random.Generator) -> Population:
    """Draw the tasks of one night."""
    count = world.clusters
    return Population(
        chance=_draw_chances(world, count, generator),
        rates={metric: draw_beta(generator, np.full(count, one.base), world.icc_task) for metric, one in UNITS.items()},
        hit=(generator.random(count) < Shape.FIFTH.share).astype(np.float64),
        up=np.where(generator.random(count) < 0.5, 1.0, -1.0),
    )


def _draw_chances(world: World, count: int, generator: np.random.Generator) -> FloatArray:
    if world.difficulty == FLOOR:
        low = generator.random(count) < 0.5
        return np.where(low, 0.2 * generator.random(count), generator.beta(0.5, 0.5, count))
    return generator.beta(float(world.difficulty), float(world.difficulty), count)


def draw_beta(generator: np.random.Generator, mean: FloatArray, icc: float) -> FloatArray:
    """Draw rates with these means and the intra-class correlation ``icc`` (variance icc * mean * (1 - mean))."""
    if icc <= 0:
        return mean
    size = 1 / icc - 1
    return generator.beta(np.maximum(mean * size, 1e-9), np.maximum((1 - mean) * size, 1e-9))


def solve_chance(world: World, effect: Effect, chance: FloatArray, place: Place) -> FloatArray:
    """Return the quant's chance to solve where the reference's is ``chance``."""
    if effect.flips:
        if world.difficulty == FLOOR:
            raise ValueError("flips have mean zero only where difficulty is symmetric")
        up = np.where(chance < effect.flips, 1.0, np.where(chance > 1 - effect.flips, -1.0, place.up))
        chance = chance + effect.flips * up
    hazard = effect.loss(Metric.PASS_RATE) / mean_chance(world) / effect.shape.share
    return chance * (1 - _check(hazard, effect) * falls(effect.shape, place))


def error_rate(effect: Effect, metric: Metric, rate: FloatArray, place: Place) -> FloatArray:
    """Return the quant's error rate per unit where the reference's is ``rate``."""
    if effect.flips:
        rate = rate * (1 - FLIP_RATIO * effect.flips * place.up)
    hazard = effect.loss(metric) / (1 - UNITS[metric].base) / effect.shape.share
    return rate + (1 - rate) * _check(hazard, effect) * falls(effect.shape, place)


def mean_chance(world: World) -> float:
    """Return the population's mean chance to solve."""
    return 0.3 if world.difficulty == FLOOR else 0.5


@cache
def mean_variance(world: World) -> float:
    """Return the population's mean of chance * (1 - chance): what one trial of a cell varies by."""
    nodes, weights = _chance_nodes(world)
    return float((nodes * (1 - nodes) * weights).sum())


def true_loss(world: World, effect: Effect, metric: Metric) -> float:
    """Return the population's true loss by quadrature over what the quant's arm is drawn with."""
    total = 0.0
    for hit, hit_share in ((0.0, 1 - Shape.FIFTH.share), (1.0, Shape.FIFTH.share)):
        for long, long_share in ((0.0, 1 - Shape.LONG.share), (1.0, Shape.LONG.share)):
            for up in (-1.0, 1.0):
                apart = _mean_difference(world, effect, metric, Place(hit, up, long))
                total += hit_share * long_share * 0.5 * apart
    return total


def _mean_difference(world: World, effect: Effect, metric: Metric, place: Place) -> float:
    if metric is Metric.PASS_RATE:
        nodes, weights = _chance_nodes(world)
        return float(((nodes - solve_chance(world, effect, nodes, place)) * weights).sum())
    base = UNITS[metric].base
    nodes, weights = np.array([base]), np.ones(1)
    if world.icc_task > 0:
        size = 1 / world.icc_task - 1
        nodes, weights = _beta_nodes(base * size, (1 - base) * size)
    return float(((error_rate(effect, metric, nodes, place) - nodes) * weights).sum())


def _chance_nodes(world: World) -> tuple[FloatArray, FloatArray]:
    if world.difficulty == FLOOR:
        low, low_weights = _beta_nodes(1.0, 1.0)
        high, high_weights = _beta_nodes(0.5, 0.5)
        return np.concatenate([0.2 * low, high]), np.concatenate([0.5 * low_weights, 0.5 * high_weights])
    return _beta_nodes(float(world.difficulty), float(world.difficulty))


@cache
def _beta_nodes(a: float, b: float) -> tuple[FloatArray, FloatArray]:
    """Gauss-Jacobi nodes and weights of the mean under Beta(a, b)."""
    nodes, weights = special.roots_jacobi(60, b - 1, a - 1)
    return (nodes + 1) / 2, weights / weights.sum()


def falls(shape: Shape, place: Place) -> FloatArray | float:
    """Return where a loss of this shape falls, as 0 or 1."""
    return {Shape.HOMOGENEOUS: 1.0, Shape.FIFTH: place.hit, Shape.LONG: place.long}[shape]


def _check(hazard: float, effect: Effect) -> float:
    if hazard > 1 + 1e-12:
        raise ValueError(f"{effect.key}: the tasks it falls on have less to lose than that")
    return min(hazard, 1.0)
