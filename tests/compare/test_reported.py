from __future__ import annotations

import pytest
from scipy import stats as scipy_stats

from agentbench.compare import compare
from agentbench.records import Margins, Metric, Outcome
from tests.compare.compare_worlds import episode, noisy, perfect, plan


def judged(quant, reference, cells):
    return compare(quant, reference, cells=cells, margins=Margins(), alpha=0.05)


def test_with_one_trial_per_arm_and_one_cell_per_cluster_the_swap_is_exact_mcnemar():
    cells = plan(30, 1, (8192,))
    quant = [
        episode(cell, outcome=Outcome.UNSOLVED) if index < 9 else episode(cell) for index, cell in enumerate(cells)
    ]
    reference = [episode(cell, outcome=Outcome.UNSOLVED) if 9 <= index < 11 else episode(cell)
                 for index, cell in enumerate(cells)]  # fmt: skip
    found = judged(quant, reference, cells)
    assert (len(found.lost), len(found.gained)) == (9, 2)
    passes = next(one for one in found.metrics if one.metric is Metric.PASS_RATE)
    assert passes.p_loss == pytest.approx(scipy_stats.binomtest(9, 11, alternative="greater").pvalue)


def test_language_confusion_is_tested_in_both_directions():
    cells = plan(20, 1, (8192,))
    confused = [episode(cell, language_runs=3) if index < 8 else episode(cell) for index, cell in enumerate(cells)]
    more = judged(confused, perfect(cells), cells).reported[0]
    assert more.name == "episodes_with_language_confusion"
    assert (more.quant.value, more.reference.value, more.difference) == (0.4, 0, 0.4)
    assert more.p_more == pytest.approx(2**-8)
    assert more.p_fewer == 1
    fewer = judged(perfect(cells), confused, cells).reported[0]
    assert (fewer.p_more, fewer.p_fewer) == (more.p_fewer, more.p_more)
    none = judged(perfect(cells), perfect(cells), cells).reported
    assert {(one.p_more, one.p_fewer) for one in none} == {(1, 1)}
    assert {one.name: one.difference for one in none}["slips_of_new_atoms"] is None


def test_slips_are_only_compared_at_equal_size():
    """Each arm slips in 2 % of its atoms at 8k and in 10 % at 64k, and the quant writes more at 64k."""
    cells = plan(20, 1, (8192, 65536))

    def arm(atoms, trials=1):
        return [
            episode(cell, trial, new_atoms=atoms[cell.context_tokens], slips=atoms[cell.context_tokens] // share)
            for cell in cells
            for trial in range(trials)
            for share in [50 if cell.context_tokens == 8192 else 10]
        ]

    quant, reference = arm({8192: 50, 65536: 500}), arm({8192: 200, 65536: 100}, trials=2)
    slips = {one.name: one for one in judged(quant, reference, cells).reported}["slips_of_new_atoms"]
    assert slips.difference == pytest.approx(0)
    assert slips.quant == slips.reference
    assert slips.quant.denominator == pytest.approx(20 * (2 / (1 / 50 + 1 / 200) + 2 / (1 / 500 + 1 / 100)))
    assert (slips.p_more, slips.p_fewer) == (1, 1)
    # with as many atoms in both arms it is slips over atoms
    plain = {one.name: one for one in judged(arm({8192: 50, 65536: 500}), quant, cells).reported}["slips_of_new_atoms"]
    assert (plain.quant.numerator, plain.quant.denominator) == (20 * 51, 20 * 550)


def test_output_length_beside_the_references():
    cells = plan(12, 2, (8192,))
    longer = [episode(cell, completion_tokens=1500 + 10 * index) for index, cell in enumerate(cells)]
    ratio = judged(longer, perfect(cells), cells).output_tokens_ratio
    assert ratio.value == pytest.approx(1.615)
    assert ratio.lower < ratio.value < ratio.upper
    # Without any spread there is no width, so no bound.
    assert judged(perfect(cells), perfect(cells), cells).output_tokens_ratio.upper is None
    silent = [episode(cell, completion_tokens=0) for cell in cells]
    assert judged(perfect(cells), silent, cells).output_tokens_ratio.value is None
    assert judged(perfect(cells), None, cells).output_tokens_ratio is None


def test_effective_contexts_of_both_arms_and_beside_each_other():
    cells = plan(45, 2, (8192, 32768, 131072))
    quant = [
        episode(cell, outcome=Outcome.UNSOLVED if cell.context_tokens > 40_000 and cell.variant else Outcome.SOLVED)
        for cell in cells
    ]
    found = judged(quant, perfect(cells), cells).effective_context
    assert (found["quant"].tokens, found["reference"].tokens) == (32768, 131072)
    assert found["quant_beside_reference"].tokens == 32768
    assert found["quant"].sizes == [8192, 32768, 131072]
    assert found["quant"].fitted == [1, 1, 0.5]
    few = judged(noisy(plan(5, 2), 1, 1), noisy(plan(5, 2), 2, 2), plan(5, 2)).effective_context
    assert {one.tokens for one in few.values()} == {None}
    assert all("at least 40 are needed" in one.reason for one in few.values())
    assert set(judged(quant, None, cells).effective_context) == {"quant"}


def test_worst_cells_have_the_largest_losses():
    cells = plan(4, 1, (8192,))
    quant = [
        episode(cells[0], stale=1),
        episode(cells[1], outcome=Outcome.UNSOLVED, stale=5),
        episode(cells[2]),
        episode(cells[3], outcome=Outcome.INFRA_SERVER),
    ]
    found = judged(quant, perfect(cells), cells).worst_cells
    assert [one.cell_id for one in found] == [cells[1].id, cells[0].id]
    assert found[0].losses[Metric.PASS_RATE] == 1
    assert found[1].losses == {"pass_rate": 0, "call_validity": 0, "detail_errors": 0.2, "copy_errors": 0}
