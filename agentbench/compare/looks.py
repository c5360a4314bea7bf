"""A run judged in planned looks: the first at which the overall verdict stands ends it.

Every look goes over the cases planned by then, whatever ended first, and is judged by the rule of fixed runs; only its
evidence is another: p-values and bounds that count for all looks. So the verdict depends on the stored episodes alone,
and a run that was broken off and resumed takes the same looks as an unbroken one.

- ``p_loss`` counts all looks so far (``swapped_looks``). Holm's first step asks of the smallest of them what the split
  of alpha over the metrics asks.
- ``p_ni`` and ``loss_upper`` are a repeated p-value and a repeated bound (Jennison and Turnbull 2000, chapter 9): the
  look's own, at the level that the spending leaves to this look. So is ``loss_lower``.
- Missing trials speak against both, as in a fixed run; a look's missing share is of the trials planned by then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from scipy import special

from agentbench.compare.comparison import compare, obstacles_of, tested
from agentbench.compare.evidence import MetricEvidence, facing, weigh_data
from agentbench.compare.pairing import CellPair, Pairing, pair_cells
from agentbench.compare.planned import cases_until, planned_part, trials_of
from agentbench.compare.tallies import Missing, paired_errors
from agentbench.compare.verdicts import decide, overall_verdict
from agentbench.compare.wording import count, percent
from agentbench.records import (
    Comparison,
    Look,
    Margins,
    Metric,
    MetricLook,
    PlannedLooks,
    PlannedRun,
    ScoredEpisode,
    SequentialResult,
    Verdict,
)
from agentbench.stats import PairedErrors, SequentialDesign, SwappedPaths, estimate_loss, path_sums, swapped_paths


def design_of(plan: PlannedRun) -> SequentialDesign:
    """Return the design that a stored plan holds."""
    looks = plan.looks
    assert looks is not None, "a fixed run has no looks"
    return SequentialDesign(
        tuple(looks.episodes),
        tuple(looks.information),
        plan.alpha,
        len(plan.metrics),
        looks.harm_gamma,
        looks.non_inferior_gamma,
    )


def compare_in_looks(
    quant: Sequence[ScoredEpisode],
    reference: Sequence[ScoredEpisode],
    *,
    plan: PlannedRun,
    margins: Margins,
    reference_plan: PlannedRun | None = None,
    template_unverified: bool = False,
    most: int | None = None,
) -> Comparison:
    """Take the planned looks until a verdict stands, and judge the run by what the last of them saw.

    Args:
        quant: Scored episodes of the run, any order; those planned after the last look are left out.
        reference: Those of the reference.
        plan: Of a sequential run.
        margins: Largest losses that do not matter.
        reference_plan: Of the run that the reference is, where it is known.
        template_unverified: The first requests' token ids could not be compared: never ``non_inferior``.
        most: Looks to take at most: the blocks that have ended. By default all.

    """
    run = _Looks(quant, reference, plan, margins, reference_plan, template_unverified=template_unverified)
    run.until(most)
    found = compare(
        run.seen,
        reference,
        cells=[pair.cell for pair in run.pairings[-1].cells],
        margins=margins,
        alpha=plan.alpha,
        seed=plan.seed,
        template_unverified=template_unverified,
        trials=run.trials,
        reference_plan=reference_plan,
        gated=plan.metrics,
        weighed=run.weighed,
    )
    result = run.result
    return found.model_copy(update={"sequential": result, "reason": f"{found.reason} ({result.text})"})


def look_at(
    quant: Sequence[ScoredEpisode],
    reference: Sequence[ScoredEpisode],
    *,
    plan: PlannedRun,
    margins: Margins,
    reference_plan: PlannedRun | None = None,
    template_unverified: bool = False,
    most: int,
) -> SequentialResult:
    """Take the looks of the blocks that have ended; arguments as of ``compare_in_looks``, and much cheaper."""
    run = _Looks(quant, reference, plan, margins, reference_plan, template_unverified=template_unverified)
    run.until(most)
    return run.result


class _Looks:
    """The looks taken so far."""

    def __init__(
        self,
        quant: Sequence[ScoredEpisode],
        reference: Sequence[ScoredEpisode],
        plan: PlannedRun,
        margins: Margins,
        reference_plan: PlannedRun | None,
        *,
        template_unverified: bool,
    ):
        assert plan.looks is not None, "a fixed run has no looks"
        self.planned = plan.looks
        self._quant, self._reference, self._plan, self._margins = list(quant), reference, plan, margins
        self._template_unverified = template_unverified
        self._planned_reference = planned_part(reference_plan, reference) if reference_plan else None
        self._design = design_of(plan)
        self._clusters = {name: place for place, name in enumerate(sorted({cell.cluster for cell in plan.cells}))}
        self._cells = {cell.id: cell for cell in plan.cells}
        self._past: dict[tuple[Metric, Missing], tuple[list[PairedErrors], list[list[int]]]] = {}
        self.pairings: list[Pairing] = []
        self.looks: list[Look] = []
        self.weighed: list[MetricEvidence] = []
        self.seen: list[ScoredEpisode] = []
        self.trials: dict[str, int] = {}

    @property
    def result(self) -> SequentialResult:
        """How it went so far."""
        return _result(self.planned, self.looks)

    def until(self, most: int | None) -> None:
        """Look until a verdict stands, at most so often."""
        for _ in self.planned.episodes[:most]:
            self.take()
            if self.looks[-1].overall is not Verdict.INCONCLUSIVE:
                break

    def take(self) -> None:
        """Look once more."""
        number = len(self.looks) + 1
        cases = cases_until(self._plan, number)
        named = set(cases)
        self.trials = trials_of(cases)
        self.seen = [episode for episode in self._quant if episode.case.id in named]
        cells = [self._cells[cell_id] for cell_id in self.trials]
        planned = self._planned_reference.trials if self._planned_reference else None
        self.pairings.append(pair_cells(self.seen, self._reference, cells, self.trials, planned))
        obstacles = obstacles_of(self.pairings[-1], self._plan.alpha, self._template_unverified)
        found = [self._weigh(metric) for metric in self._plan.metrics]
        self.weighed = tested([evidence for evidence, _ in found], self._planned_reference)
        verdicts = decide(self.weighed, alpha=self._plan.alpha, obstacles=obstacles)
        crashed = any(pair.reference for pair in self.pairings[-1].crashes)
        overall = overall_verdict(verdicts, crashed=crashed)
        chances = [self._chance(evidence) for evidence in self.weighed]
        open_ = overall is Verdict.INCONCLUSIVE and number < len(self._design.looks)
        self.looks.append(
            Look(
                number=number,
                episodes=len(cases),
                information=self._design.information[number - 1],
                overall=overall,
                metrics=[
                    seen.model_copy(update={"verdict": verdict})
                    for (_, seen), verdict in zip(found, verdicts, strict=True)
                ],
                chance_to_decide=round(_any_or_all(chances), 4) if open_ else None,
            )
        )

    def _weigh(self, metric: Metric) -> tuple[MetricEvidence, MetricLook]:
        """Return a metric's evidence at the newest look, and the look's own numbers."""
        look, design, margin = len(self.pairings) - 1, self._design, getattr(self._margins, metric.value)
        level, lower_level = float(design.non_inferior.levels[look]), float(design.lower.levels[look])
        pairs = self.pairings[-1].cells
        data = paired_errors(pairs, metric)
        paths = self._paths(metric, "observed")
        p_loss = design.p_loss(paths) if data.defined else 1.0
        evidence = weigh_data(data, metric, margin=margin, alpha=level, p_loss=p_loss)
        if evidence.estimate is not None:
            evidence = replace(evidence, lower=evidence.estimate.lower(lower_level))
            if any(pair.quant_missing for pairing in self.pairings for pair in pairing.cells):
                worst = weigh_data(paired_errors(pairs, metric, "worst"), metric, margin=margin, alpha=level, p_loss=1)
                best = estimate_loss(paired_errors(pairs, metric, "best"))
                p_best = design.p_loss(self._paths(metric, "best"))
                evidence = facing(evidence, worst, best, p_best, lower_level)
        limit = paths.limits(design.alpha / design.gated, design.harm_shares[: look + 1])[-1]
        seen = MetricLook(
            metric=metric,
            loss=evidence.estimate.loss if evidence.estimate else None,
            loss_limit=round(limit, 9) if math.isfinite(limit) else None,
            p_loss=evidence.p_loss,
            p_ni=evidence.p_ni,
            p_ni_limit=level,
            verdict=Verdict.INCONCLUSIVE,
        )
        observed = evidence.observed_p_ni
        evidence = replace(
            evidence,
            p_ni=design.p_non_inferior(evidence.p_ni, look),
            observed_p_ni=None if observed is None else design.p_non_inferior(observed, look),
        )
        return evidence, seen

    def _paths(self, metric: Metric, missing: Missing) -> SwappedPaths:
        data, places = self._past.setdefault((metric, missing), ([], []))
        for pairing in self.pairings[len(data) :]:
            data.append(paired_errors(pairing.cells, metric, missing))
            used = {pair.cell.cluster for pair in pairing.cells if _used(pair, missing)}
            places.append([self._clusters[name] for name in sorted(used)])
        sums = path_sums(data, places, len(self._clusters))
        return swapped_paths(sums, seed=abs(self._plan.seed))

    def _chance(self, evidence: MetricEvidence) -> tuple[float, float]:
        """Return the chances that the last look shows harm, and not worse, if this estimate is true."""
        estimate, design, look = evidence.estimate, self._design, len(self.pairings) - 1
        if estimate is None or estimate.se <= 0:
            return 0.0, float(estimate is not None and not evidence.obstacles)
        harm_limit, limit = (-float(special.ndtri(one.levels[-1])) for one in (design.harm, design.non_inferior))
        harm = design.chance_to_show(estimate.loss / estimate.se, harm_limit, look)
        safe = design.chance_to_show((evidence.margin - estimate.loss) / estimate.se, limit, look)
        return harm, safe


def _used(pair: CellPair, missing: Missing) -> bool:
    return pair.paired or (missing != "observed" and bool(pair.reference) and pair.quant_missing > 0)


def _any_or_all(chances: Sequence[tuple[float, float]]) -> float:
    """Return the chance of a verdict: harm in any metric, or not worse in all. The metrics are taken for dependent."""
    harm, safe = max(one for one, _ in chances), min(one for _, one in chances)
    return min(1.0, harm + safe)


def _result(planned: PlannedLooks, looks: Sequence[Look]) -> SequentialResult:
    last = looks[-1]
    decided = last.overall is not Verdict.INCONCLUSIVE
    most, fixed = len(planned.episodes), planned.episodes[-1]
    text = f"look {last.number} of {most}, after {last.episodes} of at most {count(fixed, 'episode')}"
    text += f" and with {percent(last.information)} of the planned information"
    text = f"decided at {text}" if decided else f"undecided at {text}"
    return SequentialResult(planned=planned, looks=list(looks), decided=decided, text=text)
