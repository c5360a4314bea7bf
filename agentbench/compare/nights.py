"""Whole sequential nights from arrays, for simulations: the tests, looks and rules of a real run, without episodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from agentbench.compare.discordance import WITH_PARTNERS, FloatArray, discordance
from agentbench.compare.evidence import MetricEvidence, weigh_data
from agentbench.compare.verdicts import decide, overall_verdict
from agentbench.records import Margins, Metric, Verdict
from agentbench.stats import PairedErrors, SequentialDesign, SequentialPlan, label_swap_p, path_sums, swapped_paths
from agentbench.stats.swapped_looks import DRAWS

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrialArrays:
    """One metric's trials in both arms: arrays of cells x trials. For the pass rate: errors 1 - score, units 1.

    Errors of details are cells x trials x details, since a detail pairs with the same detail of the other arm. The
    quant's must reach as far as the plan's trials do.
    """

    quant_errors: FloatArray
    quant_units: FloatArray
    reference_errors: FloatArray
    reference_units: FloatArray

    def over(self, metric: Metric, clusters: IntArray, trials: IntArray) -> tuple[PairedErrors, list[int]]:
        """Return the data after so many trials of each cell, and the place of each of its clusters among all."""
        cells = np.flatnonzero(trials)
        done = trials[cells]
        rows = np.arange(self.quant_errors.shape[1]) < done[:, None]
        quant = (_by_part(self.quant_errors)[cells] * rows[:, :, None]).sum(axis=1) / done[:, None]
        reference = _by_part(self.reference_errors)[cells].mean(axis=1)
        places, numbers = np.unique(clusters[cells], return_inverse=True)
        data = PairedErrors(
            numbers.astype(np.int64),
            quant.sum(axis=1),
            (self.quant_units[cells] * rows).sum(axis=1) / done,
            reference.sum(axis=1),
            self.reference_units[cells].mean(axis=1),
            *discordance(quant, reference, partners=metric in WITH_PARTNERS),
        )
        return data, [int(place) for place in places]


def _by_part(errors: FloatArray) -> FloatArray:
    """Return errors as cells x trials x what is compared by itself: each detail, or the sum over the units."""
    return errors.reshape(*errors.shape[:2], -1)


@dataclass(frozen=True)
class SequentialNight:
    """How one simulated night ended."""

    overall: Verdict
    verdicts: dict[Metric, Verdict]
    look: int
    """From 0."""
    episodes: int


@dataclass
class PathsSoFar:
    """One metric's data at each look that was taken."""

    data: list[PairedErrors] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)


def judge_in_looks(
    plan: SequentialPlan,
    clusters: IntArray,
    metrics: Mapping[Metric, TrialArrays],
    *,
    margins: Margins,
    seed: int | tuple[int, ...] = 0,
    draws: int = DRAWS,
) -> SequentialNight:
    """Take the planned looks one after the other and stop at the first that decides.

    Args:
        plan: From ``plan_sequence``; alpha is shared by ``plan.design.gated`` metrics, however many are given.
        clusters: Cluster number of each cell, from 0 without gaps.
        metrics: The gated ones.
        margins: Largest losses that do not matter.
        seed: Of the swaps, which all metrics and looks share.
        draws: Of the swaps.

    """
    design = plan.design
    past = {metric: PathsSoFar() for metric in metrics}
    night = SequentialNight(Verdict.INCONCLUSIVE, {}, 0, 0)
    for look, episodes in enumerate(design.looks):
        trials = _trials(plan, episodes, len(clusters))
        weighed = []
        for metric, arrays in metrics.items():
            data, places = arrays.over(metric, clusters, trials)
            past[metric].data.append(data)
            past[metric].places.append(places)
            sums = path_sums(past[metric].data, past[metric].places, int(clusters.max()) + 1)
            paths = swapped_paths(sums, seed=seed, draws=draws)
            crossed = paths.crossed_at(design.alpha / design.gated, design.harm_shares[: look + 1]) is not None
            weighed.append(_weighed(design, look, data, metric, margins, harmed=crossed))
        verdicts = decide(weighed, alpha=design.alpha)
        by_metric = dict(zip(metrics, verdicts, strict=True))
        night = SequentialNight(overall_verdict(verdicts), by_metric, look, episodes)
        if night.overall is not Verdict.INCONCLUSIVE:
            break
    return night


def judge_fixed(
    plan: SequentialPlan,
    clusters: IntArray,
    metrics: Mapping[Metric, TrialArrays],
    *,
    margins: Margins,
    seed: int | tuple[int, ...] = 0,
    draws: int = DRAWS,
) -> SequentialNight:
    """Judge the same night after all planned trials in one look, as a fixed run is judged.

    Metrics that are not given count as without a loss, so that Holm asks of those given what it asks of all.
    """
    alpha, total = plan.design.alpha, len(plan.episodes)
    trials = _trials(plan, total, len(clusters))
    weighed = []
    for metric, arrays in metrics.items():
        data, _ = arrays.over(metric, clusters, trials)
        p = label_swap_p(data, seed=seed, draws=draws)
        margin = getattr(margins, metric.value)
        weighed.append(weigh_data(data, metric, margin=margin, alpha=alpha, p_loss=p, bounds=False))
    adjusted = [min(1.0, one.p_loss * plan.design.gated / len(weighed)) for one in weighed]
    verdicts = decide(_with_p(weighed, adjusted), alpha=alpha)
    look = len(plan.design.looks) - 1
    return SequentialNight(overall_verdict(verdicts), dict(zip(metrics, verdicts, strict=True)), look, total)


def _trials(plan: SequentialPlan, episodes: int, cells: int) -> IntArray:
    found: IntArray = np.bincount([cell for cell, _ in plan.episodes[:episodes]], minlength=cells)
    return found


def _weighed(
    design: SequentialDesign, look: int, data: PairedErrors, metric: Metric, margins: Margins, *, harmed: bool
) -> MetricEvidence:
    """Return evidence with p-values that only say whether the look's limits are reached: 0 or 1."""
    margin, level = getattr(margins, metric.value), float(design.non_inferior.levels[look])
    found = weigh_data(data, metric, margin=margin, alpha=level, p_loss=1.0, bounds=False)
    return _with_p([found], [0.0 if harmed else 1.0], p_ni=0.0 if found.p_ni <= level else 1.0)[0]


def _with_p(
    weighed: Sequence[MetricEvidence], p_losses: Sequence[float], p_ni: float | None = None
) -> list[MetricEvidence]:
    return [
        replace(one, p_loss=p_loss, p_ni=one.p_ni if p_ni is None else p_ni)
        for one, p_loss in zip(weighed, p_losses, strict=True)
    ]
