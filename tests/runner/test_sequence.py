"""Sequential plans from a reference's stored scores."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from agentbench.catalog import load_family
from agentbench.errors import UsageError
from agentbench.records import Case, Cell, Outcome, ScoredEpisode
from agentbench.runner.plan import planned_run
from agentbench.runner.sequence import looks_line, sequence
from agentbench.runner.settings import RunSettings

CELLS = [
    Cell(task_id=f"pack/t{task:02}", cluster=f"t{task:02}", variant=variant, context_tokens=size)
    for task in range(20)
    for size in (8192, 32768)
    for variant in range(2)
]


def settings(root: Path) -> RunSettings:
    return RunSettings(
        family=load_family("sim", rootdir=root), suite="sim", contexts=[8192, 32768], variants=2, trials=1, seed=0,
        alpha=0.05, rootdir=root, tasks_root=root, runs_dir=root, scorecards_dir=root, sequential=True,
    )  # fmt: skip


def reference(cells, *, graded=True):
    """What a plan reads of a reference: every third cell is solved every other time."""
    scored = [
        ScoredEpisode(
            scoring_version=3,
            case=Case(cell=cell, trial=trial),
            quant="clean",
            outcome=(Outcome.UNSOLVED if index % 3 == 0 and trial % 2 else Outcome.SOLVED)
            if graded
            else Outcome.INFRA_SERVER,
            reward=1.0,
        )
        for index, cell in enumerate(cells)
        for trial in range(4)
    ]
    return SimpleNamespace(id="abc", scored=scored, run=None)


def test_a_plan_is_made_of_balanced_blocks_and_is_the_same_again(tmp_path):
    cases, looks = sequence(settings(tmp_path), CELLS, reference(CELLS))
    assert (cases, looks) == sequence(settings(tmp_path), CELLS, reference(CELLS))
    assert len(cases) == looks.episodes[-1] == len({case.id for case in cases})
    assert len(looks.episodes) == 10
    assert looks.information == sorted(looks.information)
    block = cases[: looks.episodes[0]]
    sizes = Counter(case.cell.context_tokens for case in cases[:80])
    assert max(sizes.values()) - min(sizes.values()) <= 2
    assert len({case.cell.task_id for case in block}) >= min(len(block), 20)
    tried = Counter(case.cell.id for case in cases)
    assert all(count <= 8 for count in tried.values())
    assert len(tried) == len(CELLS)
    for case in cases:
        assert 0 <= case.trial < tried[case.cell.id]
    plan = planned_run(settings(tmp_path), "nvfp4", cases, subset=False, looks=looks)
    assert plan.trials == max(tried.values())
    assert plan.cases == [case.id for case in cases]
    assert f"at most {len(cases)} episodes" in looks_line(looks)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, ["no stored reference", "'sim'", "--quant-save-reference"]),
        (reference(CELLS[:60]), ["no graded trial of 20 of the 80 cells", "pack/t15[v0]@8k"]),
        (reference(CELLS, graded=False), ["no graded trial of 80 of the 80 cells"]),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_sentence(tmp_path, found, words):
    with pytest.raises(UsageError) as caught:
        sequence(settings(tmp_path), CELLS, found)
    for word in words:
        assert word in str(caught.value)


def test_a_few_cells_without_a_trial_are_planned_with_the_noise_of_the_others(tmp_path):
    cases, _ = sequence(settings(tmp_path), CELLS, reference(CELLS[1:]))
    assert CELLS[0].id in {case.cell.id for case in cases}


def test_a_run_that_ended_at_an_early_look_is_no_reference_to_plan_from(tmp_path):
    """``--quant-reference last`` after a sequential run: no look against it could ever end the next one."""
    cases, looks = sequence(settings(tmp_path), CELLS, reference(CELLS))
    plan = planned_run(settings(tmp_path), "nvfp4", cases, subset=False, looks=looks)
    scored = [
        ScoredEpisode(scoring_version=3, case=case, quant="nvfp4", outcome=Outcome.SOLVED, reward=1.0) for case in cases
    ]
    whole = SimpleNamespace(id="abc", scored=scored, run=object(), head=SimpleNamespace(plan=plan, run_id="last"))
    assert sequence(settings(tmp_path), CELLS, whole)
    early = SimpleNamespace(**{**vars(whole), "scored": scored[: looks.episodes[-2]]})
    with pytest.raises(UsageError) as caught:
        sequence(settings(tmp_path), CELLS, early)
    for word in ("--quant-trials auto", "run last", "look 9 of 10", "--quant-trials N"):
        assert word in str(caught.value)
