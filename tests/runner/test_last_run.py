"""``--quant-reference last``: the same quant's previous run takes the reference's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.errors import StoreError
from agentbench.records import Cell, Lock, Metric, Outcome, ScoredEpisode, ServerInfo, Verdict, digest
from agentbench.runner.finish import compare_journal
from agentbench.runner.references import Compared, compared_with, find_reference
from agentbench.runner.settings import RunSettings
from agentbench.scoring import SCORING_VERSION, score
from agentbench.store import Journal, as_reference
from tests.compare.compare_worlds import episode, plan, planned
from tests.plans import plan_of, settings_in
from tests.store.conftest import lock, make_episode, server

__all__ = ["lock", "server"]

CELLS = plan(40, 2)
Stored = Callable[..., Journal]


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    return settings_in(tmp_path, variants=2, reference="last")


@pytest.fixture
def stored(tmp_path: Path, lock: Lock, server: ServerInfo) -> Stored:
    def store(change: Callable[[Cell], ScoredEpisode] = episode, **changes: object) -> Journal:
        planned = plan_of(CELLS).model_copy(update=changes)
        journal = Journal.create(tmp_path / "runs", planned, lock)
        journal.note_boot(server)
        for cell in CELLS:
            known = {"scoring_version": SCORING_VERSION, "token_digest": digest(cell.id)}
            scored = change(cell).model_copy(update=known)
            whole = make_episode().model_copy(update={"case": scored.case, "outcome": scored.outcome})
            journal.append(whole, scored)
        journal.end()
        return journal

    return store


def compared_with_last(settings: RunSettings, now: Journal) -> Compared:
    found = find_reference(settings, "nvfp4", before=now.id)
    assert found is not None
    return compared_with(found, score)


def test_the_previous_complete_run_of_the_same_quant_is_taken(settings: RunSettings, stored: Stored) -> None:
    before = stored()
    stored(quant="bf16")
    stored(subset=True)
    now = stored()
    found = find_reference(settings, "nvfp4", before=now.id)
    assert found is not None
    assert found.head.run_id == before.id
    card, _ = compare_journal(settings, now, compared_with(found, score))
    assert card.comparison.overall is Verdict.NON_INFERIOR
    assert card.reference_id == as_reference(before).id
    assert [warning.code for warning in card.comparison.warnings] == ["k_ref"]


def test_an_upgrade_that_broke_it_is_degraded(settings: RunSettings, stored: Stored) -> None:
    stored()
    now = stored(lambda cell: episode(cell, outcome=Outcome.UNSOLVED if cell.variant else Outcome.SOLVED))
    card, _ = compare_journal(settings, now, compared_with_last(settings, now))
    assert card.comparison.overall is Verdict.DEGRADED
    assert [one.metric for one in card.comparison.metrics if one.verdict is Verdict.DEGRADED] == [Metric.PASS_RATE]


@pytest.mark.parametrize("broke", [False, True])
def test_nothing_is_shown_against_a_last_run_that_ended_at_an_early_look(
    settings: RunSettings, stored: Stored, broke: bool
) -> None:
    sequential = planned(CELLS, 2, blocks=8)  # its first four blocks hold all cells once
    stored(cases=sequential.cases, looks=sequential.looks)
    now = stored(lambda cell: episode(cell, outcome=Outcome.UNSOLVED if broke else Outcome.SOLVED))
    card, _ = compare_journal(settings, now, compared_with_last(settings, now))
    assert card.comparison.overall is Verdict.INCONCLUSIVE
    assert card.comparison.missing_reference == 0
    assert "the reference ended at look 4 of 8" in card.comparison.reason
    assert "ended_early" in [warning.code for warning in card.comparison.warnings]


def test_what_the_last_run_lacks_of_its_plan_is_missing(settings: RunSettings, stored: Stored) -> None:
    """Its second trials were never stored; the highest trial number alone would not tell."""
    stored(cases=planned(CELLS, 2).cases, trials=2)
    now = stored()
    card, _ = compare_journal(settings, now, compared_with_last(settings, now))
    assert card.comparison.missing_reference == len(CELLS)


def test_the_first_run_of_a_quant_has_no_last_one(settings: RunSettings, stored: Stored) -> None:
    now = stored()
    with pytest.raises(StoreError, match="--quant-reference last: no complete run of 'nvfp4'"):
        find_reference(settings, "nvfp4", before=now.id)
