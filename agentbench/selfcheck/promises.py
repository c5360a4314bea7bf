"""The promises: which grid cells each is about, and its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agentbench.records import Metric, Verdict
from agentbench.selfcheck.findings import Finding, Row, averaged, counted
from agentbench.selfcheck.nights import MARGINS
from agentbench.selfcheck.results import Facts, GridResult, PowerResult, Result, SequenceResult
from agentbench.selfcheck.sizes import episodes_needed, share, unpaired_episodes
from agentbench.selfcheck.worlds import FLOOR, Effect, Shape, World

NIGHTLY_EPISODES = (750, 1_450)
MANY_TASKS = 100
FULL_EPISODES = 1_400
MOST_CORRELATION = 0.1
HARD = f"nightly size below {FULL_EPISODES:,} episodes, or a correlation over {MOST_CORRELATION:g}"
SIZE_LIMITS = {True: 0.37, False: 0.47}
"""Beta(.5, .5) or not. A loss makes sure tasks unsure, and so brings variance of its own; with it the difference of two
arms with K_ref = 4 cannot be had for less than 34 % and 44 %."""
LONGEST_OF_ITSELF = 0.9
"""All four metrics must be cleared at one look, and copy errors take nearly the whole fixed design, which is made for
the pass rate."""


def promises(results: Iterable[Result]) -> list[Finding]:
    """Return every promise that these results speak of, in the order of the documentation."""
    results = list(results)
    grid = [one for one in results if isinstance(one, GridResult)]
    return [
        *_false_alarms(grid),
        *_non_inferior_of_itself(grid),
        *_at_the_margin(grid),
        *_at_twice_the_margin(grid),
        *_coverage(grid),
        *_sizes([one for one in results if isinstance(one, PowerResult)]),
        *_sequential([one for one in results if isinstance(one, SequenceResult)]),
    ]


def nightly(world: Facts) -> bool:
    """Whether a world is of nightly size: enough episodes, tasks and reference trials."""
    least, most = NIGHTLY_EPISODES
    return world.clusters >= MANY_TASKS and world.k_ref >= 4 and least <= (world.episodes or 0) <= most


def full_night(world: Facts) -> bool:
    """Whether a night is at the upper end of nightly size and its errors are not heavily bunched."""
    bunched = max(world.icc_task or 0.0, world.icc_episode or 0.0) > MOST_CORRELATION
    return nightly(world) and (world.episodes or 0) >= FULL_EPISODES and not bunched


def hard_night(world: Facts) -> bool:
    """Whether a night is of nightly size, but smaller, or its errors are heavily bunched."""
    return nightly(world) and not full_night(world)


def _rows(
    grid: Sequence[GridResult], name: str, chosen: Callable[[GridResult], bool], metrics: Sequence[Metric] | None = None
) -> list[Row]:
    found = []
    for one in grid:
        if chosen(one):
            for metric in metrics or (None,):
                key = f"{metric}.{name}" if metric else name
                label = f"{one.world.key}, {one.effect.key}" + (f", {metric}" if metric else "")
                found.append(Row(label, int(one.counts[key]), one.nights))
    return found


def _plain(one: GridResult) -> bool:
    return one.effect == Effect() and one.world.difficulty != FLOOR


def _false_alarms(grid: Sequence[GridResult]) -> list[Finding]:
    text = "the reference against itself is called degraded"
    return [
        *counted("false alarms", text, _rows(grid, "overall.degraded", _plain), at_most=0.05),
        *counted(
            "false alarms, tasks flip",
            "no mean loss, but tasks move by 20 or 30 points either way: called degraded",
            _rows(grid, "overall.degraded", lambda one: one.effect.flips > 0),
            at_most=0.05,
        ),
        *counted(
            "false alarms, floor",
            "half of the cells are solved with a chance of .2 or less: called degraded",
            _rows(grid, "overall.degraded", lambda one: one.effect == Effect() and one.world.difficulty == FLOOR),
            at_most=0.05,
        ),
        *counted(
            "false alarms, common shock",
            "each run is shifted as a whole by a fifth of the margin (standard deviation): called degraded",
            _rows(grid, "overall.degraded", lambda one: one.effect.shock > 0),
            at_most=0.05,
            gated=False,
        ),
    ]


def _non_inferior_of_itself(grid: Sequence[GridResult]) -> list[Finding]:
    text = "the reference against itself is called non_inferior"
    full = _rows(grid, "overall.non_inferior", lambda one: _plain(one) and full_night(one.world))
    hard = _rows(grid, "overall.non_inferior", lambda one: _plain(one) and hard_night(one.world))
    return [
        *counted("power to clear", f"{text}, full night", full, at_least=0.8),
        *counted("power to clear, hard nights", f"{text}, {HARD}", hard, at_least=0.3),
    ]


def times_margin(effect: Effect) -> float | None:
    """Return how many margins each planted loss is, if all metrics have the same; None otherwise."""
    times = {round(loss / getattr(MARGINS, metric.value), 6) for metric, loss in effect.losses}
    return times.pop() if len(times) == 1 and len(effect.losses) == len(Metric) else None


def _at_the_margin(grid: Sequence[GridResult]) -> list[Finding]:
    text = "a loss of exactly the margin is called non_inferior"

    def rows(*, many: bool) -> list[Row]:
        def chosen(one: GridResult) -> bool:
            return times_margin(one.effect) == 1 and (one.world.clusters >= MANY_TASKS) is many

        return _rows(grid, "non_inferior", chosen, tuple(Metric))

    return [
        *counted("wrongly cleared", f"{text}, {MANY_TASKS} tasks and more", rows(many=True), at_most=0.05),
        *counted("wrongly cleared, fewer tasks", f"{text}, fewer tasks", rows(many=False), at_most=0.075),
    ]


def _at_twice_the_margin(grid: Sequence[GridResult]) -> list[Finding]:
    text = "a loss of twice the margin, in that metric alone, is called degraded"

    def rows(night: Callable[[Facts], bool]) -> list[Row]:
        return _rows(grid, "degraded", lambda one: times_margin(one.effect) == 2 and night(one.world), tuple(Metric))

    return [
        *counted("detection", f"{text}, full night", rows(full_night), at_least=0.95),
        *counted("detection, hard nights", f"{text}, {HARD}", rows(hard_night), at_least=0.75),
    ]


def _coverage(grid: Sequence[GridResult]) -> list[Finding]:
    def fits(one: GridResult) -> bool:
        return not one.effect.shock and one.world.difficulty != FLOOR

    def many(one: GridResult) -> bool:
        return fits(one) and one.world.clusters >= 40

    passes, others = (Metric.PASS_RATE,), tuple(metric for metric in Metric if metric is not Metric.PASS_RATE)
    upper = "upper_missed"
    text = "the one-sided 95 % bound of the pass rate's loss misses the true loss, 40 tasks and more"
    elsewhere = _rows(grid, upper, fits, others) + _rows(grid, upper, lambda one: fits(one) and not many(one), passes)
    return [
        *counted("coverage, pass rate", text, _rows(grid, upper, many, passes), at_most=0.07),
        *counted("coverage, not too wide", text, _rows(grid, upper, many, passes), at_least=0.03, gated=False),
        *counted("coverage elsewhere", "the same for the other metrics and fewer tasks", elsewhere, at_most=0.10),
    ]


def _sizes(power: Sequence[PowerResult]) -> list[Finding]:
    found = []
    for one in power:
        if one.shape is Shape.HOMOGENEOUS and one.world.k_ref == 4:
            found.append(_size(one, SIZE_LIMITS[one.world.difficulty == 0.5]))
    return found


def needed_of(one: PowerResult) -> tuple[World, list[World]]:
    """Return the world of a power study and the sizes that it tried."""
    facts = one.world
    assert facts.cells is not None
    assert facts.difficulty is not None
    base = World(
        facts.difficulty, facts.icc_task or 0.0, facts.icc_episode or 0.0, facts.clusters, facts.cells, facts.k_ref
    )
    sizes = [
        World(base.difficulty, base.icc_task, base.icc_episode, clusters, base.cells, base.k_ref)
        for clusters in one.clusters
    ]
    return base, sizes


def _size(one: PowerResult, limit: float) -> Finding:
    base, sizes = needed_of(one)
    needed = share(episodes_needed(sizes, one.found, one.nights), unpaired_episodes(base))
    return Finding(
        name=f"episodes, Beta({one.world.difficulty:g},{one.world.difficulty:g}), {base.cells} cells a task",
        text="episodes that find 3 points with 90 % power, of those that unpaired rates need",
        limit=limit,
        at_most=True,
        estimate=needed.episodes,
        low=needed.low,
        high=needed.high,
        worst=one.world.key,
        cells=1,
        pooled=None,
        broken=needed.low > limit,
    )


def _sequential(found: Sequence[SequenceResult]) -> list[Finding]:
    def at(loss: float) -> list[SequenceResult]:
        return [one for one in found if one.effect.loss(Metric.PASS_RATE) == loss]

    def rows(chosen: Sequence[SequenceResult], verdict: Verdict) -> list[Row]:
        return [Row(f"{one.world.key}, {one.effect.key}", one.verdicts[verdict.value], one.nights) for one in chosen]

    alarms, power = rows(at(0.0), Verdict.DEGRADED), rows(at(0.05), Verdict.DEGRADED)
    text = "reference against itself, sequential: called degraded"
    return [
        *counted("sequential, false alarms", text, alarms, at_most=0.05),
        *counted("sequential, power", "a loss of 5 points, sequential: called degraded", power, at_least=0.84),
        *_lengths("sequential, 10 points", "mean episodes until a 10-point loss stops it, of the fixed", at(0.1), 0.3),
        *_tails("sequential, 10 points, tail", "nights of a 10-point loss that take over half of the fixed", at(0.1)),
        *_lengths(
            "sequential, no loss",
            "mean episodes of the reference against itself, of the fixed",
            at(0.0),
            LONGEST_OF_ITSELF,
        ),
    ]


def _lengths(name: str, text: str, found: Sequence[SequenceResult], limit: float) -> list[Finding]:
    worlds = [(f"{one.world.key}, {one.effect.key}", one.shares) for one in found]
    return averaged(name, text, worlds, at_most=limit)


def _tails(name: str, text: str, found: Sequence[SequenceResult]) -> list[Finding]:
    rows = [
        Row(f"{one.world.key}, {one.effect.key}", sum(share > 0.5 for share in one.shares), one.nights) for one in found
    ]
    return counted(name, text, rows, at_most=0.1)
