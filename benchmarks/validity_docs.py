"""docs/validity.md and the README's table from it, written from stored results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from agentbench.selfcheck import Finding, promises
from agentbench.selfcheck.plan import NIGHTLY
from agentbench.selfcheck.results import (
    GridResult,
    PowerResult,
    PracticeResult,
    ReferenceResult,
    SequenceResult,
    facts_of,
)
from agentbench.selfcheck.studies import GridStudy, Study
from agentbench.selfcheck.worlds import FLOOR
from benchmarks import validity_plots as plots
from benchmarks.validity import Line
from benchmarks.validity_tables import (
    coverage_table,
    detection_tables,
    episode_table,
    percent,
    practice_table,
    reference_table,
    sequential_table,
    size_table,
    table,
    unit_table,
    worst_table,
)

TEXT = Path(__file__).parent / "validity.md.in"
MARKS = ("<!-- from docs/validity.md -->", "<!-- end -->")
PRACTICES_SHOWN = (
    (
        "recovery >= 0.95, 144 agent episodes",
        "`recovery >= .95` (llm-compressor's rule for gsm8k), were it used on 144 agent episodes: same model fails",
        0.0,
    ),
    (
        "schema accuracy >= 98 %, 84 calls",
        "`schema accuracy >= 98 %` on one loop of 84 calls: a model with the 98.6 % that MiniMax published fails",
        0.0,
    ),
    (
        "8 points below a constant, gsm8k, 1,319",
        "`within 8 points` on gsm8k (vLLM's CI): a loss of 5 points passes",
        0.05,
    ),
)
"""Name, words, and the true loss in question; 0 asks how often the same model fails."""


def render(lines: Sequence[Line], planned: Sequence[Study], docs: Path, readme: Path | None = None) -> None:
    """Write the document and its pictures from the newest rule's results; older ones only fill gaps in the count.

    Its first table goes into the ``readme`` too, between two marks.
    """
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
    if readme is not None:
        put_into(readme, parts["headline"])


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

    def said(name: str) -> str:
        one = by_name.get(name)
        if one is None or one.pooled is None:
            return "not run"
        worst = f"{percent(one.estimate)}, {100 * one.low:.1f} to {percent(one.high)}"
        return f"{percent(one.pooled)} (worst of {one.cells:,}: {worst})"

    rows = [
        ("same model, called degraded", said("false alarms")),
        ("same model, cleared in one full night", said("power to clear")),
        ("loss of twice the margin, found in one full night", said("detection")),
        ("loss of exactly the margin, cleared", said("wrongly cleared")),
    ]
    practices = {one.name: one for one in results if isinstance(one, PracticeResult)}
    for name, words, loss in PRACTICES_SHOWN:
        if name in practices:
            one = practices[name]
            objected = one.practice[one.losses.index(loss)] / one.runs
            rows.append((words, percent(1 - objected if loss else objected, 0)))
            if loss:
                paired = one.paired[one.losses.index(loss)] / one.runs
                rows.append(("the same answers, paired as here: that loss passes", percent(1 - paired, 0)))
    return table(("", "simulated nights (worst world: 99 % interval)"), rows)


def put_into(readme: Path, text: str) -> None:
    """Replace what stands between the README's two marks."""
    found = readme.read_text(encoding="utf-8")
    before, rest = found.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    readme.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


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
