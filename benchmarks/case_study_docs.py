"""docs/case-study.md, written from the study's stored runs. It says nothing that does not stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentbench.catalog import load_family
from agentbench.compare import compare
from agentbench.records import ArmRates, Comparison, Margins, Metric, Rate, Scorecard, ScoredEpisode
from agentbench.report.markdown import contrast_table
from agentbench.report.pairwise import PAIR_HEADINGS, pair_row
from agentbench.report.wording import (
    METRIC_HEADINGS,
    METRIC_NAMES,
    fraction,
    kernel_lines,
    metric_rows,
    percent,
    points,
    ratio_with_bounds,
)
from agentbench.runner.finish import pair_of
from agentbench.scoring import score
from agentbench.store import Reference
from benchmarks.case_study import Study
from benchmarks.validity_tables import table

TEXT = Path(__file__).parent / "case_study.md.in"
QUESTIONS = (
    ("Does leaving self-attention unquantized matter?", "nvfp4-keep-attention", "nvfp4"),
    ("Does calibration data matter?", "nvfp4", "nvfp4-poor-calibration"),
    ("Is NVFP4 worse or better than 4-bit AWQ with small groups?", "nvfp4", "awq"),
)
"""Each is settled by comparing two runs, A and B."""
_KINDS = {
    "outcome.limit:turns": "episodes that ran out of turns",
    "outcome.limit:context": "episodes that ran out of context",
    "calls.bad_json": "calls that are no JSON",
    "details.stale": "details with the superseded value",
    "details.near_miss": "details with a near miss",
    "details.hallucinated": "details with any other value",
    "details.omitted": "details left as they were",
    "slips_of_new_atoms": "new names and numbers that are slips",
    "episodes_with_language_confusion": "episodes with language confusion",
    "replies_with_repeated_text": "replies that repeat a passage over and over",
}


def render(study: Study) -> str:
    """Return the page.

    Raises:
        StoreError: something stored is damaged.

    """
    reference = study.stored(study.reference)
    runs = {quant: found for quant in study.quants if (found := study.stored(quant)) is not None}
    cards = {quant: study.card(quant) for quant in runs}
    margins = load_family(study.family, rootdir=study.root).margins
    missing = [quant for quant in (study.reference, *study.quants) if study.stored(quant) is None]
    parts = {
        "state": f"**Not measured yet: {', '.join(missing)}.**\n" if missing else "",
        "size": _size(reference),
        "verdicts": _verdicts(cards),
        "sizes": _by_size(cards),
        "kinds": _kinds(cards),
        "told": _by_property(cards, "told_in"),
        "depth": _by_property(cards, "depth"),
        "ratios": _ratios(cards),
        "kernels": _kernels(cards),
        "questions": "\n\n".join(
            f"### {words}\n\n{_settled(runs, (a, b), reference, margins)}" for words, a, b in QUESTIONS
        ),
        "self": _against_itself(reference, margins),
        "contrasts": _contrasts(cards),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return text


def _size(reference: Reference | None) -> str:
    if reference is None:
        return "No reference is stored."
    head = reference.head
    clusters = len({cell.cluster for cell in head.plan.cells})
    return (
        f"Reference `{reference.id}`: {head.plan.quant}, {head.episodes} episodes, {len(head.plan.cells)} cells in "
        f"{clusters} tasks, {head.plan.trials} trials of each; temperature {head.lock.hard.sampling.temperature:g}; "
        f"{head.lock.soft.engine}."
    )


def _verdicts(cards: dict[str, Scorecard]) -> str:
    rows = [
        (f"`{quant}`" if at == 0 else "", *row, "-" if metric.mde_90 is None else f"{100 * metric.mde_90:.1f}")
        for quant, card in cards.items()
        for at, (metric, row) in enumerate(zip(card.comparison.metrics, metric_rows(card), strict=True))
    ]
    head = ("", *METRIC_HEADINGS, "loss found in 9 of 10 runs")
    overall = "\n".join(f"- `{quant}`: **{card.comparison.overall}**" for quant, card in cards.items())
    return f"{overall}\n\n{table(head, rows)}"


def _by_size(cards: dict[str, Scorecard]) -> str:
    if not cards:
        return ""
    first = next(iter(cards.values()))
    sizes = list(first.reference_by_context)
    rows = [("`bf16`", *_passes(first.reference_by_context, sizes))]
    rows += [(f"`{quant}`", *_passes(card.by_context, sizes)) for quant, card in cards.items()]
    return table(("pass rate", *sizes), rows)


def _passes(by_context: dict[str, dict[str, Rate]], sizes: Sequence[str]) -> list[str]:
    return [fraction(by_context.get(size, {}).get(Metric.PASS_RATE.value)) for size in sizes]


def _kinds(cards: dict[str, Scorecard]) -> str:
    if not cards:
        return ""
    reference = next(iter(cards.values())).reference_rates
    rows = [
        (words, _short(reference.get(name)), *(_short(card.rates.get(name)) for card in cards.values()))
        for name, words in _KINDS.items()
    ]
    return table(("", "`bf16`", *(f"`{quant}`" for quant in cards)), rows)


def _short(rate: Rate | None) -> str:
    return "-" if rate is None else percent(rate.value)


def _by_property(cards: dict[str, Scorecard], name: str) -> str:
    if not cards:
        return ""
    first = next(iter(cards.values())).details_by.get(name, {})
    rows = [
        (
            bucket,
            fraction(arms.reference),
            *(_short(_quant(card.details_by.get(name, {}).get(bucket))) for card in cards.values()),
        )
        for bucket, arms in first.items()
    ]
    return table(("wrong details", "`bf16`", *(f"`{quant}`" for quant in cards)), rows)


def _quant(arms: ArmRates | None) -> Rate | None:
    return None if arms is None else arms.quant


def _ratios(cards: dict[str, Scorecard]) -> str:
    rows = [
        (f"`{quant}`", ratio_with_bounds(card.comparison.output_tokens_ratio) or "-") for quant, card in cards.items()
    ]
    return table(("output tokens an episode, beside bf16's", "ratio"), rows)


def _kernels(cards: dict[str, Scorecard]) -> str:
    rows = [(f"`{quant}`", "; ".join(kernel_lines(card))) for quant, card in cards.items()]
    return table(("quant", "declared and ran"), rows, numbers=False)


def _settled(runs: dict[str, Reference], names: tuple[str, str], reference: Reference | None, margins: Margins) -> str:
    a, b = names
    head = f"`agentbench compare` of `{a}` (A) and `{b}` (B): "
    if a not in runs or b not in runs:
        return head + "not measured yet."
    found = pair_of(runs[a], runs[b], reference, margins, score)
    rows = [tuple(pair_row(metric)) for metric in found.metrics]
    return f"{head}**{found.overall.value.replace('_', ' ')}**. {found.reason}\n\n{table(PAIR_HEADINGS, rows)}"


def _against_itself(reference: Reference | None, margins: Margins) -> str:
    """Return a table: each trial of the reference in the quant's place, against the others."""
    if reference is None:
        return ""
    rows = []
    for trial in range(reference.head.plan.trials):
        found = against_the_others(reference, trial, margins)
        losses = [points(metric.loss) for metric in found.metrics]
        rows.append((f"trial {trial}", found.overall.value, *losses))
    return table(("in the quant's place", "verdict", *(METRIC_NAMES[metric] for metric in Metric)), rows)


def against_the_others(reference: Reference, trial: int, margins: Margins) -> Comparison:
    """Compare one trial of every cell of a reference with its other trials."""
    ours = [_as_trial(one, 0) for one in reference.scored if one.case.trial == trial]
    theirs = [_as_trial(one, (one.case.trial - trial - 1) % reference.head.plan.trials) for one in reference.scored
              if one.case.trial != trial]  # fmt: skip
    plan = reference.head.plan
    return compare(ours, theirs, cells=plan.cells, margins=margins, alpha=plan.alpha, seed=plan.seed)


def _as_trial(one: ScoredEpisode, trial: int) -> ScoredEpisode:
    return one.model_copy(update={"case": one.case.model_copy(update={"trial": trial})})


def _contrasts(cards: dict[str, Scorecard]) -> str:
    shown = {quant: "\n".join(contrast_table(card)) for quant, card in cards.items() if card.contrasts}
    return "\n\n".join(f"`{quant}`:\n\n{text}" for quant, text in shown.items())
