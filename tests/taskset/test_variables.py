from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentbench.errors import TaskError
from agentbench.probing import near_miss
from agentbench.records import SandboxNeeds, TaskSpec, Variable
from agentbench.taskset import draw
from agentbench.taskset.plans import _LAYOUTS
from agentbench.taskset.wordlists import WORDS


def spec(task_id: str = "a/b", **variables: dict[str, Any]) -> TaskSpec:
    return TaskSpec(
        id=task_id,
        path="/tasks/a/b",
        name="x/y",
        cluster=task_id,
        digest="0",
        native=True,
        sandbox=SandboxNeeds(image="python"),
        variables={name: Variable.model_validate(entry) for name, entry in variables.items()},
    )


KINDS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "int", "low": 10, "high": 99, "step": 5}, r"[1-9][05]"),
    ({"kind": "int", "low": -5, "high": -1}, r"-[1-5]"),
    ({"kind": "float", "low": 0.1, "high": 9.9, "digits": 2}, r"\d\.\d{1,2}"),
    ({"kind": "choice", "choices": ["a", "b"]}, r"[ab]"),
    ({"kind": "word"}, r"[a-z]{4,10}"),
    ({"kind": "name", "digits": 3}, r"[a-z]+_[a-z]+_[a-z]+"),
    ({"kind": "hex", "digits": 12}, r"[a-f][0-9a-f]{11}"),
    ({"kind": "hex", "digits": 1}, r"[a-f]"),
    ({"kind": "version"}, r"\d\.\d+\.\d+"),
    ({"kind": "date"}, r"20[123]\d-\d\d-\d\d"),
]


@pytest.mark.parametrize(("variable", "pattern"), KINDS)
def test_every_kind(variable: dict[str, Any], pattern: str) -> None:
    values = {draw(spec(x=variable), variant, 0)["x"] for variant in range(40)}
    assert all(re.fullmatch(pattern, value) for value in values), values
    assert len(values) > 1
    if variable["kind"] == "date":
        assert all(dt.date.fromisoformat(value) for value in values)
    if variable["kind"] == "float":
        assert not any(float(value).is_integer() for value in values)


@settings(max_examples=30)
@given(
    st.integers(0, 10_000), st.integers(0, 2**63), st.sampled_from([kind for kind, _ in KINDS if "step" not in kind])
)
def test_values_that_differ_are_no_near_misses(variant: int, seed: int, kind: dict[str, Any]) -> None:
    if kind["kind"] in ("choice",) or kind.get("digits") == 1 or kind.get("high") == -1:
        return
    other = {**kind, "differs": "value"}
    values = draw(spec(first=other, value=kind, last=other), variant, seed)
    for name in ("first", "last"):
        assert values[name] != values["value"]
        assert not near_miss(values["value"], values[name])
        assert not near_miss(values[name], values["value"])


def test_a_draw_depends_on_task_variant_and_seed_only() -> None:
    one = {"x": {"kind": "hex"}}
    base = draw(spec(**one), 1, 2)
    assert draw(spec(**one), 1, 2) == base
    assert draw(spec(**one), 2, 2) != base
    assert draw(spec(**one), 1, 3) != base
    assert draw(spec("a/c", **one), 1, 2) != base
    assert draw(spec(y={"kind": "word"}, **one), 1, 2)["x"] == base["x"]  # a new variable leaves the others alone


def test_pinned_values() -> None:
    """Drawn values are part of every stored reference: a change here makes them all incomparable."""
    variables = {f"v{number}": kind for number, (kind, _) in enumerate(KINDS)}
    assert list(draw(spec(**variables), 3, 7).values()) == PINNED


PINNED = ["95", "-5", "7.5", "a", "locust", "peridot_dahlia_borage", "bbd84205e446", "f", "4.5.9", "2031-08-01"]


def test_a_range_that_is_too_narrow_is_named() -> None:
    digit = {"kind": "int", "low": 1, "high": 9}
    with pytest.raises(TaskError, match=r"variables\.stale: no value of its range .* near miss from 'port'"):
        draw(spec(port=digit, stale={**digit, "differs": "port"}), 0, 0)


def test_no_word_is_a_word_of_the_script() -> None:
    texts = [
        text for one in _LAYOUTS.values() for text in (one.wording.opening, one.wording.closing, one.wording.have_read)
    ]
    script = {word.lower() for text in texts for word in re.findall(r"\w+", text)}
    assert len(WORDS) == len(set(WORDS)) > 300
    assert not script & set(WORDS)
