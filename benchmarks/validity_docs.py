"""docs/validity.md, written from stored results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from agentbench.records import Metric
from agentbench.selfcheck import Finding, promises
from agentbench.selfcheck.nights import MARGINS
from agentbench.selfcheck.plan import NIGHTLY
from agentbench.selfcheck.promises import needed_of, nightly, times_margin
from agentbench.selfcheck.results import (
    GridResult,
    PowerResult,
    PracticeResult,
    ReferenceResult,
    SequenceResult,
    facts_of,
)
from agentbench.selfcheck.sizes import episodes_needed, share, unpaired_episodes, unpaired_episodes_against
from agentbench.selfcheck.studies import GridStudy, Study
from agentbench.selfcheck.worlds import FLOOR, UNITS, Effect, Shape
from agentbench.stats import clopper_pearson_lower, clopper_pearson_upper
from benchmarks import validity_plots as plots
from benchmarks.validity import Line

Rows = Iterable[Sequence[str]]
TEXT = Path(__file__).parent / "validity.md.in"


def render(lines: Sequence[Line], planned: Sequence[Study], docs: Path) -> None:
    """Write the document and its pictures from the newest rule's results; older ones only fill gaps in the count."""
    rule = lines[-1].rule if lines else "none"
    current = [line for line in lines if line.rule == rule]
    results = [line.result for line in current]
    grid = [one for one in results if isinstance(one, GridResult)]
    night = [one for one in grid if one.world == facts_of(NIGHTLY)]
    planted = [one for one in grid if one.world.difficulty != FLOOR]
    references = [one for one in results if isinstance(one, ReferenceResult)]
    pictures = docs / "validity"
    plots.detection(night, pictures / "detection.svg")
    plots.grid_rates(planted, pictures / "grid.svg")
    plots.references(references, pictures / "references.svg")
    findings = promises(results)
    parts = {
        "headline": headline(findings, results),
        "promises": promise_table(findings),
        "detection": detection_tables(night),
        "by_size": size_table(planted),
        "cells_worst": worst_table(planted),
        "references": reference_table(references),
        "episodes": episode_table([one for one in results if isinstance(one, PowerResult)]),
        "practices": practice_table([one for one in results if isinstance(one, PracticeResult)]),
        "coverage": coverage_table(planted),
        "sequential": sequential_table([one for one in results if isinstance(one, SequenceResult)]),
        "units": unit_table(),
        "state": state(current, lines, planned, rule),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    (docs / "validity.md").write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Rows, *, numbers: bool = True) -> str:
    """Return a Markdown table; all columns but the first hold numbers."""
    align = ["---"] + ["---:" if numbers else "---"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, align, *rows))


def percent(share_: float, digits: int = 1) -> str:
    """Return ``4.7 %``."""
    return f"{100 * share_:.{digits}f} %"


def rate(events: float, nights: int) -> str:
    """Return a rate with the half width of its 99 % interval."""
    low = clopper_pearson_lower(events, nights, 0.005)
    high = clopper_pearson_upper(events, nights, 0.005)
    return f"{100 * events / nights:.1f} ± {50 * (high - low):.1f}"


def promise_table(findings: Sequence[Finding]) -> str:
    """Return every promise with its number and what was found."""
    rows = []
    for one in findings:
        sign = "at most" if one.at_most else "at least"
        limit = f"{sign} {100 * one.limit:g} %"
        rows.append(
            (
                f"**{one.name}**: {one.text}",
                limit if one.gated else f"({limit})",
                percent(one.estimate),
                f"{100 * one.low:.1f}-{100 * one.high:.1f} %",
                percent(one.pooled) if one.pooled is not None else "",
                str(one.cells),
                one.state,
            )
        )
    head = ("promise", "number", "worst grid cell", "its 99 % interval", "all cells", "cells", "")
    broken = [f"- {one.name}: worst in `{one.worst}`" for one in findings if one.state == "broken"]
    return table(head, rows) + ("\n\nBroken:\n\n" + "\n".join(broken) if broken else "")


def headline(findings: Sequence[Finding], results: Sequence[object]) -> str:
    """Return the table for the README: what is promised, beside what people do."""
    by_name = {one.name: one for one in findings}
    practices = {one.name: one for one in results if isinstance(one, PracticeResult)}
    rows = []

    def said(name: str) -> str:
        one = by_name.get(name)
        if one is None or one.pooled is None:
            return "not run"
        return f"{percent(one.pooled)} (worst of {one.cells}: {percent(one.estimate)})"

    rows.append(("same model, called degraded", said("false alarms")))
    rows.append(("same model, cleared in one full night", said("power to clear")))
    rows.append(("loss of twice the margin, found in one full night", said("detection")))
    rows.append(("loss of exactly the margin, cleared", said("wrongly cleared")))
    for name, words in (
        ("recovery >= 0.95, 144 agent episodes", "`recovery >= .95` over 144 agent episodes: same model fails"),
        ("schema accuracy >= 98 %, 84 calls", "`schema accuracy >= 98 %`, one loop: MiniMax's own model fails"),
    ):
        if name in practices:
            one = practices[name]
            rows.append((words, percent(one.practice[0] / one.runs, 0)))
    name = "8 points below a constant, gsm8k, 1,319"
    if name in practices:
        one = practices[name]
        at = one.losses.index(0.05)
        rows.append(("`8 points` of gsm8k: a loss of 5 points passes", percent(1 - one.practice[at] / one.runs, 0)))
        rows.append(("the same answers, paired as here: passes", percent(1 - one.paired[at] / one.runs, 0)))
    return table(("", "simulated nights"), rows)


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
    short = ("pass", "calls", "details", "copies")
    head = (
        "tasks x cells, K_ref",
        "worlds",
        "same model: degraded",
        "non_inferior",
        *(f"at m cleared: {one}" for one in short),
        *(f"at 2m degraded: {one}" for one in short),
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
        "2m found: pass",
        "calls",
        "details",
        "copies",
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


def state(current: Sequence[Line], lines: Sequence[Line], planned: Sequence[Study], rule: str) -> str:
    """Return what was run and what was not."""
    grid = [line.result for line in current if isinstance(line.result, GridResult)]
    nights = Counter(one.nights for one in grid)
    done = {line.study for line in current}
    cells = [study for study in planned if isinstance(study, GridStudy)]
    missing = [study.name.removeprefix("grid: ") for study in cells if study.name not in done]
    others = [study.name for study in planned if not isinstance(study, GridStudy) and study.name not in done]
    told = ", ".join(f"{count} with {number:,} nights" for number, count in sorted(nights.items(), reverse=True))
    text = [
        f"- Rule `{rule}` (a fingerprint of what the rule says on fixed nights; "
        f"`python -c 'from agentbench.selfcheck import fingerprint; print(fingerprint())'`).",
        f"- Grid cells (world x effect) run: {len(grid)} ({told}); {sum(one.nights for one in grid):,} judged nights.",
        f"- Worlds run: {len(cells) - len(missing)} of {len(cells)}. Not run: {_short(missing)}.",
    ]
    if others:
        text.append(f"- Other studies not run: {_short(others)}.")
    if len(lines) > len(current):
        text.append(f"- {len(lines) - len(current)} stored results of an earlier rule are not shown.")
    return "\n".join(text)


def _short(names: Sequence[str], most: int = 6) -> str:
    if not names:
        return "none"
    text = ", ".join(f"`{name}`" for name in names[:most])
    return text if len(names) <= most else f"{text} and {len(names) - most} more"
