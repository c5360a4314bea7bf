"""The scorecard: the JSON result of a run, compared with the reference."""

from __future__ import annotations

from typing import Any

from agentbench.records.base import Record
from agentbench.records.lock import Lock, LockDifference
from agentbench.records.server import ServerInfo
from agentbench.records.vocabulary import Metric, Verdict


class Rate(Record):
    """A rate with its parts; 0/0 is null."""

    numerator: float
    denominator: float
    value: float | None
    definition_version: int = 1


class MetricVerdict(Record):
    """One gated metric, compared."""

    metric: Metric
    verdict: Verdict
    reason: str
    """One sentence with the numbers."""
    quant: Rate
    reference: Rate | None = None
    loss: float | None = None
    """Positive is worse, as a fraction."""
    loss_upper: float | None = None
    """One-sided upper bound at 1 - alpha; p_ni <= alpha when it is below the margin."""
    loss_lower: float | None = None
    loss_upper_bootstrap: float | None = None
    """The same bound by percentile bootstrap over clusters: a check beside it, never the basis of the verdict."""
    margin: float
    alpha: float
    p_loss: float | None = None
    p_loss_holm: float | None = None
    p_ni: float | None = None
    mde_90: float | None = None
    """Smallest loss this size would call degraded with 90 % chance."""
    clusters: int = 0
    cells: int = 0
    units: int = 0
    """Cells, calls, details or copy opportunities, in the quant's arm."""
    cells_needed_if_no_loss: int | None = None
    cells_needed_if_estimate_true: int | None = None


class CellComparison(Record):
    """One cell in both arms."""

    cell_id: str
    cluster: str
    context_tokens: int
    quant_trials: int
    quant_solved: float | None
    """Mean over trials; none when all are missing."""
    reference_trials: int
    reference_solved: float | None
    change: str
    """``lost``, ``gained``, ``same`` or ``missing``."""


class FirstScreenWarning(Record):
    """A first-screen warning as data."""

    code: str
    """``kernel_fallback``, ``k_ref``, ``soft_lock``, ``missing``, ``engine_crash``, ``template_unverified``, ..."""
    text: str


class Comparison(Record):
    """The verdicts of one run against one reference."""

    overall: Verdict
    reason: str
    metrics: list[MetricVerdict]
    cells: list[CellComparison]
    lost: list[str] = []
    gained: list[str] = []
    expected_flips: float | None = None
    """Flips that the reference against itself would give, for scale."""
    k_ref: float | None = None
    missing_quant: int = 0
    missing_reference: int = 0
    warnings: list[FirstScreenWarning] = []


class Scorecard(Record):
    """The result of a run: one file per family and quant."""

    schema_version: int = 1
    scoring_version: int
    agentbench_version: str
    family: str
    quant: str
    run_id: str
    subset: bool
    lock: Lock
    reference_id: str | None = None
    reference_lock: Lock | None = None
    soft_differences: list[LockDifference] = []
    server: ServerInfo
    comparison: Comparison
    rates: dict[str, Rate]
    """Every other rate, by name: outcomes, call classes, detail classes, language confusion, loops."""
    by_context: dict[str, dict[str, Rate]]
    """Size name to gated metrics."""
    outcomes: dict[str, int]
    totals: dict[str, float]
    """Episodes, tokens, seconds."""
    details_wrong: list[dict[str, Any]] = []
    """Case id, detail id, class, expected, found; worst first, at most 200."""
    episodes: list[dict[str, Any]] = []
    """Case id, outcome, reward and trajectory path, sorted by case id."""
