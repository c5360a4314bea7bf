"""Sequential runs: the looks that were planned, and what each of them saw."""

from __future__ import annotations

from agentbench.records.base import Record
from agentbench.records.vocabulary import Metric, Verdict


class PlannedLooks(Record):
    """When a run looks at its results, and what each look may spend: fixed before the first episode."""

    episodes: list[int]
    """Of the planned cases, how many have ended by each look; the last is the fixed design."""
    information: list[float]
    """Planned information of each look (one over the variance of the pass rate's loss) over that of the last."""
    loss: float
    """Of the pass rate, for which the fixed design is made."""
    power: float
    """With which the fixed design shows it; below 90 % where trials cannot buy more."""
    harm_gamma: float
    """Of the Hwang-Shih-DeCani spending of alpha for ``degraded``."""
    non_inferior_gamma: float


class MetricLook(Record):
    """One gated metric at one look."""

    metric: Metric
    loss: float | None = None
    loss_limit: float | None = None
    """A loss above it shows harm at this look; none where so early a look can show none."""
    p_loss: float
    """Of "no loss", counting all looks so far: harm is shown where it is at most alpha over the gated metrics."""
    p_ni: float
    """Of "a loss of the margin or more", from this look's data alone."""
    p_ni_limit: float
    """Not worse is shown where ``p_ni`` is at most this; the limits of all looks together hold alpha."""
    verdict: Verdict


class Look(Record):
    """What was known after one planned block."""

    number: int
    """From 1."""
    episodes: int
    """Planned by then, missing ones included."""
    information: float
    overall: Verdict
    metrics: list[MetricLook]
    chance_to_decide: float | None = None
    """That the last look would give a verdict, were each metric's present estimate true. Advisory: it stops nothing."""


class SequentialResult(Record):
    """How a sequential run went, and where it stopped."""

    planned: PlannedLooks
    looks: list[Look]
    """Those that were taken; the last gave the verdict."""
    decided: bool
    """Whether a verdict stood before or at the last planned look."""
    text: str
    """One sentence."""
