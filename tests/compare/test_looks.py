"""Runs judged in planned looks, from scored episodes: where they stop, and what they then say."""

from __future__ import annotations

import random

import pytest

from agentbench.compare import compare, compare_in_looks, look_at
from agentbench.records import Margins, Metric, Outcome, Verdict
from tests.compare import compare_worlds
from tests.compare.compare_worlds import episode, noisy, perfect, plan

CELLS = plan(40, 2)
BLOCKS = 6


def planned(cells=CELLS, blocks=BLOCKS, trials=1):
    """Every cell, variant by variant and size by size, in equal blocks."""
    order = sorted(cells, key=lambda cell: (cell.variant, cell.context_tokens, cell.task_id))
    return compare_worlds.planned(order, trials, blocks=blocks)


def judged(quant, reference=None, *, run=None, **rest):
    run = run or planned()
    theirs = perfect(CELLS, 4) if reference is None else reference
    return compare_in_looks(quant, theirs, plan=run, margins=Margins(), **rest)


def test_a_strong_loss_ends_the_run_at_the_first_look_and_later_episodes_do_not_count():
    bad = [episode(cell, outcome=Outcome.UNSOLVED, reward=0.0) for cell in CELLS]
    found = judged(bad)
    assert found.overall is Verdict.DEGRADED
    assert found.sequential is not None
    assert found.sequential.decided
    assert len(found.sequential.looks) == 1
    assert len(found.cells) == found.sequential.looks[0].episodes == len(CELLS) // BLOCKS
    assert "decided at look 1 of 6, after 40 of at most 240 episodes" in found.reason
    first = {cell.id for cell in planned().cells[: len(CELLS) // BLOCKS]}
    ended = [one for one in bad if one.case.cell.id in first]
    assert judged(ended) == found
    pass_rate = found.metrics[0]
    assert pass_rate.metric is Metric.PASS_RATE
    assert pass_rate.p_loss_holm <= 0.05
    assert pass_rate.loss_lower > 0
    look = found.sequential.looks[0].metrics[0]
    assert look.loss > look.loss_limit > 0


def test_no_loss_at_all_is_shown_as_soon_as_the_bounds_allow_and_not_before():
    found = judged(perfect(CELLS))
    assert found.overall is Verdict.NON_INFERIOR
    looks = found.sequential.looks
    assert 1 < len(looks) <= BLOCKS
    assert all(look.overall is Verdict.INCONCLUSIVE for look in looks[:-1])
    for metric in found.metrics:
        assert metric.p_ni <= metric.alpha
        assert metric.loss_upper <= metric.margin
    for metric in looks[-1].metrics:
        assert metric.p_ni <= metric.p_ni_limit < 0.05
    assert looks[0].chance_to_decide is not None
    assert looks[-1].chance_to_decide is None


def test_bounds_that_count_for_all_looks_are_wider_than_those_of_one():
    quant, reference = noisy(CELLS, 1, 1), noisy(CELLS, 4, 2)
    found = judged(quant, reference)
    cells = [cell for cell in CELLS if cell.id in {row.cell_id for row in found.cells}]
    once = compare(
        [one for one in quant if one.case.cell in cells], reference, cells=cells, margins=Margins(), alpha=0.05
    )
    for looked, single in zip(found.metrics, once.metrics, strict=True):
        assert looked.loss == single.loss
        assert looked.loss_upper >= single.loss_upper
        assert looked.loss_lower <= single.loss_lower
        assert looked.p_ni >= single.p_ni


@pytest.mark.parametrize("worse", [0.0, 0.05, 0.15])
def test_the_order_in_which_episodes_ended_does_not_matter(worse):
    quant, reference = noisy(CELLS, 1, 1, worse=worse), noisy(CELLS, 4, 2)
    shuffled = random.Random(1).sample(quant, len(quant))
    assert judged(quant, reference).model_dump_json() == judged(shuffled, reference[::-1]).model_dump_json()


def test_looks_taken_one_by_one_are_those_of_the_end():
    quant, reference = noisy(CELLS, 1, 5, worse=0.04), noisy(CELLS, 4, 6)
    run = planned()
    end = judged(quant, reference).sequential
    for number in range(1, len(end.looks) + 1):
        ended = set(run.cases[: run.looks.episodes[number - 1]])
        so_far = [one for one in quant if one.case.id in ended]
        found = look_at(so_far, reference, plan=run, margins=Margins(), most=number)
        assert found.looks == end.looks[:number]
        assert found.decided == (number == len(end.looks) and end.decided)


def test_missing_trials_of_a_look_speak_against_both_verdicts():
    lost = [episode(cell, outcome=Outcome.INFRA_SERVER) for cell in CELLS]
    found = judged(lost)
    assert found.overall is Verdict.INCONCLUSIVE
    assert len(found.sequential.looks) == BLOCKS
    assert found.missing_quant == len(CELLS)
    some = [episode(cell, outcome=Outcome.INFRA_SERVER) if index % 10 == 0 else episode(cell)
            for index, cell in enumerate(CELLS)]  # fmt: skip
    found = judged(some)
    assert found.overall is Verdict.INCONCLUSIVE
    assert "missing" in found.reason
    bad = [episode(cell, outcome=Outcome.INFRA_SERVER) if index % 10 == 0
           else episode(cell, outcome=Outcome.UNSOLVED, reward=0.0) for index, cell in enumerate(CELLS)]  # fmt: skip
    assert judged(bad).overall is Verdict.DEGRADED


def test_an_engine_crash_that_the_reference_did_not_have_ends_the_run():
    run = planned()
    first = run.cases[0].split("#", maxsplit=1)[0]
    crashed = [episode(cell, outcome=Outcome.INFRA_SERVER, server_deaths=2) if cell.id == first else episode(cell)
               for cell in CELLS]  # fmt: skip
    found = judged(crashed)
    assert found.overall is Verdict.DEGRADED
    assert len(found.sequential.looks) == 1
    assert "engine crash" in found.reason


def test_cells_with_more_trials_weigh_no_more():
    cells = plan(30, 1, (8192,))
    run = planned(cells, blocks=3, trials=3)
    run = run.model_copy(update={"cases": [case for case in run.cases if case.endswith("#0") or "t00" in case]})
    total = len(run.cases)
    looks = run.looks.model_copy(update={"episodes": [30, 40, total], "information": [0.8, 0.9, 1.0]})
    run = run.model_copy(update={"looks": looks})
    quant = [episode(cell, trial, **({"outcome": Outcome.UNSOLVED, "reward": 0.0} if trial else {}))
             for cell in cells for trial in range(3) if f"{cell.id}#{trial}" in run.cases]  # fmt: skip
    found = judged(quant, perfect(cells, 4), run=run)
    assert found.missing_quant == 0
    last = found.sequential.looks[-1].metrics[0]
    repeated = sum(row.quant_trials > 1 for row in found.cells)
    assert last.loss == pytest.approx(sum(1 - row.quant_solved for row in found.cells) / 30)
    assert repeated in (0, 10)
