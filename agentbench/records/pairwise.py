"""Two runs beside each other: the JSON of ``agentbench compare A B``."""

from __future__ import annotations

from agentbench.records.base import Record
from agentbench.records.scorecard import FirstScreenWarning, Rate
from agentbench.records.vocabulary import Metric, PairVerdict


class PairMetric(Record):
    """One gated metric in both runs. Differences are fractions, A's less B's, turned so that positive favours A."""

    metric: Metric
    verdict: PairVerdict
    reason: str
    """One sentence with the numbers."""
    a: Rate
    b: Rate
    """Over the cells that both runs have."""
    reference: Rate | None = None
    """Over those of them that the common reference has; shown, not tested."""
    difference: float | None = None
    lower: float | None = None
    """One-sided bounds at 1 - alpha each; both within the margin is ``equivalent``."""
    upper: float | None = None
    margin: float
    alpha: float
    p_difference: float | None = None
    """Two-sided label swap."""
    p_difference_holm: float | None = None
    p_equivalence: float | None = None
    """The larger of the two one-sided tests' p-values."""
    clusters: int = 0
    cells: int = 0
    units: int = 0
    """Of the run that has fewer."""


class PairCell(Record):
    """One cell in both runs and in the reference: mean solved, none where nothing was graded."""

    cell_id: str
    cluster: str
    context_tokens: int
    a_trials: int
    a_solved: float | None
    b_trials: int
    b_solved: float | None
    reference_solved: float | None = None
    change: str
    """``a_only`` (A solves at least half of its trials, B fewer), ``b_only``, ``same`` or ``missing``."""


class PairedRun(Record):
    """One of the two."""

    run_id: str
    quant: str
    subset: bool
    missing: int
    """Planned trials of the common cells without a graded result."""


class RunComparison(Record):
    """Two runs of one family over their common cells, two-sided."""

    schema_version: int = 1
    scoring_version: int
    agentbench_version: str
    family: str
    a: PairedRun
    b: PairedRun
    reference_id: str | None = None
    overall: PairVerdict
    reason: str
    metrics: list[PairMetric]
    cells: list[PairCell]
    a_only: list[str] = []
    b_only: list[str] = []
    warnings: list[FirstScreenWarning] = []
