"""The example set of the documentation on real vLLM: booted, asked, stored, judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.store import Journal, read_scorecard
from agentbench.verify import read_requests
from tests.verify.conftest import Desk

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "requests.jsonl"


def test_the_example_is_a_set() -> None:
    found = read_requests(str(EXAMPLE))
    assert found.text == "3 requests (2 with tools, 2 say whether a call is expected)"
    assert [one.body["messages"][0]["role"] for one in found.requests] == ["system", "system", "user"]


@pytest.mark.vllm
def test_three_requests_on_real_vllm(desk: Desk) -> None:
    done = desk.call("verify", "--requests", EXAMPLE, "--quant", "bf16", "--save-reference", "ref")
    assert done.code == 0, done.err
    [run] = desk.runs()
    card = read_scorecard(run / "scorecard.json")
    assert (card.rates["query_success_rate"].numerator, card.server.kind) == (3, "vllm")
    assert all(one.token_digest for one in Journal.open(run).scored().values())
    same = desk.call("verify", "--requests", EXAMPLE, "--quant", "bf16", "--reference", "ref", "--resume")
    assert (same.code, "nothing was asked" in same.out) == (0, True), same.err
    assert "prompt_tokens_equal" in same.out
