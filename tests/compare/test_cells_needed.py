"""The printed "N cells would decide" is never a number that the least clusters would still refuse."""

from __future__ import annotations

import re

import numpy as np
import pytest

from agentbench.compare import compare, compare_in_looks
from agentbench.compare.evidence import weigh_data
from agentbench.records import Margins, Metric, Outcome
from agentbench.stats import PairedErrors, cells_for_non_inferiority
from tests.compare.compare_worlds import episode, plan, planned

PER_CLUSTER = 7
MARGIN = Margins().call_validity
REFUSED = re.compile(r"clusters?( of unequal size .*)?, and at least \d+ are needed")


def world(cells, kind):
    """So many cells of clusters alike, with many calls each; the kind says what differs between the arms."""
    clusters = np.arange(cells) // PER_CLUSTER
    units = np.full(cells, 400.0)
    if kind == "unequal":
        units *= np.array([1, 1.5, 2.5])[clusters % 3]
    place = np.arange(cells) % PER_CLUSTER
    quant, reference = (np.zeros(cells) if kind == "same" else (place == one).astype(float) for one in (0, 1))
    apart = np.abs(quant - reference)
    return PairedErrors(clusters, quant, units, reference, units, apart, apart)


def refused(data, alpha):
    found = weigh_data(data, Metric.CALL_VALIDITY, margin=MARGIN, alpha=alpha, p_loss=1.0, bounds=False)
    return any(REFUSED.search(text) for text in found.obstacles), found.estimate


@pytest.mark.parametrize("alpha", [0.05, 0.0437, 0.01])
@pytest.mark.parametrize("kind", ["same", "differing", "unequal"])
@pytest.mark.parametrize("clusters", range(8, 15))
def test_so_many_cells_of_such_clusters_are_not_refused_for_too_few_clusters(clusters, kind, alpha):
    too_few, estimate = refused(world(clusters * PER_CLUSTER, kind), alpha)
    least = {0.05: (12, 13), 0.0437: (13, 14), 0.01: (19, 25)}[alpha][kind != "same"]
    needed = cells_for_non_inferiority(estimate, true_loss=0.0, margin=MARGIN, alpha=alpha)
    if kind == "unequal":
        needed = -(-needed // (3 * PER_CLUSTER)) * 3 * PER_CLUSTER  # clusters like these come in threes
    else:
        assert too_few == (clusters < least)
        assert needed == least * PER_CLUSTER
    again, _ = refused(world(needed, kind), alpha)
    assert not again


@pytest.mark.parametrize("clusters", [2, 3, 5, 6])
def test_a_loss_that_no_swap_of_so_few_clusters_can_show_takes_more_of_them(clusters):
    """2^-clusters is the least p-value, and Holm asks the first of four metrics for alpha / 4: seven at .05."""
    cells = plan(clusters, 5)
    quant = [episode(cell, outcome=Outcome.UNSOLVED if cell.variant < 3 else Outcome.SOLVED) for cell in cells]
    reference = [episode(cell, trial) for cell in cells for trial in range(4)]
    pass_rate = compare(quant, reference, cells=cells, margins=Margins(), alpha=0.05).metrics[0]
    assert pass_rate.loss == pytest.approx(0.6)
    assert pass_rate.p_loss_holm > 0.05
    assert pass_rate.cells_needed_if_estimate_true == 7 * 15
    assert "105 if this estimate is true" in pass_rate.reason


def test_a_sequential_run_is_told_what_its_last_look_asks_for():
    """At the level that the looks leave, more clusters are needed than at alpha."""
    cells = sorted(plan(13, 8), key=lambda cell: (cell.variant, cell.context_tokens))
    quant = [episode(cell, stale=int(index < 13)) for index, cell in enumerate(cells)]
    reference = [
        episode(cell, trial, stale=int(13 <= index < 26)) for index, cell in enumerate(cells) for trial in (0, 1)
    ]
    found = compare_in_looks(quant, reference, plan=planned(cells, blocks=5), margins=Margins())
    details = next(one for one in found.metrics if one.metric is Metric.DETAIL_ERRORS)
    assert found.sequential.looks[-1].metrics[0].p_ni_limit < 0.05
    assert "13 clusters, and at least 15 are needed" in details.reason
    assert details.cells_needed_if_no_loss >= 15 * 24
