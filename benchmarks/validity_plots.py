"""The pictures of docs/validity.md: plain SVG, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from agentbench.records import Metric
from agentbench.selfcheck.nights import MARGINS
from agentbench.selfcheck.promises import times_margin
from agentbench.selfcheck.results import GridResult, ReferenceResult
from agentbench.selfcheck.worlds import Effect, Shape
from agentbench.stats import clopper_pearson_lower, clopper_pearson_upper

_COLOURS = {Shape.HOMOGENEOUS: "#1b6ca8", Shape.FIFTH: "#d1495b", Shape.LONG: "#66a182"}
_STYLE = {
    "svg.hashsalt": "validity",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "figure.facecolor": "white",
}
NAMES = {
    Metric.PASS_RATE: "pass rate",
    Metric.CALL_VALIDITY: "call validity",
    Metric.DETAIL_ERRORS: "detail errors",
    Metric.COPY_ERRORS: "copy errors",
}


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def detection(nightly: Sequence[GridResult], path: Path) -> None:
    """Draw the chance of each metric's verdict over the true loss, at nightly size."""
    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(1, 4, figsize=(11, 3), sharey=True)
        for axis, metric in zip(axes, Metric, strict=True):
            for shape, colour in _COLOURS.items():
                points = curve(nightly, metric, shape)
                losses = [100 * loss for loss, _ in points]
                for name, line in ((f"{metric}.degraded", "-"), (f"{metric}.non_inferior", ":")):
                    rates = [100 * counts.counts[name] / counts.nights for _, counts in points]
                    label = str(shape) if line == "-" else None
                    axis.plot(losses, rates, line, color=colour, marker="o", markersize=2.5, label=label)
            margin = 100 * getattr(MARGINS, metric.value)
            axis.axvline(margin, color="#888", linewidth=0.8)
            axis.annotate("margin", (margin, 50), rotation=90, fontsize=7, color="#666", ha="right")
            axis.set_title(NAMES[metric])
            axis.set_xlabel("true loss, points")
        axes[0].set_ylabel("% of nights")
        lines, names = axes[0].get_legend_handles_labels()
        words = [f"{name}: degraded (dotted: non_inferior)" for name in names]
        figure.legend(lines, words, loc="lower center", ncols=3, frameon=False, fontsize=8, bbox_to_anchor=(0.5, -0.04))
        _save(figure, path)


def curve(nightly: Sequence[GridResult], metric: Metric, shape: Shape) -> list[tuple[float, GridResult]]:
    """Return a metric's true losses of one shape with the results, no loss first."""
    found = [(0.0, one) for one in nightly if one.effect == Effect()]
    for one in nightly:
        if one.effect.shape is shape and one.effect.loss(metric):
            found.append((one.effect.loss(metric), one))
    return sorted(found, key=lambda pair: pair[0])


def grid_rates(grid: Sequence[GridResult], path: Path) -> None:
    """Draw every grid cell's error rates, sorted, with their 99 % intervals."""
    groups = {
        "reference against itself:\ndegraded": [
            (int(one.counts["overall.degraded"]), one.nights) for one in grid if one.effect == Effect()
        ],
        "tasks flip, no mean loss:\ndegraded": [
            (int(one.counts["overall.degraded"]), one.nights) for one in grid if one.effect.flips
        ],
        "loss of exactly the margin:\nnon_inferior (each metric)": [
            (int(one.counts[f"{metric}.non_inferior"]), one.nights)
            for one in grid
            if times_margin(one.effect) == 1
            for metric in Metric
        ],
    }
    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(1, 3, figsize=(11, 2.8), sharey=True)
        for axis, (name, rows) in zip(axes, groups.items(), strict=True):
            rows.sort(key=lambda row: row[0] / row[1])
            rates = [100 * events / nights for events, nights in rows]
            low = [100 * clopper_pearson_lower(events, nights, 0.005) for events, nights in rows]
            high = [100 * clopper_pearson_upper(events, nights, 0.005) for events, nights in rows]
            axis.fill_between(range(len(rows)), low, high, color="#bcd4e6", linewidth=0)
            axis.plot(rates, color="#1b6ca8", linewidth=1.2)
            axis.axhline(5, color="#d1495b", linewidth=0.9)
            axis.set_title(name, fontsize=9)
            axis.set_xlabel(f"{len(rows)} grid cells, sorted")
        axes[0].set_ylabel("% of nights")
        axes[0].set_ylim(0, 10)
        _save(figure, path)


def references(found: Sequence[ReferenceResult], path: Path) -> None:
    """Draw how false alarms are spread over references."""
    with mpl.rc_context(_STYLE):
        figure, axis = plt.subplots(figsize=(5.5, 2.8))
        colours = {1: "#d1495b", 4: "#1b6ca8", 8: "#66a182"}
        for one in sorted(found, key=lambda one: one.world.k_ref):
            rates = sorted(100 * alarms / one.nights for alarms in one.alarms)
            shares = [100 * (index + 1) / len(rates) for index in range(len(rates))]
            axis.step(
                rates, shares, where="post", color=colours.get(one.world.k_ref), label=f"K_ref = {one.world.k_ref}"
            )
        axis.set_xlabel("false alarms of one reference, % of its nights")
        axis.set_ylabel("% of references")
        if found:
            axis.legend(frameon=False)
        _save(figure, path)
