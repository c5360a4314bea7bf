"""Which rule was it? A digest of what the rule says on a fixed set of nights.

Results that took hours are kept in a file; this tells those of another rule apart, and does not change when code is
only moved or worded anew.
"""

from __future__ import annotations

import hashlib
import json

from agentbench.selfcheck.arms import pair
from agentbench.selfcheck.judging import judge_night, weigh_nights
from agentbench.selfcheck.nights import MARGINS, PlantedNight
from agentbench.selfcheck.plan import NIGHTLY, at_margin
from agentbench.selfcheck.worlds import Effect, Shape, World

_WORLDS = (
    NIGHTLY,
    World(1.0, 0.3, 0.3, 40, k_ref=1),
    World(0.25, 0.0, 0.0, 20),
    World(clusters=12),
    World(clusters=6, cells=4),
)
_EFFECTS = (Effect(), Effect(flips=0.3), at_margin(1, Shape.FIFTH), at_margin(2))
_DIGITS = 8


def fingerprint() -> str:
    """Return twelve hexadecimal digits."""
    said = []
    for world in _WORLDS:
        for number, effect in enumerate(_EFFECTS):
            night = PlantedNight(world, number)
            data = pair(night.clusters, night.draw_quant(effect), night.reference)
            evidence = weigh_nights([data], margins=MARGINS, seed=(number,), draws=199, bounds=True)[0]
            judged = judge_night(evidence)
            for metric, one in evidence.items():
                numbers = [one.p_loss, one.p_ni, one.upper, one.lower]
                rounded = [None if number is None else round(number, _DIGITS) for number in numbers]
                said.append([*rounded, judged.verdicts[metric].value])
            said.append([judged.overall.value])
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]
