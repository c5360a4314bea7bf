"""Two sets of scored episodes in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agentbench.compare.evidence import MetricEvidence, few_clusters, weigh, without_tests
from agentbench.compare.pairing import CellPair, Pairing, compare_cell, pair_cells
from agentbench.compare.planned import PlannedPart, planned_part
from agentbench.compare.rates import rates_over
from agentbench.compare.reported import effective_contexts, output_tokens_ratio, reported_tests, worst_cells
from agentbench.compare.verdicts import judge, overall_verdict
from agentbench.compare.warnings import comparison_warnings, validity_note
from agentbench.compare.wording import count, ended_early, listed, percent, points
from agentbench.records import (
    MAX_MISSING,
    Cell,
    Comparison,
    Margins,
    Metric,
    MetricVerdict,
    PlannedRun,
    ScoredEpisode,
    Verdict,
)
from agentbench.stats import self_flip_rate

NO_REFERENCE = (
    "no reference: run the reference quant here with --quant-save-reference, record it from an endpoint "
    "(--quant-endpoint with --quant-save-reference), or import a published file (agentbench reference import)"
)
LENGTH_ALPHA = 0.05
"""Of what is reported and not gated, whatever the gate's level is."""


def compare(
    quant: Sequence[ScoredEpisode],
    reference: Sequence[ScoredEpisode] | None,
    *,
    cells: Iterable[Cell],
    margins: Margins,
    alpha: float,
    seed: int = 0,
    template_unverified: bool = False,
    trials: int | Mapping[str, int] | None = None,
    reference_plan: PlannedRun | None = None,
    gated: Sequence[Metric] = tuple(Metric),
    weighed: Sequence[MetricEvidence] | None = None,
) -> Comparison:
    """Judge a quant against its reference.

    Deterministic: the order of episodes and cells does not matter.

    Args:
        quant: Scored episodes of the run, missing ones included (they have an ungraded outcome) or absent.
        reference: Those of the reference, with any number of trials; None if there is no reference.
        cells: The planned cells.
        margins: Largest losses that do not matter, as fractions.
        alpha: One-sided level.
        seed: Of the label swaps and the bootstrap.
        template_unverified: The first requests' token ids could not be compared: never ``non_inferior``.
        trials: Planned trials per cell, or of each cell by id; by default one more than the highest trial number seen.
        reference_plan: Of the run that the reference is, where it is known: what it was to have, and whether a
            sequential one ended before its last look, in which case nothing is tested.
        gated: The metrics that this kind of run has, fixed by its plan.
        weighed: Their evidence, where it is not that of one look at the end.

    """
    theirs = planned_part(reference_plan, reference) if reference_plan and reference is not None else None
    pairing = pair_cells(quant, reference or [], cells, trials, theirs.trials if theirs else None)
    rows = [compare_cell(pair) for pair in pairing.cells]
    if reference is None:
        metrics = [_absolute(pairing, metric, margins, alpha) for metric in gated]
        overall, reason = Verdict.INCONCLUSIVE, NO_REFERENCE
    else:
        obstacles = obstacles_of(pairing, alpha, template_unverified)
        evidence = weighed or tested(weigh(pairing.cells, margins, alpha=alpha, seed=seed, metrics=gated), theirs)
        metrics = _judged(pairing, evidence, alpha, obstacles)
        overall, reason = _overall(pairing, metrics, obstacles)
    return Comparison(
        overall=overall,
        reason=reason,
        metrics=metrics,
        cells=rows,
        lost=[row.cell_id for row in rows if row.change == "lost"],
        gained=[row.cell_id for row in rows if row.change == "gained"],
        expected_flips=_expected_flips(pairing.paired),
        effective_context=effective_contexts(pairing.cells, margin=margins.pass_rate, alpha=LENGTH_ALPHA, seed=seed),
        reported=reported_tests(pairing.cells, seed=seed) if reference is not None else [],
        output_tokens_ratio=output_tokens_ratio(pairing.cells, alpha=LENGTH_ALPHA, seed=seed) if reference else None,
        worst_cells=worst_cells(pairing.cells),
        k_ref=pairing.k_ref,
        missing_quant=pairing.quant_missing,
        missing_reference=pairing.reference_missing,
        warnings=comparison_warnings(
            pairing,
            has_reference=reference is not None,
            template_unverified=template_unverified,
            ended_early=theirs.ended_early if theirs else "",
        ),
    )


def tested(evidence: Sequence[MetricEvidence], reference: PlannedPart | None) -> list[MetricEvidence]:
    """Return evidence with its tests, or without them against a reference whose size depended on its results."""
    if reference is None or not reference.ended_early:
        return list(evidence)
    return [without_tests(one, f"the reference {ended_early(reference.ended_early)}") for one in evidence]


def _judged(
    pairing: Pairing, weighed: Sequence[MetricEvidence], alpha: float, obstacles: list[str]
) -> list[MetricVerdict]:
    found = judge(weighed, alpha=alpha, obstacles=obstacles)
    return [
        verdict.model_copy(update={"reason": verdict.reason + validity_note(pairing.paired)})
        if verdict.metric is Metric.CALL_VALIDITY
        else verdict
        for verdict in found
    ]


def _absolute(pairing: Pairing, metric: Metric, margins: Margins, alpha: float) -> MetricVerdict:
    """Return a metric without anything to compare it with."""
    ran = [pair for pair in pairing.cells if pair.quant]
    rate = rates_over([pair.quant for pair in ran])[metric.value]
    return MetricVerdict(
        metric=metric,
        verdict=Verdict.INCONCLUSIVE,
        reason="no reference",
        quant=rate,
        margin=getattr(margins, metric.value),
        alpha=alpha,
        clusters=len({pair.cell.cluster for pair in ran}),
        cells=len(ran),
        units=int(rate.denominator),
    )


def obstacles_of(pairing: Pairing, alpha: float, template_unverified: bool) -> list[str]:
    """Return what forbids ``non_inferior`` whatever the numbers are."""
    found = []
    if not pairing.cells:
        found.append("no cell was planned")
    if template_unverified:
        found.append("the prompts could not be verified to be the reference's, which takes /tokenize on both sides")
    ours, theirs = pairing.quant_missing_share, pairing.reference_missing_share
    missing = f"{count(pairing.quant_missing, 'trial')} ({percent(ours)})"
    if ours > MAX_MISSING:
        found.append(f"{missing} missing, more than {percent(MAX_MISSING)}")
    elif ours > theirs:
        found.append(f"{missing} missing, more than the reference's {percent(theirs)}; finish them with --quant-resume")
    bare = pairing.unreferenced
    if pairing.cells and len(bare) > MAX_MISSING * len(pairing.cells):
        found.append(
            f"{len(bare)} of {count(len(pairing.cells), 'planned cell')} have no reference trial: "
            "record them in the reference or leave them out"
        )
    clusters = len({pair.cell.cluster for pair in pairing.paired})
    found += few_clusters(clusters, alpha)
    if pairing.crashes:
        found.append(f"engine crash in {listed([pair.cell.id for pair in pairing.crashes])}")
    return found


def _overall(pairing: Pairing, metrics: list[MetricVerdict], obstacles: list[str]) -> tuple[Verdict, str]:
    crashed = [pair.cell.id for pair in pairing.crashes if pair.reference]
    verdict = overall_verdict([metric.verdict for metric in metrics], crashed=bool(crashed))
    if verdict is Verdict.DEGRADED:
        worse = [metric for metric in metrics if metric.verdict is Verdict.DEGRADED]
        parts = [f"{metric.metric.value} worse by {points(metric.loss or 0.0)}" for metric in worse]
        if crashed:
            parts.append(f"engine crash in {listed(crashed)}, which the reference ran")
        return verdict, "; ".join(parts)
    if verdict is Verdict.NON_INFERIOR:
        return verdict, f"no loss beyond the margin in any of the {len(metrics)} gated metrics"
    return verdict, _why_open(pairing, metrics, obstacles)


def _why_open(pairing: Pairing, metrics: list[MetricVerdict], obstacles: list[str]) -> str:
    open_ = [metric for metric in metrics if metric.verdict is not Verdict.NON_INFERIOR]
    text = ", ".join(metric.metric.value for metric in open_) + " undecided"
    cells = len(pairing.paired)
    if not cells:
        return _no_common_cells(pairing)
    text += f" with {count(cells, 'cell')}"
    sizes = [metric.cells_needed_if_no_loss for metric in open_ if metric.cells_needed_if_no_loss is not None]
    blind = [metric for metric in open_ if metric.cells_needed_if_no_loss is None]
    enough = bool(sizes) and max(sizes) <= cells
    if not blind and not enough:
        text += f"; about {max(sizes)} would decide if there is no loss"
    if obstacles:
        text += "; " + "; ".join(obstacles)
    if blind or (enough and not obstacles):
        told = (blind or open_)[0]
        text += f"; {told.metric.value}: {told.reason}"
    return text


def _no_common_cells(pairing: Pairing) -> str:
    if not pairing.cells:
        return "no cell was planned"
    if not any(pair.quant for pair in pairing.cells):
        return "the quant has no graded episode"
    return "no planned cell has graded episodes in both the quant and the reference"


def _expected_flips(pairs: list[CellPair]) -> float | None:
    """Return the flips that the reference against itself would give over these cells; None if K_ref is 1 throughout.

    Cells with one reference trial are taken to be like the others.
    """
    known = [
        chance
        for pair in pairs
        if (chance := self_flip_rate(_solved(pair), len(pair.reference), len(pair.quant))) is not None
    ]
    return round(sum(known) / len(known) * len(pairs), 6) if known else None


def _solved(pair: CellPair) -> int:
    return sum(episode.outcome == "solved" for episode in pair.reference)
