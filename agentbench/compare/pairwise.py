"""Two runs against each other, cell by cell and two-sided: which quant to serve, A or B?

Both were made with one family's locks, so the common reference stands behind both and falls out of their difference:
it is shown beside them, and not tested. Per metric ``equivalent`` where two one-sided tests at level alpha show the
difference to be within the margin on both sides; else ``a_better`` or ``b_better`` where a two-sided label swap shows
a difference at alpha after Holm's adjustment over the gated metrics; else ``undecided``.

Overall, and what that does to error rates: ``equivalent`` takes every metric (an intersection-union test, no
adjustment needed); a run is better overall where it is better in some metric and worse in none, which Holm's
adjustment over the metrics covers: the chance of calling either of two equal runs better is at most alpha. One better
here and the other there is ``undecided``, with the reason.

Missing trials of either run face every test with the filling that speaks most against its verdict. A sequential run
that ended before its last look is shown, and nothing is tested: its size depended on its results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agentbench import __version__
from agentbench.compare.evidence import few_clusters
from agentbench.compare.pairing import CellPair, Pairing, mean_solved, pair_cells
from agentbench.compare.planned import PlannedPart, planned_part
from agentbench.compare.rates import rates_over
from agentbench.compare.sides import Sides, both_sides
from agentbench.compare.verdicts import rates
from agentbench.compare.warnings import unfixed_warning
from agentbench.compare.wording import count, ended_early, listed, p_text, percent, points
from agentbench.records import (
    MAX_MISSING,
    FirstScreenWarning,
    LockDifference,
    Margins,
    Metric,
    PairCell,
    PairedRun,
    PairMetric,
    PairVerdict,
    PlannedRun,
    Rate,
    RunComparison,
    ScoredEpisode,
)
from agentbench.stats import holm


@dataclass(frozen=True)
class Arm:
    """One of the two runs."""

    run_id: str
    plan: PlannedRun
    scored: Sequence[ScoredEpisode]
    template_unverified: bool = False

    @cached_property
    def planned(self) -> PlannedPart:
        """What it was asked for."""
        return planned_part(self.plan, self.scored)


def compare_runs(
    a: Arm,
    b: Arm,
    *,
    reference: Sequence[ScoredEpisode] | None = None,
    reference_id: str | None = None,
    margins: Margins,
    soft_differences: Sequence[LockDifference] = (),
) -> RunComparison:
    """Compare two runs over the cells that both planned. Exchanging them mirrors everything.

    The level (of the two-sided test, and of each of the two one-sided ones) is the lower of the two plans', the seed of
    the label swaps likewise, and the gated metrics are those that both plans have.

    Args:
        a: One run.
        b: The other, of the same family.
        reference: Scored episodes of the common reference, shown beside them.
        reference_id: Its digest.
        margins: Largest differences that do not matter, as fractions.
        soft_differences: Between the runs' locks, A's as ours.

    """
    alpha, seed = min(a.plan.alpha, b.plan.alpha), min(a.plan.seed, b.plan.seed)
    gated = [metric for metric in Metric if metric in a.plan.metrics and metric in b.plan.metrics]
    cells = [cell for cell in a.planned.cells if cell.id in b.planned.trials]
    pairing = pair_cells(a.scored, b.scored, cells, a.planned.trials, b.planned.trials)
    beside = {pair.cell.id: pair.reference for pair in pair_cells([], reference or [], cells).cells}
    sides = [_tested(side, a, b) for side in both_sides(pairing, margins, alpha=alpha, seed=seed, gated=gated)]
    adjusted = holm([side.p_difference for side in sides])
    obstacles = _obstacles(pairing, a, b, alpha)
    metrics = [
        _metric(side, p_holm, alpha, obstacles, _reference_rates(pairing, beside)) for side, p_holm in
        zip(sides, adjusted, strict=True)
    ]  # fmt: skip
    overall, reason = _overall(metrics, pairing)
    rows = [_row(pair, beside[pair.cell.id]) for pair in pairing.cells]
    versions = [episode.scoring_version for arm in (a, b) for episode in arm.scored]
    return RunComparison(
        scoring_version=max(versions, default=0),
        agentbench_version=__version__,
        family=a.plan.family,
        a=_paired_run(a, pairing.quant_missing),
        b=_paired_run(b, pairing.reference_missing),
        reference_id=reference_id,
        overall=overall,
        reason=reason,
        metrics=metrics,
        cells=rows,
        a_only=[row.cell_id for row in rows if row.change == "a_only"],
        b_only=[row.cell_id for row in rows if row.change == "b_only"],
        warnings=_warnings(pairing, a, b, soft_differences),
    )


def _paired_run(arm: Arm, missing: int) -> PairedRun:
    return PairedRun(run_id=arm.run_id, quant=arm.plan.quant, subset=arm.plan.subset, missing=missing)


def _tested(sides: Sides, a: Arm, b: Arm) -> Sides:
    """Return the evidence with its tests, or without them where a run's size depended on its results."""
    for name, arm in (("A", a), ("B", b)):
        if where := arm.planned.ended_early:
            sides = sides.without_tests(f"{name} {ended_early(where)}")
    return sides


def _metric(
    side: Sides, p_holm: float, alpha: float, obstacles: Sequence[str], reference: dict[str, Rate]
) -> PairMetric:
    evidence, estimate, metric = side.a, side.a.estimate, side.a.metric
    a, b = rates(evidence.data, metric)
    shown = PairMetric(
        metric=metric,
        verdict=PairVerdict.UNDECIDED,
        reason=evidence.obstacles[0] if evidence.obstacles else "",
        a=a,
        b=b,
        reference=reference.get(metric.value),
        margin=evidence.margin,
        alpha=alpha,
        clusters=evidence.data.n_clusters,
        cells=evidence.data.n_cells,
    )
    if estimate is None or evidence.upper is None or side.b.upper is None:
        text = shown.reason.replace("the quant", "run A").replace("the reference", "run B")
        return shown.model_copy(update={"reason": text})
    p_equivalence = max(evidence.p_ni, side.b.p_ni)
    standing = list(dict.fromkeys([*obstacles, *_of_both(side)]))
    verdict = PairVerdict.UNDECIDED
    if p_equivalence <= alpha and not standing:
        verdict = PairVerdict.EQUIVALENT
    elif p_holm <= alpha:
        verdict = PairVerdict.A_BETTER if evidence.p_loss > side.b.p_loss else PairVerdict.B_BETTER
    difference, lower, upper = 0.0 - estimate.loss, 0.0 - evidence.upper, side.b.upper
    spread = f"{points(lower, signed=True)} to {points(upper, signed=True)}"
    text = f"A against B {points(difference, signed=True)} ({spread}) over {count(estimate.cells, 'cell')} in "
    text += f"{count(estimate.clusters, 'cluster')}, margin {points(evidence.margin)}"
    if verdict in (PairVerdict.A_BETTER, PairVerdict.B_BETTER):
        text += f"; a difference is shown ({p_text(p_holm)} after Holm, level {alpha:g}, two-sided)"
    elif verdict is PairVerdict.UNDECIDED:
        text = "; ".join([text, *standing])
    return shown.model_copy(
        update={
            "verdict": verdict,
            "reason": text,
            "difference": difference,
            "lower": lower,
            "upper": upper,
            "p_difference": side.p_difference,
            "p_difference_holm": p_holm,
            "p_equivalence": p_equivalence,
            "units": int(estimate.units + 1e-9),
        }
    )


def _of_both(side: Sides) -> list[str]:
    """Return what forbids ``equivalent``, in the words of two runs."""
    found = []
    for evidence, name in ((side.a, "B"), (side.b, "A")):
        found += [text.replace("the reference", f"run {name}") for text in evidence.obstacles]
    return found


def _obstacles(pairing: Pairing, a: Arm, b: Arm, alpha: float) -> list[str]:
    found = [] if pairing.cells else ["the runs have no planned cell in common"]
    for name, arm, missing, share in (
        ("A", a, pairing.quant_missing, pairing.quant_missing_share),
        ("B", b, pairing.reference_missing, pairing.reference_missing_share),
    ):
        if arm.template_unverified:
            found.append(f"{name}'s server has no /tokenize, so its prompts could not be verified")
        if share > MAX_MISSING:
            found.append(f"{count(missing, 'trial')} of {name} ({percent(share)}) missing")
    clusters = len({pair.cell.cluster for pair in pairing.paired})
    found += few_clusters(clusters, alpha)
    if crashed := [pair.cell.id for pair in pairing.cells if pair.crashed or pair.reference_crashed]:
        found.append(f"engine crash in {listed(crashed)}")
    return found


def _overall(metrics: Sequence[PairMetric], pairing: Pairing) -> tuple[PairVerdict, str]:
    by = {verdict: [one for one in metrics if one.verdict is verdict] for verdict in PairVerdict}
    crashed_a = [pair.cell.id for pair in pairing.cells if pair.crashed and pair.reference]
    crashed_b = [pair.cell.id for pair in pairing.cells if pair.reference_crashed and pair.quant]
    better, worse = by[PairVerdict.A_BETTER], by[PairVerdict.B_BETTER]
    for_a = [f"A better in {one.metric.value} by {points(one.difference or 0.0)}" for one in better]
    for_a += [f"B's engine crashed in {listed(crashed_b)}, which A ran"] if crashed_b else []
    for_b = [f"B better in {one.metric.value} by {points(-(one.difference or 0.0))}" for one in worse]
    for_b += [f"A's engine crashed in {listed(crashed_a)}, which B ran"] if crashed_a else []
    if for_a and for_b:
        return PairVerdict.UNDECIDED, "; ".join(["each is better in something", *for_a, *for_b])
    if for_a or for_b:
        return (PairVerdict.A_BETTER if for_a else PairVerdict.B_BETTER), "; ".join(for_a or for_b)
    if metrics and len(by[PairVerdict.EQUIVALENT]) == len(metrics):
        return PairVerdict.EQUIVALENT, f"no difference beyond the margin in any of the {len(metrics)} gated metrics"
    open_ = by[PairVerdict.UNDECIDED]
    if not open_:
        return PairVerdict.UNDECIDED, "the two runs have no gated metric in common"
    return PairVerdict.UNDECIDED, f"{', '.join(one.metric.value for one in open_)} undecided; {open_[0].reason}"


def _reference_rates(pairing: Pairing, beside: dict[str, list[ScoredEpisode]]) -> dict[str, Rate]:
    shown = [beside[pair.cell.id] for pair in pairing.paired if beside[pair.cell.id]]
    return rates_over(shown) if shown else {}


def _row(pair: CellPair, reference: list[ScoredEpisode]) -> PairCell:
    a, b = mean_solved(pair.quant), mean_solved(pair.reference)
    change = "missing"
    if a is not None and b is not None:
        change = "same" if (a >= 0.5) == (b >= 0.5) else "a_only" if a >= 0.5 else "b_only"
    return PairCell(
        cell_id=pair.cell.id,
        cluster=pair.cell.cluster,
        context_tokens=pair.cell.context_tokens,
        a_trials=len(pair.quant),
        a_solved=a,
        b_trials=len(pair.reference),
        b_solved=b,
        reference_solved=mean_solved(reference),
        change=change,
    )


def _warnings(pairing: Pairing, a: Arm, b: Arm, soft: Sequence[LockDifference]) -> list[FirstScreenWarning]:
    found = []
    for name, pairs in (
        ("A", [pair.cell.id for pair in pairing.cells if pair.crashed]),
        ("B", [pair.cell.id for pair in pairing.cells if pair.reference_crashed]),
    ):
        if pairs:
            found.append(("engine_crash", f"the engine of {name} died twice on {listed(pairs, 20)}"))
    for name, arm, other, missing in (("A", a, b, pairing.quant_missing), ("B", b, a, pairing.reference_missing)):
        if missing:
            found.append(("missing", f"{count(missing, 'trial')} of {name} missing"))
        if where := arm.planned.ended_early:
            found.append(unfixed_warning(name, where))
        if len(arm.planned.cells) > len(pairing.cells):
            text = f"{count(len(arm.planned.cells) - len(pairing.cells), 'cell')} of {name} not "
            text += "reached by the other run" if other.planned.ended_early else "planned in the other run"
            found.append(("other_cells", f"{text}, not compared"))
        if arm.plan.subset:
            found.append(("subset", f"{name} is only a part of its suite"))
    found += [("soft_lock", f"{one.key}: {one.ours} in A, {one.theirs} in B") for one in soft]
    return [FirstScreenWarning(code=code, text=text) for code, text in found]
