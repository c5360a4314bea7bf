"""One grid cell: many nights of one world under several effects, and how often the rule said what.

Every night sees all effects, on the same tasks and the same reference. An effect that plants losses plants them in all
metrics, independently; then each metric is judged as on a night in which *it alone* has a loss, the others' evidence
being that of the same night without any. That is the hardest night for its own detection (Holm has no help) and for
the overall verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentbench.compare.evidence import MetricEvidence
from agentbench.records import Metric, Verdict
from agentbench.selfcheck.arms import Night, pair
from agentbench.selfcheck.judging import ALPHA, DRAWS, judge_night, weigh_nights
from agentbench.selfcheck.nights import MARGINS, NO_EFFECT, PlantedNight, seed_of
from agentbench.selfcheck.pool import PoolWorld, ResampledNight
from agentbench.selfcheck.worlds import Effect, World

BLOCK = 25
"""Nights that share their label swaps."""
Counts = Counter[str]
"""``nights``; ``overall.<verdict>``; per metric ``<metric>.<verdict>``, ``.p_loss`` and ``.holm`` (at most alpha),
``.overall_degraded`` and ``.overall_non_inferior`` (that metric alone having a loss), ``.upper_missed`` and
``.lower_missed`` (the one-sided bounds at 1 - alpha), and the sum ``.loss`` of the estimates."""
_TIE = 1e-9


@dataclass(frozen=True)
class Part:
    """A piece of work: these nights of a world."""

    world: World | PoolWorld
    effects: tuple[Effect, ...]
    first: int
    nights: int
    draws: int = DRAWS


def count_part(part: Part) -> dict[str, Counts]:
    """Draw and judge the nights; counts per effect's key."""
    found = {effect.key: Counts() for effect in part.effects}
    truths = {
        effect.key: {metric: part.world.true_loss(effect, metric) for metric in Metric} for effect in part.effects
    }
    for first in range(part.first, part.first + part.nights, BLOCK):
        numbers = range(first, min(first + BLOCK, part.first + part.nights))
        for null, evidences in _block(part, numbers):
            for effect, evidence in zip(part.effects, evidences, strict=True):
                add_night(found[effect.key], effect, evidence, null, truths[effect.key])
    return found


def _block(
    part: Part, numbers: Sequence[int]
) -> list[tuple[dict[Metric, MetricEvidence], list[dict[Metric, MetricEvidence]]]]:
    """Return, for each night, the evidence without any effect and that of every effect."""
    effects = (NO_EFFECT, *part.effects)
    data = [paired_night(open_night(part.world, number), effects) for number in numbers]
    seed = (seed_of(part.world.key, "swaps"), numbers[0])
    flat = weigh_nights(
        [night for row in data for night in row], margins=MARGINS, seed=seed, draws=part.draws, bounds=True
    )
    width = len(effects)
    return [(flat[start], flat[start + 1 : start + width]) for start in range(0, len(flat), width)]


def open_night(world: World | PoolWorld, number: int) -> PlantedNight | ResampledNight:
    """Return the world's night of this number."""
    return ResampledNight(world, number) if isinstance(world, PoolWorld) else PlantedNight(world, number)


def paired_night(night: PlantedNight | ResampledNight, effects: Sequence[Effect]) -> list[Night]:
    """Return the night as each effect makes it."""
    found: list[Night] = []
    for effect in effects:
        reference = night.draw_reference(effect) if effect.shock else night.reference
        found.append(pair(night.clusters, night.draw_quant(effect), reference, night.metrics))
    return found


def add_night(
    counts: Counts,
    effect: Effect,
    evidence: Mapping[Metric, MetricEvidence],
    null: Mapping[Metric, MetricEvidence],
    truth: Mapping[Metric, float],
) -> None:
    """Count one night."""
    counts["nights"] += 1
    if not effect.losses:
        judged = judge_night(dict(evidence))
        counts[f"overall.{judged.overall}"] += 1
    for metric, one in evidence.items():
        if effect.losses:
            judged = judge_night({**null, metric: one})
            counts[f"{metric}.overall_degraded"] += judged.overall is Verdict.DEGRADED
            counts[f"{metric}.overall_non_inferior"] += judged.overall is Verdict.NON_INFERIOR
        counts[f"{metric}.{judged.verdicts[metric]}"] += 1
        counts[f"{metric}.p_loss"] += one.p_loss <= ALPHA
        counts[f"{metric}.holm"] += judged.p_holm[metric] <= ALPHA
        if one.estimate is not None and one.upper is not None and one.lower is not None:
            counts[f"{metric}.upper_missed"] += truth[metric] > one.upper + _TIE
            counts[f"{metric}.lower_missed"] += truth[metric] < one.lower - _TIE
            counts[f"{metric}.loss"] += one.estimate.loss  # type: ignore[assignment]
