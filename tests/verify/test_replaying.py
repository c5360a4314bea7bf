"""Whole runs against a server: what is stored, compared and shown; troubles, resuming, references of our own."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agentbench.store import load_reference
from tests.verify.conftest import FAMILY, Desk
from tests.verify.verify_helpers import CALL, TEXT, asked, call, line, reply

SET = [line(f"weather {n}?" if n % 3 else f"hello {n}", expected_tool_call=bool(n % 3)) for n in range(48)]
SMALL = SET[:3]
WRONG = reply(None, call({"town": "Oslo"}))


def right(body: dict[str, Any]) -> dict[str, Any]:
    return CALL if "weather" in asked(body) else TEXT


def test_a_set_is_replayed_and_judged(desk: Desk) -> None:
    endpoint = desk.make(right)
    done = desk.verify(SMALL, endpoint, "--loops", 2)
    assert (
        done.code,
        "3 requests (3 with tools, 3 say whether a call is expected), 2 loops: 6 replies" in done.err,
    ) == (
        0,
        True,
    ), done.err
    card = desk.card()
    assert [(one.metric, one.quant.numerator, one.quant.denominator) for one in card.comparison.metrics] == [
        ("pass_rate", 3, 3),
        ("call_validity", 2, 2),
    ]
    assert card.comparison.reason.startswith("no reference: record one with `agentbench verify")
    assert card.rates["tool_calls_match_rate"].value == 1
    assert card.rates["details.exact"].value is None
    assert set(card.by_context["0k"]) == {"pass_rate", "call_validity"}
    [told] = [one.text for one in card.comparison.warnings if one.code == "not_measured"]
    assert "detail_errors and copy_errors are not measured, and not gated" in told
    assert "query_success_rate" in done.out
    assert len(endpoint.requests) == 6


def test_loops_have_seeds_of_their_own_and_a_rerun_has_the_same(desk: Desk) -> None:
    first, second = desk.make(right), desk.make(right)
    for endpoint in (first, second):
        desk.verify(SMALL, endpoint, "--loops", 3)
    seeds = [dict(zip(one.cases, [r["seed"] for r in one.requests], strict=True)) for one in (first, second)]
    assert len(set(seeds[0].values())) == 9
    assert seeds[0] == seeds[1]


def test_a_lines_own_seed_stays_and_is_told(desk: Desk) -> None:
    endpoint = desk.make(right)
    done = desk.verify([line("hello", seed=7), line("hi")], endpoint, "--loops", 2)
    assert sorted(one["seed"] == 7 for one in endpoint.requests) == [False, False, True, True]
    assert "note: 1 request brings its own seed: all loops of such a request ask the very same thing" in done.out


def test_a_quant_is_compared_with_a_recorded_reference(desk: Desk) -> None:
    good = desk.make(right)
    recorded = desk.verify(SET, good, "--loops", 4, "--save-reference", "ref", quant="other")
    assert (recorded.code, load_reference(desk.path / "ref").head.episodes) == (0, 192), recorded.err
    same = desk.verify(SET, good, "--reference", "ref")
    assert (same.code, desk.card().comparison.overall) == (0, "non_inferior"), same.out
    assert desk.card().rates["tool_calls_trigger_similarity_reference_against_itself"].value == 1
    assert not [one for one in desk.card().comparison.warnings if one.code in ("k_ref", "template_unverified")]

    broken = desk.make(lambda body: WRONG if "weather" in asked(body) else TEXT)
    worse = desk.verify(SET, broken, "--reference", "ref")
    assert (worse.code, desk.card().comparison.overall) == (1, "degraded")
    assert len(desk.card().comparison.lost) == 32
    assert "degraded" in worse.out

    again = desk.verify(SET, broken, "--reference", "last")
    assert (again.code, desk.card().rates["reference.schema_accuracy"].value) == (0, 0.0)
    runs = desk.runs()
    assert desk.verify(SET, broken, "--reference", runs[0]).code == 1


def test_a_reference_keeps_its_pairs_when_lines_are_put_in_before(desk: Desk) -> None:
    endpoint = desk.make(right)
    desk.verify(SET, endpoint, "--loops", 4, "--save-reference", "ref", quant="other")
    desk.verify([line("hello new", expected_tool_call=False), *SET], endpoint, "--reference", "ref")
    assert [row.cell_id[:13] for row in desk.card().comparison.cells if row.change != "same"] == ["request/00001"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda path: path.write_text(FAMILY.replace("temperature = 0.7", "temperature = 0.2")),
            "sampling.temperature",
        ),
        (
            lambda path: path.write_text(FAMILY.replace("max_output_tokens = 256", "max_output_tokens = 9")),
            "limits.max",
        ),
    ],
)
def test_a_reference_made_with_other_settings_is_refused(desk: Desk, change: Any, said: str) -> None:
    endpoint = desk.make(right)
    desk.verify(SMALL, endpoint, "--save-reference", "ref")
    change(desk.path / "mine.toml")
    asked_before = len(endpoint.requests)
    done = desk.verify(SMALL, endpoint, "--reference", "ref")
    assert (done.code, done.err.count("\n"), len(endpoint.requests)) == (4, 1, asked_before)
    assert f"the reference was made with another {said}" in done.err


def test_another_rendering_of_a_request_is_refused(desk: Desk) -> None:
    desk.verify(SMALL, desk.make(right), "--save-reference", "ref")
    other = desk.make(right)
    other.answers = right
    other.prefix = "[other template]"
    done = desk.verify(SMALL, other, "--reference", "ref")
    assert (done.code, other.requests) == (4, [])
    assert "renders the request to other token ids" in done.err


def test_a_stored_run_is_refused_too_where_its_token_ids_are_others(desk: Desk) -> None:
    desk.verify(SMALL, desk.make(right), "--save-reference", "ref")
    other = desk.make(right)
    other.prefix = "[other template]"
    assert desk.verify(SMALL, other).code == 0
    done = desk.call("score", desk.runs()[-1], "--reference", "ref")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "to other token ids" in done.err


def counted(desk: Desk) -> list[str]:
    """What the first screen says of prompts that were compared by counts: of which, and who has no token ids."""
    said = "(.*) were compared by their numbers of tokens, not by their token ids, which (.*) cannot tell: another "
    found = [re.match(said, one.text) for one in desk.card().comparison.warnings]
    return [part for one in found if one for part in one.groups()]


def test_where_both_sides_have_token_ids_none_is_said_to_be_counted(desk: Desk) -> None:
    endpoint = desk.make(right)
    desk.verify(SMALL, endpoint, "--save-reference", "ref")
    assert desk.verify(SMALL, endpoint, "--reference", "ref").code == 0
    assert counted(desk) == []


def test_without_token_ids_equal_counts_speak_for_equal_prompts(desk: Desk) -> None:
    blind = desk.make(right, tokenize=False)
    desk.verify(SET, blind, "--loops", 4, "--save-reference", "ref", quant="other")
    assert desk.verify(SET, blind, "--reference", "ref").code == 0
    assert desk.card().comparison.overall == "non_inferior"
    assert counted(desk) == ["the prompts of 48 of 48 requests", "this run and the reference"]
    assert desk.verify(SET, desk.make(right), "--reference", "ref").code == 0
    assert counted(desk) == ["the prompts of 48 of 48 requests", "the reference"]
    silent = desk.make(lambda body: {**right(body), "usage": None}, tokenize=False)
    assert desk.verify(SET, silent, "--reference", "ref").code == 0
    assert desk.card().comparison.overall == "inconclusive"
    assert [one.text for one in desk.card().comparison.warnings if one.code == "template_unverified"] == [
        "the prompts of 48 requests cannot be verified (neither token ids nor counts), so no metric can be called "
        "non-inferior"
    ]
    assert counted(desk) == []


def test_without_tools_validity_is_not_gated_and_with_tools_but_no_call_it_is_open(desk: Desk) -> None:
    talk = [line(f"hello {n}", tools=False) for n in range(48)]
    endpoint = desk.make(lambda _: TEXT)
    desk.verify(talk, endpoint, "--loops", 4, "--save-reference", "a", quant="other")
    assert desk.verify(talk, endpoint, "--reference", "a").code == 0
    card = desk.card()
    assert ([one.metric for one in card.comparison.metrics], card.comparison.overall) == (["pass_rate"], "non_inferior")
    assert any("no request of the set offers a tool" in one.text for one in card.comparison.warnings)

    offered = [line(f"hello {n}") for n in range(48)]
    desk.verify(offered, endpoint, "--loops", 4, "--save-reference", "b", quant="other")
    assert desk.verify(offered, endpoint, "--reference", "b").code == 0
    verdicts = {one.metric: one.verdict for one in desk.card().comparison.metrics}
    assert verdicts == {"pass_rate": "non_inferior", "call_validity": "inconclusive"}
    assert desk.card().comparison.overall == "inconclusive"


@pytest.mark.parametrize("trouble", [(500, {"error": "bad moment"}), (429, {"error": "slow down"}), None])
def test_trouble_costs_one_more_attempt_and_is_counted(desk: Desk, trouble: Any) -> None:
    turn = count()
    endpoint = desk.make(lambda body: trouble if next(turn) == 0 else right(body))
    assert desk.verify(SMALL, endpoint, "--concurrency", 1).code == 0
    assert len(endpoint.requests) == 4, "one attempt for each trouble, and no retries within retries"
    rates = desk.card().rates
    assert (rates["query_success_rate"].numerator, rates["first_attempt_success_rate"].numerator) == (3, 2)
    assert rates["query_success_rate"].denominator == 3


def test_a_refused_request_is_missing_and_red_and_the_others_count(desk: Desk) -> None:
    refused = (400, {"error": {"message": "too long"}})
    endpoint = desk.make(lambda body: refused if "hello" in asked(body) else right(body))
    done = desk.verify(SMALL, endpoint, "--gate", "none", "--save-reference", "ref")
    assert (done.code, Path("ref").exists()) == (1, False)
    card = desk.card()
    assert card.rates["query_success_rate"].value == pytest.approx(2 / 3)
    assert card.comparison.missing_quant == 1
    [lost] = [one for one in card.episodes if one["error"]]
    assert (lost["outcome"], "too long" in lost["error"]) == ("infra:harness", True)
    assert "not saved as a reference, since 1 of 3 replies are missing" in done.out


def test_streams_are_asked_for_and_keep_the_reasoning(desk: Desk) -> None:
    endpoint = desk.make(lambda _: reply(None, reasoning_content="hm"))
    assert desk.verify([line("hello", stream=True)], endpoint).code == 0
    assert endpoint.requests[0]["stream_options"] == {"include_usage": True}
    assert desk.card().rates["response_success_rate_not_only_reasoning"].value == 0


def test_a_simulated_model_answers_no_requests(desk: Desk) -> None:
    done = desk.verify(SMALL, None)
    assert (done.code, done.err.count("\n"), desk.runs()) == (4, 1, [])
    assert "the simulated model plays tasks" in done.err


def test_a_server_that_does_not_boot_is_exit_code_3(desk: Desk) -> None:
    endpoint = desk.make(right)
    endpoint.models = (500, {})
    done = desk.verify(SMALL, endpoint)
    assert (done.code, endpoint.requests) == (3, [])
    assert "answered 500 and no list of models" in done.err


def test_save_reference_never_replaces_what_is_no_reference(desk: Desk) -> None:
    endpoint = desk.make(right)
    (desk.path / "mine").mkdir()
    done = desk.verify(SMALL, endpoint, "--save-reference", "mine")
    assert (done.code, endpoint.requests) == (4, [])
    assert "--save-reference: mine exists and is no reference" in done.err
    for _ in range(2):
        assert desk.verify(SMALL, endpoint, "--save-reference", "ref").code == 0


def test_a_reference_of_requests_is_none_of_tasks_and_the_other_way_round(desk: Desk) -> None:
    endpoint = desk.make(right)
    desk.verify(SMALL, endpoint, "--save-reference", "ref")
    imported = desk.call("reference", "import", "ref")
    assert (imported.code, "is a reference of requests" in imported.err) == (4, True)
    head = json.loads((desk.path / "ref" / "reference.json").read_text())
    assert head["plan"]["metrics"] == ["pass_rate", "call_validity"]
    shipped = Path(__file__).parent.parent.parent / "references" / "demo"
    done = desk.verify(SMALL, endpoint, "--reference", shipped)
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "found a reference made by tasks" in done.err


def test_stored_runs_are_scored_again_and_shown_again(desk: Desk) -> None:
    endpoint = desk.make(right)
    desk.verify(SET, endpoint, "--loops", 4, "--save-reference", "ref", quant="other")
    desk.verify(SET, endpoint, "--reference", "ref")
    run = desk.runs()[-1]
    stored = (run / "scorecard.json").read_bytes()
    scored = desk.call("score", run, "--reference", "ref")
    assert scored.code == 0, scored.err
    assert (run / "scorecard.json").read_bytes() == stored
    shown = desk.call("report", run)
    assert "tool_calls_trigger_similarity" in shown.out
    assert "| query_success_rate |" in desk.call("report", "--markdown", run).out
    compared = desk.call("compare", desk.runs()[0], run)
    assert compared.code == 0, compared.err
    assert ("equivalent" in compared.out, "detail errors" in compared.out) == (True, False), compared.out


def test_the_scorecard_does_not_depend_on_the_order_of_replies(desk: Desk) -> None:
    cards = []
    for lanes in (1, 8):
        desk.verify(SMALL, desk.make(right), "--loops", 3, "--concurrency", lanes)
        card = json.loads((desk.path / "scorecards" / "mine" / "clean.requests-set.json").read_text())
        cards.append({key: card[key] for key in ("rates", "comparison", "outcomes", "by_context")})
    assert cards[0] == cards[1]
    assert "NaN" not in json.dumps(cards[0])
