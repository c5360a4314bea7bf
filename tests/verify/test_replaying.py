"""A request set against a server: what is sent, what is stored, what is shown."""

from __future__ import annotations

from typing import Any

from tests.verify.conftest import Desk
from tests.verify.verify_helpers import CALL, TEXT, asked, line


def answers(body: dict[str, Any]) -> dict[str, Any]:
    return CALL if "weather" in asked(body) else TEXT


def test_a_set_is_replayed_and_judged(desk: Desk) -> None:
    lines = [line("weather?", expected_tool_call=True), line("hello", expected_tool_call=False)]
    endpoint = desk.make(answers)
    done = desk.verify(lines, endpoint, "--loops", 2)
    assert (done.code, "2 requests (2 with tools, 2 say" in done.err) == (0, True), done.err
    card = desk.card()
    assert [(one.metric, one.quant.numerator, one.quant.denominator) for one in card.comparison.metrics] == [
        ("pass_rate", 2, 2),
        ("call_validity", 1, 1),
    ]
    assert "no reference" in card.comparison.reason
    assert card.rates["tool_calls_match_rate"].value == 1
    assert "query_success_rate" in done.out
    assert len(endpoint.requests) == 4
