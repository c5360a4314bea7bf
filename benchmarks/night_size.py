"""What a night of the suite ``nightly`` can see, by its own numbers: tasks, cells a task, and its stricter alpha.

    python -m benchmarks.night_size --tasks 137 --cells 10

Simulated nights as in docs/validity.md (difficulty Beta(.5,.5), correlations of .1, K_ref = 4), judged by the product's
rule with all four metrics: the share in which a loss is shown after Holm, and in which the same model is cleared.
"""

from __future__ import annotations

import argparse

from agentbench.records import Margins, Metric
from agentbench.selfcheck.arms import Night, pair
from agentbench.selfcheck.judging import judge_night, weigh_nights
from agentbench.selfcheck.nights import PlantedNight
from agentbench.selfcheck.worlds import Effect, Shape, World

ALPHAS = (0.05, 0.01)
SHAPES = (Shape.HOMOGENEOUS, Shape.FIFTH)
LOSSES = {
    Metric.PASS_RATE: (0.03, 0.05, 0.10),
    Metric.CALL_VALIDITY: (0.01, 0.02),
    Metric.DETAIL_ERRORS: (0.02, 0.04),
    Metric.COPY_ERRORS: (0.005, 0.01),
}


def draw_nights(world: World, effect: Effect, count: int) -> list[Night]:
    """Return so many nights of a world, the quant with a loss."""
    planted = (PlantedNight(world, number) for number in range(count))
    return [pair(one.clusters, one.draw_quant(effect), one.reference, one.metrics) for one in planted]


def shares(nights: list[Night], metric: Metric | None) -> list[float]:
    """Return, for each alpha, the share of nights that show the metric's loss; without one, that clear the model."""
    found = []
    for alpha in ALPHAS:
        judged = [
            judge_night(evidence, alpha=alpha)
            for evidence in weigh_nights(nights, margins=Margins(), seed=(1,), alpha=alpha)
        ]
        hits = [one.overall == "non_inferior" if metric is None else one.p_holm[metric] <= alpha for one in judged]
        found.append(sum(hits) / len(hits))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.night_size", description="What a night can see.")
    parser.add_argument("--tasks", type=int, required=True, help="clusters")
    parser.add_argument("--cells", type=int, required=True, help="of each")
    parser.add_argument("--nights", type=int, default=300)
    options = parser.parse_args()
    world = World(clusters=options.tasks, cells=options.cells)
    print(f"{options.tasks} tasks x {options.cells} cells, K_ref = {world.k_ref}, {options.nights} nights each\n")
    heads = [f"{shape.value}, alpha {alpha:g}" for shape in SHAPES for alpha in ALPHAS]
    print(f"| loss | {' | '.join(heads)} |\n| --- |{' ---: |' * len(heads)}")
    cleared = shares(draw_nights(world, Effect(), options.nights), None)
    print(f"| none: the same model is cleared | {' | '.join(f'{share:.0%}' for share in cleared)} | | |")
    for metric, losses in LOSSES.items():
        for loss in losses:
            cells = [
                f"{share:.0%}"
                for shape in SHAPES
                for share in shares(draw_nights(world, Effect(shape, ((metric, loss),)), options.nights), metric)
            ]
            print(f"| {metric.value.replace('_', ' ')}, {100 * loss:g} points | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
