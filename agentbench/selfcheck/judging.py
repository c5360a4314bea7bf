"""Nights judged by the rule that real runs are judged by.

Simulated nights enter at the arrays: the label swap, ``weigh_data``, ``decide`` and ``overall_verdict`` are those that
``compare`` calls. Nothing of the rule is written here, so a broken rule breaks the promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agentbench.compare.evidence import MetricEvidence, weigh_data
from agentbench.compare.verdicts import decide, overall_verdict
from agentbench.records import Margins, Metric, Verdict
from agentbench.selfcheck.arms import Night
from agentbench.stats import holm, label_swap_batch

ALPHA = 0.05
DRAWS = 1_999
"""Label swaps a night. The p-value counts the observed data among the draws, so the level holds with any number of
them; with 2,000 in all, .05 and the .0125 that Holm asks for first fall on whole counts."""


@dataclass(frozen=True)
class Judged:
    """One night's verdicts."""

    verdicts: dict[Metric, Verdict]
    p_holm: dict[Metric, float]
    overall: Verdict


def weigh_nights(
    nights: Sequence[Night],
    *,
    margins: Margins,
    seed: Sequence[int],
    alpha: float = ALPHA,
    draws: int = DRAWS,
    bounds: bool = False,
) -> list[dict[Metric, MetricEvidence]]:
    """Return each night's evidence. The nights share their swaps: give few of them one seed.

    All nights must have the same metrics and clusters.
    """
    if not nights:
        return []
    metrics = list(nights[0])
    sums = np.array([[night[metric].cluster_sums for metric in metrics] for night in nights])
    p = label_swap_batch(*np.moveaxis(sums, 2, 0), seed=tuple(seed), draws=draws)
    return [
        {
            metric: weigh_data(
                night[metric],
                metric,
                margin=getattr(margins, metric.value),
                alpha=alpha,
                p_loss=float(p[row, column]),
                bounds=bounds,
            )
            for column, metric in enumerate(metrics)
        }
        for row, night in enumerate(nights)
    ]


def judge_night(evidence: dict[Metric, MetricEvidence], *, alpha: float = ALPHA) -> Judged:
    """Return the verdicts that this evidence gives."""
    weighed = list(evidence.values())
    verdicts = decide(weighed, alpha=alpha)
    adjusted = holm([one.p_loss for one in weighed])
    return Judged(
        verdicts=dict(zip(evidence, verdicts, strict=True)),
        p_holm=dict(zip(evidence, adjusted, strict=True)),
        overall=overall_verdict(verdicts),
    )
