"""The tables of docs/validity.md, from stored results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agentbench.records import Metric
from agentbench.selfcheck.nights import MARGINS
from agentbench.selfcheck.promises import needed_of, nightly, times_margin
from agentbench.selfcheck.results import (
    GridResult,
    PowerResult,
    PracticeResult,
    ReferenceResult,
    SequenceResult,
)
from agentbench.selfcheck.sizes import episodes_needed, share, unpaired_episodes, unpaired_episodes_against
from agentbench.selfcheck.worlds import UNITS, Effect, Shape
from benchmarks import validity_plots as plots

Rows = Iterable[Sequence[str]]
SHORT = ("pass", "calls", "details", "copies")
"""The metrics, as columns call them."""


def table(head: Sequence[str], rows: Rows, *, numbers: bool = True) -> str:
    """Return a Markdown table; all columns but the first hold numbers."""
    align = ["---"] + ["---:" if numbers else "---"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, align, *rows))


def percent(share_: float, digits: int = 1) -> str:
    """Return ``4.7 %``."""
    return f"{100 * share_:.{digits}f} %"


def detection_tables(night: Sequence[GridResult]) -> str:
    """Return, per metric, how often a loss is called degraded and how often non_inferior, at nightly size."""
    found = []
    for metric in Metric:
        losses = sorted({one.effect.loss(metric) for one in night if one.effect.loss(metric)})
        rows = []
        for shape in Shape:
            held = {loss: one for loss, one in plots.curve(night, metric, shape) if loss}
            rows.append(
                (
                    str(shape),
                    *(
                        f"{percent(held[loss].counts[f'{metric}.holm'] / held[loss].nights)}, "
                        f"{percent(held[loss].counts[f'{metric}.non_inferior'] / held[loss].nights)}"
                        if loss in held
                        else ""
                        for loss in losses
                    ),
                )
            )
        head = [f"{plots.NAMES[metric]}, margin {100 * getattr(MARGINS, metric.value):g}"]
        found.append(table((*head, *(f"{100 * loss:g} points" for loss in losses)), rows))
    return "\n\n".join(found)


def _mean(grid: Sequence[GridResult], name: str, chosen: Callable[[GridResult], bool]) -> str:
    rows = [one for one in grid if chosen(one)]
    if not rows:
        return ""
    return percent(sum(one.counts[name] for one in rows) / sum(one.nights for one in rows))


def size_table(grid: Sequence[GridResult]) -> str:
    """Return the means over all worlds of one size."""
    sizes = sorted({(one.world.clusters, one.world.cells or 0, one.world.k_ref) for one in grid}, reverse=True)
    rows = []
    for clusters, cells, k_ref in sizes:
        some = [
            one for one in grid if (one.world.clusters, one.world.cells, one.world.k_ref) == (clusters, cells, k_ref)
        ]
        worlds = len({one.world.key for one in some})
        plain: Callable[[GridResult], bool] = lambda one: one.effect == Effect()  # noqa: E731
        at_one, at_two = ((lambda one, n=n: times_margin(one.effect) == n) for n in (1, 2))
        rows.append(
            (
                f"{clusters} x {cells}, {k_ref}",
                str(worlds),
                _mean(some, "overall.degraded", plain),
                _mean(some, "overall.non_inferior", plain),
                *(_mean(some, f"{metric}.non_inferior", at_one) for metric in Metric),
                *(_mean(some, f"{metric}.degraded", at_two) for metric in Metric),
            )
        )
    head = (
        "tasks x cells, K_ref",
        "worlds",
        "same model: degraded",
        "non_inferior",
        *(f"at m cleared: {one}" for one in SHORT),
        *(f"at 2m degraded: {one}" for one in SHORT),
    )
    return table(head, rows)


def worst_table(grid: Sequence[GridResult]) -> str:
    """Return, for nightly worlds, detection and clearing by correlation: where it is hard."""
    rows = []
    nights = [one for one in grid if nightly(one.world)]
    keys = sorted({(one.world.cells or 0, one.world.icc_task or 0, one.world.icc_episode or 0) for one in nights})
    for cells, task, episode in keys:
        some = [
            one
            for one in nights
            if (one.world.cells, one.world.icc_task, one.world.icc_episode) == (cells, task, episode)
        ]
        rows.append(
            (
                f"{cells}, {task:g}, {episode:g}",
                _mean(some, "overall.non_inferior", lambda one: one.effect == Effect()),
                *(_mean(some, f"{metric}.degraded", lambda one: times_margin(one.effect) == 2) for metric in Metric),
            )
        )
    head = (
        "cells a task, correlation in task, in episode",
        "same model cleared",
        f"2m found: {SHORT[0]}",
        *SHORT[1:],
    )
    return table(head, rows)


def coverage_table(grid: Sequence[GridResult]) -> str:
    """Return how often the one-sided bounds miss the true loss."""
    rows = []
    kinds: list[tuple[str, Callable[[GridResult], bool]]] = [
        ("no loss", lambda one: one.effect == Effect()),
        ("tasks flip", lambda one: one.effect.flips > 0),
        *(
            (
                f"loss of m, {shape}",
                lambda one, shape=shape: times_margin(one.effect) == 1 and one.effect.shape is shape,
            )
            for shape in Shape
        ),
        ("each run shifted", lambda one: one.effect.shock > 0),
    ]
    for clusters in sorted({one.world.clusters for one in grid}, reverse=True):
        for name, chosen in kinds:
            some = [one for one in grid if one.world.clusters == clusters]
            rows.append(
                (
                    f"{clusters}, {name}",
                    *(
                        ", ".join(_mean(some, f"{metric}.{side}_missed", chosen) for side in ("upper", "lower"))
                        for metric in Metric
                    ),
                )
            )
    return table(("tasks, effect", "pass rate", "call validity", "detail errors", "copy errors"), rows)


def reference_table(found: Sequence[ReferenceResult]) -> str:
    """Return how false alarms are spread over references."""
    rows = []
    for one in sorted(found, key=lambda one: one.world.k_ref):
        rates = sorted(alarms / one.nights for alarms in one.alarms)
        count = len(rates)
        over = sum(rate_ > 0.1 for rate_ in rates)
        rows.append(
            (
                f"{one.world.k_ref}",
                f"{count} x {one.nights}",
                percent(sum(rates) / count),
                percent(rates[count // 2]),
                percent(rates[min(count - 1, int(0.9 * count))]),
                percent(rates[-1]),
                percent(over / count, 0),
            )
        )
    head = ("K_ref", "references x nights", "mean", "median", "90th percentile", "worst", "over 10 %")
    return table(head, rows)


def episode_table(found: Sequence[PowerResult]) -> str:
    """Return what a 3-point loss costs in episodes."""
    rows = []
    for one in found:
        base, sizes = needed_of(one)
        needed = episodes_needed(sizes, one.found, one.nights)
        part = share(needed, unpaired_episodes(base))
        against = needed.episodes / unpaired_episodes_against(base)
        rows.append(
            (
                f"Beta({one.world.difficulty:g}, {one.world.difficulty:g}), {one.shape}, {base.cells} cells a task, "
                f"K_ref {base.k_ref}",
                f"{needed.episodes:,.0f}",
                f"{unpaired_episodes(base):,.0f}",
                f"{100 * part.episodes:.0f} % ({100 * part.low:.0f}-{100 * part.high:.0f})",
                f"{100 * against:.0f} %",
            )
        )
    head = ("world", "episodes", "unpaired, each arm", "share (99 %)", "of unpaired against the stored reference")
    return table(head, rows)


def practice_table(found: Sequence[PracticeResult]) -> str:
    """Return each practice's objections by true loss, and those of the paired test on the same answers."""
    if not found:
        return "not run"
    rows = []
    for one in found:
        rows.append((f"{one.name} ({one.source})", *(percent(count / one.runs, 0) for count in one.practice)))
        rows.append(("- paired test, same answers", *(percent(count / one.runs, 0) for count in one.paired)))
    head = ("objects at a true loss of", *("none" if not loss else f"{100 * loss:g}" for loss in found[0].losses))
    return table(head, rows)


def sequential_table(found: Sequence[SequenceResult]) -> str:
    """Return how long sequential nights took and what they said, beside the fixed design."""
    rows = []
    for one in found:
        shares = one.shares
        rows.append(
            (
                f"Beta({one.world.difficulty:g}, {one.world.difficulty:g}), {_points(one.effect)}",
                f"{one.nights:,}",
                f"{sum(one.planned) / one.nights:,.0f}",
                percent(sum(shares) / one.nights, 0),
                percent(shares[min(one.nights - 1, int(0.9 * one.nights))], 0),
                *(percent(one.verdicts[word] / one.nights) for word in ("degraded", "non_inferior")),
                *(percent(one.fixed[word] / one.nights) for word in ("degraded", "non_inferior")),
            )
        )
    head = (
        "world, loss of the pass rate",
        "nights",
        "fixed design",
        "mean taken",
        "90th percentile",
        "degraded",
        "non_inferior",
        "fixed: degraded",
        "fixed: non_inferior",
    )
    return table(head, rows) if rows else "not run"


def _points(effect: Effect) -> str:
    loss = effect.loss(Metric.PASS_RATE)
    return f"{100 * loss:g} points" if loss else "none"


def unit_table() -> str:
    """Return what one episode holds."""
    rows = [("pass rate", "1", "by the task's difficulty")]
    rows += [
        (
            plots.NAMES[metric],
            f"{one.least}-{one.most}" if one.least != one.most else str(one.most),
            percent(one.base, 0),
        )
        for metric, one in UNITS.items()
    ]
    return table(("metric", "units an episode", "error rate of the reference"), rows)
