"""Pure numbers: paired tests over clusters, bounds, and sizes. Nothing of ours is imported here."""

from agentbench.stats.allocation import balanced_order
from agentbench.stats.binomial import (
    binomial_p,
    clopper_pearson_lower,
    clopper_pearson_upper,
    minimum_units,
)
from agentbench.stats.effective_length import (
    EffectiveLength,
    effective_length,
    effective_length_beside,
)
from agentbench.stats.loss import (
    CONCENTRATION,
    FEW_DISCORDANT,
    LossEstimate,
    bootstrap_upper,
    estimate_loss,
    ratio_bounds,
)
from agentbench.stats.multiplicity import holm
from agentbench.stats.paired import PairedErrors
from agentbench.stats.permutation import DRAWS, EXACT_CLUSTERS, label_swap_batch, label_swap_p, label_swap_ps
from agentbench.stats.repeats import pass_hat_k, self_flip_rate
from agentbench.stats.score import score_p, score_upper
from agentbench.stats.sequential import SequentialDesign, SequentialPlan, path_sums, plan_sequence
from agentbench.stats.sizes import (
    POWER,
    cells_for_degraded,
    cells_for_non_inferiority,
    minimum_clusters,
    minimum_detectable_loss,
    tasks_must_grow,
)
from agentbench.stats.swapped_looks import SwappedPaths, swapped_paths

__all__ = [
    "CONCENTRATION",
    "DRAWS",
    "EXACT_CLUSTERS",
    "FEW_DISCORDANT",
    "POWER",
    "EffectiveLength",
    "LossEstimate",
    "PairedErrors",
    "SequentialDesign",
    "SequentialPlan",
    "SwappedPaths",
    "balanced_order",
    "binomial_p",
    "bootstrap_upper",
    "cells_for_degraded",
    "cells_for_non_inferiority",
    "clopper_pearson_lower",
    "clopper_pearson_upper",
    "effective_length",
    "effective_length_beside",
    "estimate_loss",
    "holm",
    "label_swap_batch",
    "label_swap_p",
    "label_swap_ps",
    "minimum_clusters",
    "minimum_detectable_loss",
    "minimum_units",
    "pass_hat_k",
    "path_sums",
    "plan_sequence",
    "ratio_bounds",
    "score_p",
    "score_upper",
    "self_flip_rate",
    "swapped_paths",
    "tasks_must_grow",
]
