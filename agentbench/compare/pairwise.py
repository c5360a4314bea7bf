"""Two runs against each other, cell by cell and two-sided: which quant to serve, A or B?

Both were made with one family's locks, so the common reference stands behind both and falls out of their difference:
it is shown beside them, and not tested. Per metric ``equivalent`` where two one-sided tests at level alpha show the
difference to be within the margin on both sides; else ``a_better`` or ``b_better`` where a two-sided label swap shows
a difference at alpha after Holm's adjustment over the gated metrics; else ``undecided``.

Overall, and what that does to error rates: ``equivalent`` takes every metric (an intersection-union test, no
adjustment needed); a run is better overall where it is better in some metric and worse in none, which Holm's
adjustment over the metrics covers: the chance of calling either of two equal runs better is at most alpha. One better
here and the other there is ``undecided``, with the reason.

Missing trials of either run face every test with the filling that speaks most against its verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentbench import __version__
from agentbench.compare.evidence import MetricEvidence, few_clusters, weigh_data
from agentbench.compare.pairing import CellPair, Pairing, mean_solved, pair_cells
from agentbench.compare.rates import rates_over
from agentbench.compare.tallies import paired_errors
from agentbench.compare.verdicts import rates
from agentbench.compare.wording import count, listed, p_text, percent, points
from agentbench.records import (
    Cell,
    FirstScreenWarning,
    LockDifference,
    Margins,
    Metric,
    PairCell,
    PairedRun,
    PairMetric,
    PairVerdict,
    Rate,
    RunComparison,
    ScoredEpisode,
)
from agentbench.stats import PairedErrors, holm, label_swap_ps

MAX_MISSING = 0.02
"""More missing trials of either run never yield ``equivalent``."""


@dataclass(frozen=True)
class Arm:
    """One of the two runs."""

    run_id: str
    quant: str
    scored: Sequence[ScoredEpisode]
    cells: Sequence[Cell]
    trials: int
    subset: bool = False
    template_unverified: bool = False


@dataclass(frozen=True)
class _Sides:
    """One metric's evidence with A in the quant's place and with B there."""

    a: MetricEvidence
    b: MetricEvidence
    p_difference: float


def compare_runs(
    a: Arm,
    b: Arm,
    *,
    family: str,
    reference: Sequence[ScoredEpisode] | None = None,
    reference_id: str | None = None,
    margins: Margins,
    alpha: float,
    seed: int = 0,
    soft_differences: Sequence[LockDifference] = (),
    gated: Sequence[Metric] = tuple(Metric),
) -> RunComparison:
    """Compare two runs over the cells that both planned. Exchanging them mirrors everything.

    Args:
        a: One run.
        b: The other.
        family: Name of the model family.
        reference: Scored episodes of the common reference, shown beside them.
        reference_id: Its digest.
        margins: Largest differences that do not matter, as fractions.
        alpha: Level: of the two-sided test, and of each of the two one-sided ones.
        seed: Of the label swaps.
        soft_differences: Between the runs' locks, A's as ours.
        gated: The metrics that this kind of run has, fixed by both plans.

    """
    planned = {cell.id: cell for cell in b.cells}
    cells = [cell for cell in a.cells if cell.id in planned]
    pairing = pair_cells(a.scored, b.scored, cells, a.trials, b.trials)
    beside = {pair.cell.id: pair.reference for pair in pair_cells([], reference or [], cells).cells}
    sides = [side for side in _weigh(pairing, margins, alpha, seed) if side.a.metric in gated]
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
        family=family,
        a=PairedRun(run_id=a.run_id, quant=a.quant, subset=a.subset, missing=pairing.quant_missing),
        b=PairedRun(run_id=b.run_id, quant=b.quant, subset=b.subset, missing=pairing.reference_missing),
        reference_id=reference_id,
        overall=overall,
        reason=reason,
        metrics=metrics,
        cells=rows,
        a_only=[row.cell_id for row in rows if row.change == "a_only"],
        b_only=[row.cell_id for row in rows if row.change == "b_only"],
        warnings=_warnings(pairing, a, b, soft_differences),
    )


def _weigh(pairing: Pairing, margins: Margins, alpha: float, seed: int) -> list[_Sides]:
    """Return both directions of every metric, each facing the filling that speaks most against it."""
    observed = [paired_errors(pairing.cells, metric) for metric in Metric]
    # What speaks most against "A is worse": A's missing trials were good and B's bad; and the other way.
    for_a = [paired_errors(pairing.cells, metric, "best", "worst") for metric in Metric]
    for_b = [paired_errors(pairing.cells, metric, "worst", "best") for metric in Metric]

    def swapped(data: list[PairedErrors]) -> list[float]:
        return label_swap_ps(data, seed=abs(seed))

    a_worse = [max(pair) for pair in zip(swapped(observed), swapped(for_a), strict=True)]
    mirrored = ([one.mirrored() for one in data] for data in (observed, for_b))
    b_worse = [max(pair) for pair in zip(*map(swapped, mirrored), strict=True)]
    found = []
    for index, metric in enumerate(Metric):
        margin = getattr(margins, metric.value)
        a = _facing(observed[index], for_b[index], metric, margin=margin, alpha=alpha, p_loss=a_worse[index])
        turned, filled = observed[index].mirrored(), for_a[index].mirrored()
        b = _facing(turned, filled, metric, margin=margin, alpha=alpha, p_loss=b_worse[index])
        p_difference = min(1.0, 2 * min(a_worse[index], b_worse[index])) if a.estimate else 1.0
        found.append(_Sides(a, b, p_difference))
    return found


def _facing(
    data: PairedErrors, worst: PairedErrors, metric: Metric, *, margin: float, alpha: float, p_loss: float
) -> MetricEvidence:
    seen = weigh_data(data, metric, margin=margin, alpha=alpha, p_loss=p_loss)
    filled = weigh_data(worst, metric, margin=margin, alpha=alpha, p_loss=p_loss)
    if seen.upper is None or filled.upper is None:
        return seen
    return replace(seen, p_ni=max(seen.p_ni, filled.p_ni), upper=max(seen.upper, filled.upper))


def _metric(
    side: _Sides, p_holm: float, alpha: float, obstacles: Sequence[str], reference: dict[str, Rate]
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


def _of_both(side: _Sides) -> list[str]:
    """Return what forbids ``equivalent``, in the words of two runs."""
    found = []
    for evidence, name in ((side.a, "B"), (side.b, "A")):
        found += [text.replace("the reference", f"run {name}") for text in evidence.obstacles]
    return found


def _obstacles(pairing: Pairing, a: Arm, b: Arm, alpha: float) -> list[str]:
    found = [] if pairing.cells else ["the runs have no planned cell in common"]
    for name, arm, missing in (("A", a, pairing.quant_missing), ("B", b, pairing.reference_missing)):
        if arm.template_unverified:
            found.append(f"{name}'s server has no /tokenize, so its prompts could not be verified")
        share = missing / max(1, len(pairing.cells) * arm.trials)
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
    for name, arm, missing in (("A", a, pairing.quant_missing), ("B", b, pairing.reference_missing)):
        if missing:
            found.append(("missing", f"{count(missing, 'trial')} of {name} missing"))
        if len(arm.cells) > len(pairing.cells):
            text = f"{count(len(arm.cells) - len(pairing.cells), 'cell')} of {name} not planned in the other run"
            found.append(("other_cells", f"{text}, not compared"))
        if arm.subset:
            found.append(("subset", f"{name} is only a part of its suite"))
    found += [("soft_lock", f"{one.key}: {one.ours} in A, {one.theirs} in B") for one in soft]
    return [FirstScreenWarning(code=code, text=text) for code, text in found]
