"""Retries run alone and after all first attempts; one fatal error ends every wait."""

from __future__ import annotations

import threading

import pytest

from agentbench.errors import CancelledError, ReferenceMismatchError
from agentbench.records import Case, Cell, Episode, Outcome
from agentbench.runner.pool import EpisodePool


def case(number: int) -> Case:
    return Case(cell=Cell(task_id=f"a/t{number}", cluster="c", variant=0, context_tokens=1024), trial=0)


CASES = [case(number) for number in range(8)]


def test_infra_outcomes_are_retried_alone_after_all_others() -> None:
    running: set[str] = set()
    order: list[tuple[str, int]] = []
    guard = threading.Lock()
    shared: list[int] = []

    def run_one(one: Case, attempt: int) -> Episode:
        with guard:
            running.add(one.id)
            order.append((one.id, attempt))
            if attempt > 1:
                shared.append(len(running))
        outcome = Outcome.INFRA_SANDBOX if one == CASES[2] and attempt < 3 else Outcome.SOLVED
        with guard:
            running.discard(one.id)
        return Episode(case=one, quant="q", attempt=attempt, outcome=outcome)

    final: list[Episode] = []
    pool = EpisodePool(run_one, 4, final.append)
    pool.submit(CASES)
    results = [pool.futures[one.id].result(timeout=10) for one in CASES]
    pool.join()
    assert [one.outcome for one in results] == [Outcome.SOLVED] * 8
    assert order[-2:] == [(CASES[2].id, 2), (CASES[2].id, 3)]
    assert shared == [1, 1]
    assert sorted(one.case.id for one in final) == sorted(one.id for one in CASES)


@pytest.mark.parametrize(
    ("outcome", "attempts"), [(Outcome.INFRA_SERVER, 3), (Outcome.LIMIT_WALL, 2), (Outcome.UNSOLVED, 1)]
)
def test_attempts_by_outcome(outcome: Outcome, attempts: int) -> None:
    seen: list[int] = []

    def run_one(one: Case, attempt: int) -> Episode:
        seen.append(attempt)
        return Episode(case=one, quant="q", attempt=attempt, outcome=outcome)

    pool = EpisodePool(run_one, 1, lambda _: None)
    pool.submit(CASES[:1])
    assert pool.futures[CASES[0].id].result(timeout=10).attempt == attempts
    pool.join()
    assert seen == list(range(1, attempts + 1))


def test_one_fatal_error_reaches_every_waiting_item_even_while_others_finish() -> None:
    go = threading.Event()

    def run_one(one: Case, attempt: int) -> Episode:
        if one == CASES[0]:
            go.set()
            raise ReferenceMismatchError("other tokens")
        go.wait(5)
        return Episode(case=one, quant="q", attempt=attempt, outcome=Outcome.SOLVED)

    pool = EpisodePool(run_one, 4, lambda _: None)
    pool.submit(CASES)
    ends = []
    for one in CASES:
        try:
            ends.append(pool.futures[one.id].result(timeout=10).outcome.value)
        except ReferenceMismatchError:
            ends.append("mismatch")
    pool.join()
    assert ends[0] == "mismatch"
    assert set(ends) <= {"mismatch", "solved"}


def test_cancelling_resolves_what_has_not_started() -> None:
    release = threading.Event()

    def run_one(one: Case, attempt: int) -> Episode:
        release.wait(5)
        raise CancelledError("cancelled")

    pool = EpisodePool(run_one, 2, lambda _: None)
    pool.submit(CASES)
    pool.fail_all(CancelledError("the run was cancelled"))
    release.set()
    for one in CASES:
        with pytest.raises(CancelledError):
            pool.futures[one.id].result(timeout=10)
    pool.join()
