"""One stored reference serves many nights: how its own luck is spread over them.

For each of many references (their tasks with them) the model is run again and again against it. A good reference
gives false alarms seldom, an unlucky one every night.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentbench.records import Verdict
from agentbench.selfcheck.arms import pair
from agentbench.selfcheck.judging import judge_night, weigh_nights
from agentbench.selfcheck.nights import MARGINS, NO_EFFECT, PlantedNight, seed_of
from agentbench.selfcheck.worlds import World

DRAWS = 799
"""Label swaps a night: .05 and .0125 of 800 are whole."""
_BLOCK = 50


@dataclass(frozen=True)
class ReferencePart:
    """Nights of the model against one reference."""

    world: World
    reference: int
    nights: int


def count_false_alarms(part: ReferencePart) -> int:
    """Return in how many nights the model against this reference of its own is called ``degraded``."""
    first = PlantedNight(part.world, part.reference, part.reference, part.reference)
    reference, found = first.reference, 0
    for start in range(0, part.nights, _BLOCK):
        data = []
        for number in range(start, min(start + _BLOCK, part.nights)):
            night = PlantedNight(part.world, 1_000_000 + part.reference * 10_000 + number, part.reference)
            data.append(pair(night.clusters, night.draw_quant(NO_EFFECT), reference))
        seed = (seed_of(part.world.key, "references"), part.reference, start)
        for evidence in weigh_nights(data, margins=MARGINS, seed=seed, draws=DRAWS):
            found += judge_night(evidence).overall is Verdict.DEGRADED
    return found
