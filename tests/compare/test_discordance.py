from __future__ import annotations

import numpy as np

from agentbench.compare.discordance import discordance
from agentbench.compare.pairing import pair_cells
from agentbench.compare.tallies import paired_errors
from agentbench.records import DetailClass, Metric
from tests.compare.compare_worlds import episode, plan


def test_units_with_partners_are_held_against_them_one_by_one():
    quant, reference = np.array([[1.0, 0.0], [0.5, 0.0]]), np.array([[0.0, 1.0], [0.25, 0.0]])
    differ, squares = discordance(quant, reference, partners=True)
    assert differ.tolist() == [2, 1]
    assert squares.tolist() == [2, 0.0625]


def test_units_without_partners_differ_at_least_as_much_as_their_counts_do():
    differ, squares = discordance(np.array([[2.25], [1.0]]), np.array([[1.0], [1.0]]), partners=False)
    assert differ.tolist() == [2, 0]
    assert squares.tolist() == [1.25, 0]


def test_a_cell_whose_details_are_only_counted_is_held_against_their_counts():
    cells = plan(2, 1, (8192,))
    quant, reference = [episode(cell, stale=2) for cell in cells], [episode(cell) for cell in cells]
    bare = {"detail_findings": [], "details": {DetailClass.STALE: 2, DetailClass.EXACT: 3}}
    quant[1] = quant[1].model_copy(update=bare)
    reference[1] = reference[1].model_copy(update={"detail_findings": []})
    found = paired_errors(pair_cells(quant, reference, cells).cells, Metric.DETAIL_ERRORS)
    assert found.discordant.tolist() == [2, 2]
    assert found.discordance.tolist() == [2, 2]
