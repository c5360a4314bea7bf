"""Result files of the two verifiers as a reference."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.verify.conftest import Desk
from tests.verify.verify_helpers import CALL, TEXT, Endpoint, asked, k2vv_row, line, minimax_row, reply, write_lines

LEAK = reply('<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>')
Row = Callable[..., dict[str, Any]]

SET = [line(f"weather {n}?" if n % 3 else f"hello {n}", expected_tool_call=bool(n % 3)) for n in range(48)]


def right(body: dict[str, Any]) -> dict[str, Any]:
    return CALL if "weather" in asked(body) else TEXT


def rows(row: Row, lines: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    return [row(number, one, right(one), **fields) for number, one in enumerate(lines, start=1)]


@pytest.fixture
def endpoint(desk: Desk) -> Endpoint:
    return desk.make(right)


@pytest.mark.parametrize("row", [minimax_row, k2vv_row])
def test_equal_replies_are_non_inferior(desk: Desk, endpoint: Endpoint, row: Row) -> None:
    write_lines(desk.path / "theirs.jsonl", rows(row, SET))
    done = desk.verify(SET, endpoint, "--loops", 2, "--reference", "theirs.jsonl")
    assert done.code == 0, done.err
    card = desk.card()
    assert [one.verdict for one in card.comparison.metrics] == ["non_inferior", "non_inferior"]
    assert card.comparison.overall == "non_inferior"
    assert card.rates["tool_calls_trigger_similarity"].value == 1
    assert card.rates["prompt_tokens_equal"].value == 1
    assert card.rates["reference.tool_calls_match_rate"].value == 1
    who = "K2-Vendor-Verifier" if row is k2vv_row else "MiniMax-Provider-Verifier"
    assert any(who in one.text and "model MiniMax-M2.5" in one.text for one in card.comparison.warnings)
    assert any(one.code == "k_ref" for one in card.comparison.warnings)


def test_a_quant_that_leaks_half_its_calls_is_degraded_and_decides_the_same(desk: Desk) -> None:
    write_lines(desk.path / "theirs.jsonl", rows(minimax_row, SET))
    endpoint = desk.make(lambda body: LEAK if asked(body)[-2] in "02468" and right(body) is CALL else right(body))
    done = desk.verify(SET, endpoint, "--loops", 2, "--reference", "theirs.jsonl")
    assert done.code == 1
    card = desk.card()
    assert [one.verdict for one in card.comparison.metrics] == ["degraded", "degraded"]
    similarity, decision = (card.rates[f"tool_calls_{name}_similarity"].value for name in ("trigger", "decision"))
    assert similarity is not None
    assert similarity < 0.9
    assert decision == 1, "it wanted to call as often as the reference"
    first = card.details_wrong[0]
    assert (first["detail"], first["class"], first["expected"]) == (
        "expected_tool_call", "leaked_markup", "a structured call",
    )  # fmt: skip
    assert first["found"].startswith("<tool_call>")
    assert [one["case"][-1] for one in card.details_wrong[:16]] == ["0"] * 16, "one loop of each before the others"
    assert "parse:leaked_markup" in {one["class"] for one in card.details_wrong}
    assert card.rates["calls.parse:leaked_markup"].numerator > 0
    assert desk.call("verify", "--requests", "set.jsonl", "--quant-model", "mine.toml", "--quant", "clean",
                     "--endpoint", endpoint.url, "--reference", "theirs.jsonl", "--gate", "none").code == 0  # fmt: skip


def test_lines_are_joined_by_what_was_asked_and_never_by_their_place(desk: Desk, endpoint: Endpoint) -> None:
    shuffled = rows(minimax_row, SET)
    random.Random(1).shuffle(shuffled)
    write_lines(desk.path / "theirs.jsonl", shuffled)
    moved = [line("new?", expected_tool_call=False), *SET[4:], SET[0]]
    assert desk.verify(moved, endpoint, "--reference", "theirs.jsonl").code == 0
    card = desk.card()
    changed = [row for row in card.comparison.cells if row.change != "same"]
    assert [(row.change, row.cell_id[:13]) for row in changed] == [("missing", "request/00001")]
    assert card.rates["reference.query_success_rate"].denominator == len(SET) - 3
    assert any("3 of its results answer other requests" in one.text for one in card.comparison.warnings)


def test_equal_requests_of_a_set_are_told_apart_by_their_number(desk: Desk) -> None:
    twice = [line("weather?"), line("weather?")]
    write_lines(desk.path / "theirs.jsonl", [minimax_row(2, twice[1], TEXT), minimax_row(1, twice[0], CALL)])
    endpoint = desk.make(lambda _: CALL)
    assert desk.verify(twice, endpoint, "--reference", "theirs.jsonl").code == 0
    assert desk.card().rates["tool_calls_trigger_similarity"].numerator == 2
    assert desk.card().rates["tool_calls_trigger_similarity"].denominator == 3


def write_batch(desk: Desk, files: dict[str, list[dict[str, Any]]]) -> None:
    """Write ``batch/<name>`` for each name, as run at a time of its own."""
    for number, (name, lines) in enumerate(files.items()):
        place = desk.path / "batch" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        write_lines(place, [one | {"last_run_at": f"2026-05-02T10:00:{number:02}"} for one in lines])


def test_each_file_of_a_directory_is_a_loop_and_an_appended_line_replaces_a_failed_one(desk: Desk) -> None:
    failed = k2vv_row(1, SET[0], {"error_type": "RateLimitError", "error_message": "slow down"})
    whole = rows(k2vv_row, SET)
    loops = [[failed, *whole[1:]], *[[failed, *whole[1:], k2vv_row(1, SET[0], TEXT)]] * 3]
    write_batch(desk, {f"loop_{n:02}/m/m_results.jsonl": lines for n, lines in enumerate(loops, start=1)})
    write_lines(desk.path / "batch" / "loop_01" / "m" / "other.jsonl", [{"not": "a result"}])
    endpoint = desk.make(right)
    assert desk.verify(SET, endpoint, "--reference", "batch").code == 0
    card = desk.card()
    assert (card.comparison.k_ref, card.comparison.missing_reference) == (pytest.approx((47 * 4 + 3) / 48), 1)
    assert card.rates["tool_calls_trigger_similarity_reference_against_itself"].value == 1
    assert any("; 4 loops)" in one.text for one in card.comparison.warnings)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"loop_01/a/a_results.jsonl": {}, "loop_01/b/b_results.jsonl": {}},
            "batch: found results of 2 modules (a_results.jsonl, b_results.jsonl), expected those of one",
        ),
        (
            {"loop_01/results.jsonl": {}, "loop_02/results.jsonl": {"provider": "other"}},
            "loop_02/results.jsonl: line 1: provider: found other, expected minimax as in the lines before it",
        ),
        (
            {"loop_01/results.jsonl": {}, "loop_02/results.jsonl": {"model": "MiniMax-M3"}},
            "loop_02/results.jsonl: line 1: model: found MiniMax-M3, expected MiniMax-M2.5 as in the lines before it",
        ),
    ],
)
def test_results_of_several_servers_are_no_loops_of_each_other(
    desk: Desk, endpoint: Endpoint, files: dict[str, Any], said: str
) -> None:
    batch = {}
    for name, own in files.items():
        batch[name] = rows(minimax_row, SET, **own)
        for row in batch[name]:
            row["request"]["model"] = row.pop("model", row["request"]["model"])
    write_batch(desk, batch)
    done = desk.verify(SET, endpoint, "--reference", "batch")
    assert (done.code, done.err.count("\n"), endpoint.requests) == (4, 1, [])
    assert said in done.err


def test_files_of_other_requests_are_parts_of_one_loop_and_a_copy_is_none(desk: Desk, endpoint: Endpoint) -> None:
    whole = rows(minimax_row, SET)
    write_batch(desk, {"part_1/results.jsonl": whole[:20], "part_2/results.jsonl": whole[20:]})
    assert desk.verify(SET, endpoint, "--reference", "batch").code == 0
    card = desk.card()
    assert (card.comparison.k_ref, card.comparison.missing_reference) == (1, 0)
    assert any("; 1 loop)" in one.text for one in card.comparison.warnings)
    (desk.path / "batch" / "copy").mkdir()
    shutil.copy(desk.path / "batch" / "part_1" / "results.jsonl", desk.path / "batch" / "copy" / "results.jsonl")
    done = desk.verify(SET, endpoint, "--reference", "batch")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "batch: found the same result file twice" in done.err


def test_another_sampling_is_refused_and_another_output_limit_is_told(desk: Desk, endpoint: Endpoint) -> None:
    cold = [one | {"temperature": 0.1} for one in SET]
    write_lines(desk.path / "theirs.jsonl", rows(minimax_row, cold))
    done = desk.verify(SET, endpoint, "--reference", "theirs.jsonl")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "theirs.jsonl: line 1: temperature: found 0.1, expected 0.7, with which line 1 is sampled here" in done.err
    write_lines(desk.path / "theirs.jsonl", rows(k2vv_row, SET, extra_body={"top_p": 0.2}))
    assert "top_p: found 0.2, expected 0.9" in desk.verify(SET, endpoint, "--reference", "theirs.jsonl").err
    write_lines(desk.path / "theirs.jsonl", rows(k2vv_row, SET, extra_body={"max_tokens": 64000}))
    assert desk.verify(SET, endpoint, "--reference", "theirs.jsonl").code == 0
    assert any("line 1: 64000 there, 256 here and 47 more" in one.text for one in desk.card().comparison.warnings)
    assert endpoint.requests, "and only then was anything asked"


def test_other_prompt_tokens_are_another_template_and_never_non_inferior(desk: Desk) -> None:
    write_lines(desk.path / "theirs.jsonl", rows(minimax_row, SET))
    tools_first = desk.make(lambda body: {**right(body), "usage": {"prompt_tokens": 90, "completion_tokens": 1}})
    assert desk.verify(SET, tools_first, "--loops", 2, "--reference", "theirs.jsonl").code == 0
    card = desk.card()
    assert card.comparison.overall == "inconclusive"
    [warning] = [one.text for one in card.comparison.warnings if one.code == "template_unverified"]
    assert "48 of 48 requests have another number of prompt tokens than in the reference" in warning
    assert "90 here, 100 there" in warning
    assert card.rates["prompt_tokens_equal"].value == 0


def test_results_of_another_set_are_refused(desk: Desk, endpoint: Endpoint) -> None:
    write_lines(desk.path / "theirs.jsonl", rows(minimax_row, [line("other")]))
    done = desk.verify(SET, endpoint, "--reference", "theirs.jsonl")
    assert (done.code, endpoint.requests) == (4, [])
    assert "none of its 1 results answers a request of this set" in done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"data_index": 1', "line 1: found no JSON"),
        ("[]", "line 1: found no object, expected a result line"),
        ('{"messages": []}', "line 1: data_index: found no such key.*looks like a request set, not its results"),
        ('{"data_index": 1, "request": {}, "response": {}, "status": "success"}', "line 1: request: found no list of"),
        (
            '{"data_index": 1, "request": {"messages": [{"role": "system", "content": "Help."}, {"role": "user", '
            '"content": "hi"}]}, "response": {"choices": [{"text": "x"}]}, "status": "success"}',
            "line 1: response: expected a chat.completion for status success",
        ),
    ],
)
def test_a_bad_result_line_is_named(desk: Desk, endpoint: Endpoint, content: str, said: str) -> None:
    (desk.path / "theirs.jsonl").write_text(content + "\n")
    done = desk.verify([line("hi", tools=False)], endpoint, "--reference", "theirs.jsonl")
    assert (done.code, done.err.count("\n"), endpoint.requests) == (4, 1, [])
    assert re.search(said, done.err), done.err


@pytest.mark.parametrize(("name", "said"), [("gone", "found nothing there"), ("empty", "nor result files")])
def test_a_reference_that_is_none_is_said_so(desk: Desk, endpoint: Endpoint, name: str, said: str) -> None:
    Path("empty").mkdir()
    done = desk.verify(SET, endpoint, "--reference", name)
    assert (done.code, done.err.count("\n"), desk.runs()) == (4, 1, [])
    assert said in done.err
