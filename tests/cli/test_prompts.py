"""Stored runs whose first requests were rendered to other token ids are refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.records import ContextInfo, Lock, PlannedRun, RunComparison, ServerInfo
from agentbench.scoring import score
from agentbench.store import Journal, read_scorecard, save_reference
from tests.command import Run, run
from tests.store.conftest import lock, make_episode, plan, server

__all__ = ["lock", "plan", "run", "server"]

Asked = Callable[..., Journal]


@pytest.fixture
def asked(tmp_path: Path, plan: PlannedRun, lock: Lock, server: ServerInfo) -> Asked:
    """Store a complete run of three trials that were asked in some token ids."""

    def store(token_digest: str, *, quant: str = "nvfp4") -> Journal:
        journal = Journal.create(tmp_path / "runs", plan.model_copy(update={"quant": quant}), lock)
        journal.note_boot(server)
        context = ContextInfo(
            planned_tokens=0, prompt_tokens=9, counted_by="server", request_digest="r", token_digest=token_digest
        )
        for trial in range(3):
            episode = make_episode(trial).model_copy(update={"context": context})
            journal.append(episode, score(episode))
        journal.end()
        return journal

    return store


def test_a_run_is_not_scored_against_a_reference_with_other_token_ids(run: Run, asked: Asked, tmp_path: Path) -> None:
    other, same = asked("b" * 64, quant="bf16"), asked("a" * 64, quant="bf16")
    for name, journal in (("other", other), ("same", same)):
        save_reference(tmp_path / name, journal, journal.scored().values())
    here = asked("a" * 64)
    assert run("score", here.directory, "--reference", "same").code == 0
    card = here.directory / "scorecard.json"
    before = card.read_bytes()
    assert read_scorecard(card).reference_id is not None
    refused = run("score", here.directory, "--reference", "other")
    assert (refused.code, refused.err.count("\n")) == (4, 1)
    assert f"other token ids in {here.id} (aaaaaaaaaaaa) than in the reference " in refused.err
    assert "(bbbbbbbbbbbb); the chat template or tokenizer differs" in refused.err
    assert card.read_bytes() == before


def test_two_runs_with_other_token_ids_are_not_compared(run: Run, asked: Asked) -> None:
    a, b = asked("a" * 64, quant="bf16"), asked("b" * 64)
    refused = run("compare", a.directory, b.directory)
    assert (refused.code, refused.err.count("\n")) == (4, 1)
    assert f"other token ids in run A {a.id} (aaaaaaaaaaaa) than in run B {b.id} (bbbbbbbbbbbb)" in refused.err


def test_beside_two_runs_stands_the_familys_reference_only_if_it_is_theirs(
    run: Run, asked: Asked, tmp_path: Path
) -> None:
    a, b = asked("a" * 64, quant="bf16"), asked("a" * 64)
    for token_digest, shown in (("b" * 64, False), ("a" * 64, True)):
        there = asked(token_digest, quant="clean")
        place = save_reference(tmp_path / "references" / "sim", there, there.scored().values()).directory
        compared = run("compare", "--json", a.directory, b.directory)
        assert compared.code == 0, compared.err
        assert (RunComparison.model_validate_json(compared.out).reference_id is not None) is shown
        assert run("compare", a.directory, b.directory, "--reference", place).code == (0 if shown else 4)
