"""What no test can better: verdicts of one who knew the true spread of every night's loss.

    python -m benchmarks.best_possible [nights]

The product has to estimate that spread from one night. A test that is told it (a z test of the pooled loss) bounds
from above what any test of the pooled loss can promise in the same world, and so tells a promise that no rule could
keep from one that this rule does not keep. Nightly sizes of the self-check's worlds, K_ref = 4, alpha .05.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy import special

from agentbench.records import Metric
from agentbench.selfcheck.arms import pair
from agentbench.selfcheck.judging import ALPHA
from agentbench.selfcheck.nights import MARGINS, PlantedNight
from agentbench.selfcheck.plan import DIFFICULTIES, NIGHTLY, SMALL_NIGHTLY, at_margin
from agentbench.selfcheck.worlds import Effect, World

CORRELATIONS = (0.1, 0.3)
NIGHTS = 400
HEAD = (
    "| world | no loss: cleared in all metrics | in copy errors alone | twice the margin: found, pass rate | "
    "copy errors |\n| --- | ---: | ---: | ---: | ---: |"
)


def losses(world: World, effect: Effect, nights: int) -> dict[Metric, tuple[float, float]]:
    """Return mean and standard deviation of each metric's observed loss over nights."""
    found: dict[Metric, list[float]] = {metric: [] for metric in Metric}
    for number in range(nights):
        night = PlantedNight(world, number)
        for metric, data in pair(night.clusters, night.draw_quant(effect), night.reference).items():
            quant = data.quant_errors.sum() / data.quant_units.sum()
            found[metric].append(float(quant - data.reference_errors.sum() / data.reference_units.sum()))
    return {metric: (float(np.mean(one)), float(np.std(one, ddof=1))) for metric, one in found.items()}


def rows(nights: int) -> Iterator[str]:
    """Yield a Markdown row per world."""
    needed = special.ndtri(1 - ALPHA)
    adjusted = special.ndtri(1 - ALPHA / len(Metric))
    for cells, correlation, difficulty in product((NIGHTLY.cells, SMALL_NIGHTLY), CORRELATIONS, DIFFICULTIES):
        world = World(difficulty, correlation, correlation, cells=cells)
        none, twice = losses(world, Effect(), nights), losses(world, at_margin(2), nights)
        cleared = {m: special.ndtr(getattr(MARGINS, m.value) / none[m][1] - needed) for m in Metric}
        found = {m: special.ndtr(twice[m][0] / twice[m][1] - adjusted) for m in Metric}
        cells_of_row = [
            math.prod(cleared.values()),
            cleared[Metric.COPY_ERRORS],
            found[Metric.PASS_RATE],
            found[Metric.COPY_ERRORS],
        ]
        yield f"| {world.key} | " + " | ".join(f"{100 * one:.0f} %" for one in cells_of_row) + " |"


def main() -> None:
    """Print the table."""
    print(HEAD, flush=True)
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else NIGHTS):
        print(row, flush=True)


if __name__ == "__main__":
    main()
