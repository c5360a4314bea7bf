"""Sequential nights in simulated worlds: level, power and length of the product's looks and of other spendings.

    python -m benchmarks.sequential [nights]

Each world is a pass rate over tasks whose chance to be solved is Beta(.5, .5); a loss takes the same share of every
task's chance, or five times that in a fifth of the tasks. The nights go the way of real ones
(``agentbench.compare.nights``). Shares are of the fixed design's episodes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from agentbench.compare.nights import TrialArrays, judge_fixed, judge_in_looks
from agentbench.records import Margins, Metric, Verdict
from agentbench.selfcheck.worlds import UNITS, FloatArray, draw_beta
from agentbench.stats import balanced_order, plan_sequence
from agentbench.stats.sequential import HARM_GAMMA, NON_INFERIOR_GAMMA

DRAWS = 1_999
CORRELATION = 0.1
"""Of errors within a task, and within an episode."""


@dataclass(frozen=True)
class World:
    """Where a night happens."""

    tasks: int = 120
    cells: int = 10
    k_ref: int = 4
    hit: float = 1.0
    """Share of the tasks that the loss falls on."""
    flips: float = 0.0
    """Points up or down, by the flip of a coin, that each task's chance moves in the quant."""
    alpha: float = 0.05
    all_metrics: bool = False
    """Calls, details and copy slots too, as in the self-check's worlds and without a loss."""

    def __str__(self) -> str:
        text = f"{self.tasks} tasks x {self.cells} cells, K_ref {self.k_ref}"
        text += f", loss on {100 * self.hit:.0f} % of the tasks" if self.hit < 1 else ""
        text += f", tasks flip by {100 * self.flips:.0f} points" if self.flips else ""
        text += ", all four metrics" if self.all_metrics else ""
        return text + (f", alpha {self.alpha}" if self.alpha != 0.05 else "")


@dataclass(frozen=True)
class Row:
    """What became of the nights of one world and loss."""

    degraded: float
    non_inferior: float
    mean_share: float
    share_90: float
    episodes: float
    fixed_degraded: float
    fixed_non_inferior: float

    def line(self, world: World, loss: float) -> str:
        """Return a Markdown row."""
        return (
            f"| {world} | {100 * loss:g} | {100 * self.degraded:.1f} % | {100 * self.non_inferior:.1f} % | "
            f"{100 * self.mean_share:.0f} % | {100 * self.share_90:.0f} % | {self.episodes:.0f} | "
            f"{100 * self.fixed_degraded:.1f} % | {100 * self.fixed_non_inferior:.1f} % |"
        )


def play(
    world: World, loss: float, nights: int, *, harm: float = HARM_GAMMA, safe: float = NON_INFERIOR_GAMMA, seed: int = 1
) -> Row:
    """Play nights and count their verdicts."""
    generator = np.random.default_rng([seed, round(1000 * loss)])
    clusters = np.repeat(np.arange(world.tasks), world.cells)
    labels = [(int(task), index % world.cells % 5, index % world.cells // 5) for index, task in enumerate(clusters)]
    order = balanced_order(labels, [f"{one:08x}" for one in generator.integers(0, 2**31, len(labels))])
    found, fixed = [], []
    for night in range(nights):
        chance = generator.beta(0.5, 0.5, world.tasks)
        hit = np.zeros(world.tasks)
        hit[generator.permutation(world.tasks)[: round(world.hit * world.tasks)]] = 1 / world.hit
        flips = world.flips * generator.choice([-1, 1], world.tasks)
        worse = np.clip(np.clip(chance + flips, 0, 1) * (1 - hit * loss / 0.5), 0, 1)
        reference = generator.binomial(1, chance[clusters, None], (len(clusters), world.k_ref)).astype(np.float64)
        plan = plan_sequence(
            list(reference.sum(axis=1)), [world.k_ref] * len(clusters), order, world.tasks, alpha=world.alpha,
            harm_gamma=harm, non_inferior_gamma=safe,
        )  # fmt: skip
        trials = 1 + max(trial for _, trial in plan.episodes)
        quant = generator.binomial(1, worse[clusters, None], (len(clusters), trials)).astype(np.float64)
        ones = np.ones_like
        arrays = {Metric.PASS_RATE: TrialArrays(1 - quant, ones(quant), 1 - reference, ones(reference))}
        if world.all_metrics:
            for metric, unit in UNITS.items():
                task = draw_beta(generator, np.full(world.tasks, unit.base), CORRELATION)[clusters, None]
                arms = []
                for shape in (quant.shape, reference.shape):
                    rate = draw_beta(generator, np.broadcast_to(task, shape), CORRELATION)
                    arms += draw_errors(generator, metric, rate)
                arrays[metric] = TrialArrays(*arms)
        ended = judge_in_looks(plan, clusters, arrays, margins=Margins(), seed=night // 50, draws=DRAWS)
        once = judge_fixed(plan, clusters, arrays, margins=Margins(), seed=night // 50, draws=DRAWS)
        found.append((ended.overall, ended.episodes / len(plan.episodes), len(plan.episodes)))
        fixed.append(once.overall)
    shares = [share for _, share, _ in found]
    return Row(
        degraded=float(np.mean([one == Verdict.DEGRADED for one, *_ in found])),
        non_inferior=float(np.mean([one == Verdict.NON_INFERIOR for one, *_ in found])),
        mean_share=float(np.mean(shares)),
        share_90=float(np.quantile(shares, 0.9)),
        episodes=float(np.mean([total for *_, total in found])),
        fixed_degraded=float(np.mean([one == Verdict.DEGRADED for one in fixed])),
        fixed_non_inferior=float(np.mean([one == Verdict.NON_INFERIOR for one in fixed])),
    )


def draw_errors(generator: np.random.Generator, metric: Metric, rate: FloatArray) -> list[FloatArray]:
    """Draw errors and units of one arm's trials; of details one by one, as many in every trial."""
    unit = UNITS[metric]
    if metric is Metric.DETAIL_ERRORS:
        wrong = generator.random((*rate.shape, unit.most)) < rate[:, :, None]
        return [wrong.astype(np.float64), np.full(rate.shape, float(unit.most))]
    count = generator.integers(unit.least, unit.most + 1, rate.shape)
    return [generator.binomial(count, rate).astype(np.float64), count.astype(np.float64)]


HEAD = (
    "| world | loss, points | degraded | non_inferior | mean share | 90 % share | fixed design, episodes | "
    "fixed: degraded | fixed: non_inferior |\n" + "| --- " * 9 + "|"
)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sequential", description=main.__doc__)
    parser.add_argument("nights", type=int, nargs="?", default=1000, help="of the first world; a quarter elsewhere")
    nights: int = parser.parse_args().nights
    print(HEAD)
    worlds = [
        World(), World(cells=5), World(k_ref=1, cells=20), World(k_ref=8), World(hit=0.2), World(tasks=40, cells=30),
        World(alpha=0.01, cells=15), World(flips=0.2), World(all_metrics=True),
    ]  # fmt: skip
    for index, world in enumerate(worlds):
        for loss in (0.0, 0.05, 0.1):
            print(play(world, loss, nights if index == 0 else nights // 4).line(world, loss), flush=True)
    print(
        "\nOther spendings, in the first world (gamma for harm, for non-inferiority):\n\n| gamma |" + HEAD[1:],
        flush=True,
    )
    for harm, safe in ((-4.0, -4.0), (-2.0, -4.0), (HARM_GAMMA, NON_INFERIOR_GAMMA), (1.0, 1.0)):
        for loss in (0.0, 0.05, 0.1):
            row = play(World(), loss, nights // 4, harm=harm, safe=safe)
            print(f"| {harm:g}, {safe:g} {row.line(World(), loss)}", flush=True)


if __name__ == "__main__":
    main()
