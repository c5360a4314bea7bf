"""Two sets of scored episodes in, verdicts and a scorecard out. Pure."""

from agentbench.compare.comparison import NO_REFERENCE, compare
from agentbench.compare.looks import compare_in_looks, look_at
from agentbench.compare.pairwise import Arm, compare_runs
from agentbench.compare.planned import planned_part
from agentbench.compare.rates import flat_rates, rates_by_context
from agentbench.compare.scorecard import build_scorecard

__all__ = [
    "NO_REFERENCE",
    "Arm",
    "build_scorecard",
    "compare",
    "compare_in_looks",
    "compare_runs",
    "flat_rates",
    "look_at",
    "planned_part",
    "rates_by_context",
]
