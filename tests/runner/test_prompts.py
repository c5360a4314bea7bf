"""Only what is known to have been asked in the same token ids is called non-inferior, whoever was asked later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentbench.errors import ReferenceMismatchError
from agentbench.records import (
    Cell,
    Lock,
    Outcome,
    PairVerdict,
    Preflight,
    RequestScore,
    ScoredEpisode,
    ServerInfo,
    Verdict,
    digest,
)
from agentbench.runner.finish import pair_of, scorecard_of
from agentbench.runner.prompts import compare_prompts
from agentbench.runner.references import compared_with
from agentbench.scoring import SCORING_VERSION, score
from agentbench.store import Journal, as_reference, load_reference, save_reference
from tests.compare.compare_worlds import episode, plan
from tests.plans import plan_of, settings_in
from tests.store.conftest import lock, make_episode

__all__ = ["lock"]

CELLS = plan(40, 1)
Change = Callable[[Cell], str | None]
Stored = Callable[[str, Change], Journal]


def ids(cell: Cell) -> str | None:
    return digest(cell.id)


def none(_: Cell) -> str | None:
    return None


def all_but_one(cell: Cell) -> str | None:
    return None if cell == CELLS[7] else ids(cell)


def one_other(cell: Cell) -> str | None:
    return digest("another template") if cell == CELLS[7] else ids(cell)


@pytest.fixture
def stored(tmp_path: Path, lock: Lock) -> Stored:
    """Store a perfect run of a quant whose server, when it booted, had a /tokenize."""
    preflight = Preflight(completion_ok=True, tools_ok=True, tool_call=True, tokenize=True)
    server = ServerInfo(kind="vllm", base_url="http://127.0.0.1:1/v1", model="m", preflight=preflight)

    def store(quant: str, token_digest: Change) -> Journal:
        planned = plan_of(CELLS, quant=quant)
        journal = Journal.create(tmp_path / "runs", planned, lock)
        journal.note_boot(server)
        for cell in CELLS:
            scored = episode(cell, scoring_version=SCORING_VERSION, token_digest=token_digest(cell))
            whole = make_episode().model_copy(update={"case": scored.case, "outcome": scored.outcome})
            journal.append(whole, scored)
        journal.end()
        return journal

    return store


@pytest.mark.parametrize(
    ("ours", "theirs", "verified"),
    [(ids, ids, True), (none, ids, False), (ids, none, False), (ids, all_but_one, False), (none, none, False)],
)
def test_a_run_is_cleared_only_where_both_sides_have_token_ids(
    tmp_path: Path, stored: Stored, ours: Change, theirs: Change, verified: bool
) -> None:
    there, here = stored("bf16", theirs), stored("nvfp4", ours)
    reference = load_reference(save_reference(tmp_path / "ref", there, there.scored().values()).directory)
    card = scorecard_of(settings_in(tmp_path), here, list(here.scored().values()), compared_with(reference, score))
    assert card.comparison.overall is (Verdict.NON_INFERIOR if verified else Verdict.INCONCLUSIVE)
    assert ("template_unverified" in [one.code for one in card.comparison.warnings]) is not verified
    assert ("takes /tokenize on both sides" in card.comparison.reason) is not verified


def test_without_a_reference_a_run_without_token_ids_is_warned_of(tmp_path: Path, stored: Stored) -> None:
    for token_digest, warned in ((ids, False), (none, True)):
        here = stored("nvfp4", token_digest)
        card = scorecard_of(settings_in(tmp_path), here, list(here.scored().values()), None)
        assert ("template_unverified" in [one.code for one in card.comparison.warnings]) is warned


def test_trials_of_one_cell_in_other_token_ids_are_no_measurement() -> None:
    trials = [episode(CELLS[0], trial, token_digest=digest(trial)) for trial in range(2)]
    with pytest.raises(
        ReferenceMismatchError, match=rf"in here \({digest(0)[:12]}\) than in other trials \({digest(1)[:12]}"
    ):
        compare_prompts(trials, trials, names=("here", "other trials"))


def test_a_reference_with_other_token_ids_is_refused_whenever_it_is_compared(tmp_path: Path, stored: Stored) -> None:
    there, here = stored("bf16", one_other), stored("nvfp4", ids)
    reference = save_reference(tmp_path / "ref", there, there.scored().values())
    with pytest.raises(ReferenceMismatchError) as caught:
        scorecard_of(settings_in(tmp_path), here, list(here.scored().values()), compared_with(reference, score))
    said = str(caught.value)
    assert said.startswith(f"{CELLS[7].id}: the first request was rendered to other token ids in {here.id} (")
    assert f"than in the reference {reference.id} (" in said
    assert "; the chat template or tokenizer differs, and the two cannot be compared. Serve both with" in said


def test_two_runs_are_equivalent_only_where_both_have_token_ids_and_refused_where_these_differ(
    tmp_path: Path, stored: Stored
) -> None:
    margins = settings_in(tmp_path).family.margins
    a, b = stored("bf16", ids), stored("nvfp4", ids)
    assert pair_of(as_reference(a), as_reference(b), None, margins, score).overall is PairVerdict.EQUIVALENT
    for pair, name in (((a, stored("awq", none)), "B"), ((stored("awq", all_but_one), b), "A")):
        found = pair_of(*map(as_reference, pair), None, margins, score)
        assert found.overall is PairVerdict.UNDECIDED
        assert f"{name}'s server has no /tokenize, so its prompts could not be verified" in found.reason
    with pytest.raises(ReferenceMismatchError, match=r"other token ids in run A \S+ \(\w{12}\) than in run B \S+ \("):
        pair_of(as_reference(a), as_reference(stored("awq", one_other)), None, margins, score)


def asked(cell: Cell, trial: int = 0, **fields: object) -> ScoredEpisode:
    request = RequestScore(line=1, expected_tool_call=None, answered=True)
    return episode(cell, trial, request=request, **fields)


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ({"prompt_tokens": 90}, {"prompt_tokens": 90}, ([], [], (False, False))),
        ({"prompt_tokens": 90}, {"prompt_tokens": 90, "token_digest": "a"}, ([], [], (False, False))),
        ({"prompt_tokens": 90}, {"prompt_tokens": 91}, (["CELL: 90 here, 91 there"], [], (True, True))),
        ({"prompt_tokens": 90}, {"prompt_tokens": 0, "token_digest": "a"}, ([], ["CELL"], (True, False))),
        ({"prompt_tokens": 9, "token_digest": "a"}, {"token_digest": "a"}, ([], [], (False, False))),
    ],
)
def test_numbers_of_tokens_speak_for_single_requests(
    ours: dict[str, object], theirs: dict[str, object], found: tuple[list[str], list[str], tuple[bool, bool]]
) -> None:
    [cell, other] = CELLS[:2]
    prompts = compare_prompts([asked(cell, **ours), asked(other)], [asked(cell, 3, **theirs)], names=("here", "there"))
    unequal, unknown, blind = found
    assert prompts.cells == 1
    assert prompts.unequal == [text.replace("CELL", cell.id) for text in unequal]
    assert prompts.unknown == [text.replace("CELL", cell.id) for text in unknown]
    assert (prompts.blind, prompts.verified) == (blind, not (unequal or unknown))


def test_trials_that_are_missing_say_nothing_of_the_prompts() -> None:
    lost = episode(CELLS[0], 1, outcome=Outcome.INFRA_SERVER)
    here = [episode(CELLS[0], token_digest="a"), lost]
    assert compare_prompts(here, here[:1], names=("here", "there")).verified


def test_the_shipped_reference_has_token_ids_in_its_scores_and_in_its_episodes() -> None:
    reference = load_reference(Path(__file__).parent.parent.parent / "references" / "demo")
    for scored in (reference.scored, [score(one) for one in reference.episodes()]):
        assert compare_prompts(scored, reference.scored, names=("here", "there")).verified
