"""Whatever a server answers, one request gives one episode and never an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentbench.agent import ChatClient
from agentbench.errors import CancelledError, ReferenceMismatchError
from agentbench.records import Case, Cell, Engine, Limits, ModelFamily, Outcome, QuantProfile, RequestLine, Tokenizer
from agentbench.verify.asking import Asker, RequestJob, ask
from agentbench.verify.judging import score_request
from tests.verify.verify_helpers import CALL, TEXT, WEATHER, Endpoint

FAMILY = ModelFamily(
    name="f", source="test", context_window=8192, reference="q", tokenizer=Tokenizer(builtin="words"), tools=[],
    limits=Limits(wall_s=20), default_suite="smoke", quants={"q": QuantProfile(name="q", engine=Engine())},
)  # fmt: skip
SENT = {"messages": [{"role": "user", "content": "weather?"}], "tools": [WEATHER], "temperature": 0.5}

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=12)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def often(usual: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual, usual, usual]) | anything


functions = st.fixed_dictionaries({"name": often("weather"), "arguments": often('{"city": "Oslo"}')})
calls = st.fixed_dictionaries({"id": often("c1"), "type": st.just("function"), "function": functions | anything})
messages = st.fixed_dictionaries(
    {
        "role": st.just("assistant"),
        "content": often("It rains. <tool_call>"),
        "tool_calls": st.lists(calls | anything, max_size=3) | anything,
    },
    optional={"reasoning": anything, "reasoning_content": anything},
)
choices = st.fixed_dictionaries({"message": messages | anything, "finish_reason": often("stop")})
bodies = st.fixed_dictionaries(
    {"choices": st.lists(choices | anything, max_size=2) | anything, "usage": anything, "id": anything}
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint(lambda _: TEXT, tokenize=False)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def asker(endpoint: Endpoint) -> Iterator[Asker]:
    with ChatClient(endpoint.url, "m") as client:
        yield Asker(client)


def job(**fields: Any) -> RequestJob:
    cell = Cell(task_id="request/00001-abc", cluster="c", variant=0, context_tokens=0)
    line = RequestLine(line=1, digest="d", asked_digest="a")
    return RequestJob(
        case=Case(cell=cell, trial=0), request=line, sent=SENT, family=FAMILY, quant="q", seed=0, **fields
    )


@given(body=bodies | anything)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_malformed_replies_raise_nothing(endpoint: Endpoint, asker: Asker, body: Any) -> None:
    endpoint.answers = lambda _: (200, body)
    episode = ask(job(), asker, threading.Event())
    scored = score_request(episode)
    assert scored.request is not None
    assert scored.outcome == episode.outcome
    assert scored.request.answered == (episode.trajectory is not None) == scored.outcome.graded
    if not scored.outcome.graded:
        assert episode.error


def test_a_cancelled_request_ends_at_once(endpoint: Endpoint, asker: Asker) -> None:
    cancel, released = threading.Event(), threading.Event()

    def slow(_: Any) -> Any:
        cancel.set()
        released.wait(20)
        return CALL

    endpoint.answers = slow
    with pytest.raises(CancelledError):
        ask(job(), asker, cancel)
    released.set()


def test_a_reply_that_does_not_come_is_the_wall_limit(endpoint: Endpoint, asker: Asker) -> None:
    released = threading.Event()

    def slow(_: Any) -> Any:
        released.wait(20)
        return CALL

    endpoint.answers = slow
    hasty = FAMILY.model_copy(update={"limits": Limits(wall_s=0.3)})
    one = job()
    episode = ask(RequestJob(**{**vars(one), "family": hasty}), asker, threading.Event())
    released.set()
    assert (episode.outcome, episode.error) == (Outcome.LIMIT_WALL, "no reply within 0.3 s")
    assert not score_request(episode).outcome.graded


def test_other_token_ids_end_the_run() -> None:
    server = Endpoint(lambda _: CALL)
    try:
        with ChatClient(server.url, "m") as client, pytest.raises(ReferenceMismatchError, match="other token ids"):
            ask(job(reference_token_digest="0" * 64), Asker(client), threading.Event())
        assert not server.requests
    finally:
        server.stop()
