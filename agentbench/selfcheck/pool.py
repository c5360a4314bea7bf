"""Worlds made of real episodes: stored trials of a model, drawn again and again.

A night draws clusters from the stored ones (with replacement, so the stored tasks stand for the tasks there might be)
and in each of their cells the trials of both arms from that cell's stored trials. Both arms are then the same model;
a loss is planted on top as in drawn worlds, as a chance that what was right goes wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from agentbench.records import Metric, Outcome, ScoredEpisode
from agentbench.selfcheck.arms import Arm, FloatArray, IntArray
from agentbench.selfcheck.nights import seed_of
from agentbench.selfcheck.worlds import LONG, Effect, Place, Shape, falls


@dataclass(frozen=True)
class Pool:
    """Stored trials of one model, as arrays padded to the largest number of trials."""

    arm: Arm
    trials: IntArray
    """Stored trials of each cell; rows of ``arm`` beyond are padding."""
    clusters: IntArray
    """Of each cell, from 0 without gaps; sorted."""
    long: FloatArray
    """Whether a cell has 64k tokens and more; 0 or 1."""

    @property
    def n_clusters(self) -> int:
        """Stored clusters."""
        return int(self.clusters.max()) + 1

    def means(self, metric: Metric) -> tuple[FloatArray, FloatArray]:
        """Return a metric's errors and units per cell, means over the stored trials."""
        arm = self.arm
        held = np.arange(arm.trials) < self.trials[:, None]
        errors, units = {
            Metric.PASS_RATE: (~arm.solved, held),
            Metric.CALL_VALIDITY: (arm.invalid_calls, arm.calls),
            Metric.DETAIL_ERRORS: (arm.wrong.sum(axis=2), np.broadcast_to(arm.details[:, None], held.shape)),
            Metric.COPY_ERRORS: (arm.copy_errors, arm.copy_slots),
        }[metric]
        return (errors * held).sum(axis=1) / self.trials, (units * held).sum(axis=1) / self.trials


def pool_of(scored: Iterable[ScoredEpisode]) -> Pool:
    """Gather the graded episodes by cell.

    Raises:
        ValueError: if there is none.

    """
    cells: dict[tuple[str, str], list[ScoredEpisode]] = defaultdict(list)
    for episode in scored:
        if episode.outcome.graded:
            cells[episode.case.cell.cluster, episode.case.cell.id].append(episode)
    if not cells:
        raise ValueError("no graded episode to draw from")
    names = sorted(cells)
    rows = [sorted(cells[name], key=lambda episode: episode.case.trial) for name in names]
    number = {cluster: index for index, cluster in enumerate(sorted({cluster for cluster, _ in names}))}
    return Pool(
        arm=_stack(rows),
        trials=np.array([len(row) for row in rows], dtype=np.int64),
        clusters=np.array([number[cluster] for cluster, _ in names], dtype=np.int64),
        long=np.array([float(row[0].case.cell.context_tokens >= LONG) for row in rows]),
    )


def _stack(rows: Sequence[Sequence[ScoredEpisode]]) -> Arm:
    shape = (len(rows), max(len(row) for row in rows))
    details = np.array([max(episode.details_declared for episode in row) for row in rows], dtype=np.int64)
    solved = np.zeros(shape, dtype=np.bool_)
    wrong = np.zeros((*shape, int(details.max())), dtype=np.bool_)
    invalid, calls, copies, slots = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for at, row in enumerate(rows):
        for trial, episode in enumerate(row):
            where = at, trial
            solved[where] = episode.outcome is Outcome.SOLVED
            calls[where] = episode.attempted_calls
            invalid[where] = calls[where] - sum(count for kind, count in episode.calls.items() if kind == "valid")
            copies[where], slots[where] = episode.copy_errors, episode.copy_opportunities
            marks = sorted((finding.detail_id, finding.detail_class.is_error) for finding in episode.detail_findings)
            wrong[at, trial, : len(marks)] = [is_error for _, is_error in marks][: wrong.shape[2]]
    return Arm(solved, invalid, calls, wrong, details, copies, slots)


@dataclass(frozen=True)
class PoolWorld:
    """Nights of so many clusters drawn from stored episodes."""

    pool: Pool
    name: str
    clusters: int
    k_ref: int = 4
    trials: int = 1

    @property
    def key(self) -> str:
        """Name of the world, in results and as its seed."""
        return f"episodes of {self.name} {self.clusters} clusters kref={self.k_ref}"

    def hazards(self, effect: Effect) -> dict[Metric, float]:
        """Return the chance that a right unit goes wrong where the effect falls, for the wanted mean losses.

        Raises:
            ValueError: if flips or shocks are asked for, or there is less to lose than the wanted loss.

        """
        if effect.flips or effect.shock:
            raise ValueError("stored episodes take planted losses only")
        found = {}
        for metric, loss in effect.losses:
            reach = self._reach(metric, effect.shape)
            if loss > reach:
                raise ValueError(f"{effect.key}: these episodes have less to lose than that")
            found[metric] = loss / reach
        return found

    def true_loss(self, effect: Effect, metric: Metric) -> float:
        """Return the loss of the stored cells, each weighing the same, trials of a cell equally likely."""
        hazard = self.hazards(effect).get(metric, 0.0)
        return hazard * self._reach(metric, effect.shape)

    def _reach(self, metric: Metric, shape: Shape) -> float:
        """What would be lost if every right unit where the loss falls went wrong."""
        errors, units = self.pool.means(metric)
        every = float(units.sum())
        where = np.asarray(falls(shape, Place(hit=shape.share, up=1.0, long=self.pool.long)))
        return float(((units - errors) * where).sum()) / every if every else 0.0


@dataclass(frozen=True)
class ResampledNight:
    """One night of a pool: its clusters are fixed when it is made, both arms are drawn on demand."""

    world: PoolWorld
    number: int
    metrics: tuple[Metric, ...] = tuple(Metric)

    @cached_property
    def _rows(self) -> tuple[IntArray, IntArray]:
        """The stored row of each cell, and the cluster that it belongs to this night."""
        pool = self.world.pool
        generator = np.random.default_rng([seed_of(self.world.key), self.number])
        drawn = generator.integers(0, pool.n_clusters, self.world.clusters)
        rows = [np.flatnonzero(pool.clusters == cluster) for cluster in drawn]
        return np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(one) for one in rows])

    @property
    def clusters(self) -> IntArray:
        """Cluster number of each cell."""
        return self._rows[1]

    @cached_property
    def reference(self) -> Arm:
        """The reference."""
        return self._draw(self.world.k_ref, np.random.default_rng([seed_of(self.world.key, "arm"), self.number, 0]))

    def draw_reference(self, effect: Effect) -> Arm:
        """Return the reference, which no effect of these worlds touches."""
        self.world.hazards(effect)
        return self.reference

    def draw_quant(self, effect: Effect) -> Arm:
        """Draw the quant's arm."""
        generator = np.random.default_rng([seed_of(self.world.key, "arm"), self.number, 1])
        arm = self._draw(self.world.trials, generator)
        hazards = self.world.hazards(effect)
        hits = (generator.random(self.world.clusters) < Shape.FIFTH.share).astype(np.float64)
        place = Place(hit=hits[self.clusters], up=1.0, long=self.world.pool.long[self._rows[0]])
        where = np.broadcast_to(np.asarray(falls(effect.shape, place)), self.clusters.shape)[:, None]
        chance = {metric: hazards.get(metric, 0.0) * where for metric in Metric}
        declared = np.arange(arm.wrong.shape[2]) < arm.details[:, None, None]
        lost = generator.random(arm.wrong.shape) < chance[Metric.DETAIL_ERRORS][:, :, None]
        return replace(
            arm,
            solved=arm.solved & (generator.random(arm.solved.shape) >= chance[Metric.PASS_RATE]),
            invalid_calls=arm.invalid_calls
            + generator.binomial(arm.calls - arm.invalid_calls, chance[Metric.CALL_VALIDITY]),
            wrong=arm.wrong | (lost & declared),
            copy_errors=arm.copy_errors
            + generator.binomial(arm.copy_slots - arm.copy_errors, chance[Metric.COPY_ERRORS]),
        )

    def _draw(self, trials: int, generator: np.random.Generator) -> Arm:
        rows = self._rows[0]
        stored = self.world.pool.trials[rows][:, None]
        chosen = (generator.random((len(rows), trials)) * stored).astype(np.int64)
        arm, at = self.world.pool.arm, rows[:, None]
        return Arm(
            solved=arm.solved[at, chosen],
            invalid_calls=arm.invalid_calls[at, chosen],
            calls=arm.calls[at, chosen],
            wrong=arm.wrong[at, chosen],
            details=arm.details[rows],
            copy_errors=arm.copy_errors[at, chosen],
            copy_slots=arm.copy_slots[at, chosen],
        )
