"""Sequential nights: the looks of a real run, on planted worlds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from agentbench.compare.nights import TrialArrays, judge_fixed, judge_in_looks
from agentbench.records import Metric, Verdict
from agentbench.selfcheck.arms import Arm, FloatArray
from agentbench.selfcheck.judging import ALPHA
from agentbench.selfcheck.nights import MARGINS, PlantedNight, seed_of
from agentbench.selfcheck.worlds import Effect, World
from agentbench.stats import balanced_order, plan_sequence

DRAWS = 799
"""Swaps a look: .05 and .0125 of 800 are whole."""


@dataclass(frozen=True)
class SequencePart:
    """Nights of a world under an effect."""

    world: World
    effect: Effect
    first: int
    nights: int


@dataclass(frozen=True)
class SequenceNight:
    """How one night ended, one look at a time and all at once."""

    verdict: Verdict
    fixed: Verdict
    taken: int
    """Episodes."""
    planned: int
    """Episodes of the fixed design."""


def judge_part(part: SequencePart) -> list[SequenceNight]:
    """Judge the nights."""
    return [_judge(part, number) for number in range(part.first, part.first + part.nights)]


def _judge(part: SequencePart, number: int) -> SequenceNight:
    night = PlantedNight(part.world, number)
    reference = night.reference
    solved, trials = reference.solved.sum(axis=1), [reference.trials] * len(night.clusters)
    plan = plan_sequence([int(one) for one in solved], trials, _order(part.world), part.world.clusters, alpha=ALPHA)
    most = max(trial for _, trial in plan.episodes) + 1
    arm = night.draw_quant(part.effect, trials=most)
    arrays = {metric: trial_arrays(metric, arm, reference) for metric in Metric}
    seed = (seed_of(part.world.key, "looks"), number)
    found = judge_in_looks(plan, night.clusters, arrays, margins=MARGINS, seed=seed, draws=DRAWS)
    fixed = judge_fixed(plan, night.clusters, arrays, margins=MARGINS, seed=seed, draws=DRAWS)
    return SequenceNight(found.overall, fixed.overall, found.episodes, len(plan.episodes))


@cache
def _order(world: World) -> list[int]:
    cells = PlantedNight(world, 0).cells()
    keys = [(cell.cluster, cell.context_tokens, cell.variant) for cell in cells]
    return balanced_order(keys, [f"{seed_of(cell.id):08x}" for cell in cells])


def trial_arrays(metric: Metric, quant: Arm, reference: Arm) -> TrialArrays:
    """Return both arms of a night as sequential nights take them."""
    ours, our_units = _per_trial(metric, quant)
    theirs, their_units = _per_trial(metric, reference)
    return TrialArrays(ours, our_units, theirs, their_units)


def _per_trial(metric: Metric, arm: Arm) -> tuple[FloatArray, FloatArray]:
    errors, units = {
        Metric.PASS_RATE: (~arm.solved, np.ones(arm.solved.shape)),
        Metric.CALL_VALIDITY: (arm.invalid_calls, arm.calls),
        Metric.DETAIL_ERRORS: (arm.wrong, np.broadcast_to(arm.details[:, None], arm.solved.shape)),
        Metric.COPY_ERRORS: (arm.copy_errors, arm.copy_slots),
    }[metric]
    return errors.astype(np.float64), units.astype(np.float64)
