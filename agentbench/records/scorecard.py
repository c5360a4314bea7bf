"""The scorecard: the JSON result of a run, compared with the reference."""

from __future__ import annotations

from typing import Any

from agentbench.records.base import Record
from agentbench.records.contrast import Contrast
from agentbench.records.lock import Lock, LockDifference
from agentbench.records.sequential import SequentialResult
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


class EffectiveContext(Record):
    """Up to which tested size a model does its work; null with the reason where that cannot be said."""

    tokens: int | None
    """Largest size such that none up to it is shown to be below; 0 where already the smallest is."""
    at_least_tokens: int | None
    """Largest size such that each up to it is shown to hold: the interval's other end."""
    reason: str
    clusters: int
    sizes: list[int]
    scores: list[float]
    """Mean pass rate, or mean difference from the reference, at each size."""
    fitted: list[float]
    """The isotonic fit to them, which never rises."""


class ReportedTest(Record):
    """A rate that is reported and not gated, in both arms over the same cells; both directions, unadjusted."""

    name: str
    quant: Rate
    reference: Rate
    difference: float | None
    """The quant's less the reference's."""
    p_more: float
    """One-sided label swap of "the quant has no more"."""
    p_fewer: float


class RatioEstimate(Record):
    """The quant's mean over the reference's, with one-sided bounds at 1 - alpha each; null where one is zero."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


class ArmRates(Record):
    """One rate in both arms."""

    quant: Rate
    reference: Rate | None = None


class WorstCell(Record):
    """A cell in which the quant does worse: its loss in each gated metric, as a fraction; null without a unit."""

    cell_id: str
    losses: dict[Metric, float | None]


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
    effective_context: dict[str, EffectiveContext] = {}
    """``quant`` and ``reference`` by themselves, ``quant_beside_reference`` at equal size."""
    reported: list[ReportedTest] = []
    output_tokens_ratio: RatioEstimate | None = None
    """Generated tokens per episode, over the compared cells."""
    worst_cells: list[WorstCell] = []
    """Largest sum of losses first, at most 20."""
    k_ref: float | None = None
    missing_quant: int = 0
    missing_reference: int = 0
    warnings: list[FirstScreenWarning] = []
    sequential: SequentialResult | None = None
    """Where the run stopped as soon as a verdict stood: then p-values and bounds are those that count for all looks."""


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
    reference_rates: dict[str, Rate] = {}
    """The same of the reference, over the planned cells."""
    by_context: dict[str, dict[str, Rate]]
    """Size name to gated metrics."""
    reference_by_context: dict[str, dict[str, Rate]] = {}
    by_plan: dict[str, dict[str, ArmRates]] = {}
    """Context plan to gated metrics."""
    details_by: dict[str, dict[str, ArmRates]] = {}
    """Errors of value details by ``told_in``, ``recoverable``, ``depth`` (share of the context before the telling) and
    ``distance`` (tokens between the telling and the use)."""
    outcomes: dict[str, int]
    totals: dict[str, float]
    """Episodes, tokens, seconds."""
    details_wrong: list[dict[str, Any]] = []
    """Case id, detail id, class, expected, found; worst first, at most 200."""
    contrasts: list[Contrast] = []
    """Those that say most, each with the quant's call and the reference's; one per cluster, at most three."""
    episodes: list[dict[str, Any]] = []
    """Case id, outcome, reward and trajectory path, sorted by case id."""
