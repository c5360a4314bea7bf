from __future__ import annotations

import json
import math
import random

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentbench.compare import build_scorecard, compare, flat_rates, rates_by_context
from agentbench.records import (
    CallClass,
    DeclaredFormat,
    HardLock,
    KernelProvenance,
    Limits,
    Lock,
    LockDifference,
    Margins,
    Metric,
    Outcome,
    Preflight,
    Sampling,
    Scorecard,
    ServerInfo,
    SoftLock,
)
from agentbench.store import pretty_json
from tests.compare.compare_worlds import episode, noisy, perfect, plan
from tests.plans import plan_of


def card_of(quant, reference, cells, **options):
    planned = plan_of(cells, quant="clean", suite="nightly", subset=options.pop("subset", False))
    hard = HardLock(
        family="sim", tasks={}, tools="", prompts="", template="", sampling=Sampling(), limits=Limits(), seed=0
    )
    lock = Lock(hard=hard, soft=SoftLock(concurrency=1, agentbench_version="0", date="2026-11-23"))
    comparison = compare(quant, reference, cells=planned.cells, margins=Margins(), alpha=0.05)
    fields = {
        "family": "sim",
        "quant": "clean",
        "run_id": "r",
        "plan": planned,
        "lock": lock,
        "server": ServerInfo(kind="sim", base_url="", model="m"),
        "scored": quant,
        "reference": reference or [],
        "reference_id": "d",
        "reference_lock": lock,
        "soft_differences": [],
        "comparison": comparison,
        "trajectory_paths": {
            episode.case.id: f"{index}.json" for index, episode in enumerate(sorted(quant, key=lambda e: e.case.id))
        },
    }
    return build_scorecard(**(fields | options))


CELLS = plan(15, 2)
QUANT, REFERENCE = noisy(CELLS, 2, 1), noisy(CELLS, 3, 2)
EXPECTED = pretty_json(card_of(QUANT, REFERENCE, CELLS).model_dump(mode="json"))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**9))
def test_the_same_episodes_give_the_same_bytes_in_whatever_order(seed):
    quant, reference, cells = list(QUANT), list(REFERENCE), list(CELLS)
    for values in (quant, reference, cells):
        random.Random(seed).shuffle(values)
    card = card_of(quant, reference, cells)
    assert pretty_json(card.model_dump(mode="json")) == EXPECTED


def test_a_scorecard_is_strict_json_and_reads_back():
    json.loads(EXPECTED, parse_constant=pytest.fail)
    assert pretty_json(Scorecard.model_validate_json(EXPECTED).model_dump(mode="json")) == EXPECTED
    jsonschema.validate(json.loads(EXPECTED), Scorecard.model_json_schema(mode="serialization"))


worlds = st.sampled_from(["same", "all solved", "none solved", "no calls", "no reference", "all infra", "one cell"])


@settings(max_examples=25, deadline=None)
@given(worlds, worlds, st.integers(1, 3))
def test_no_scorecard_holds_a_number_that_is_not_finite(ours, theirs, trials):
    cells = plan(1 if "one cell" in (ours, theirs) else 5, 1)
    quant, reference = (
        {
            "same": noisy(cells, trials, 3),
            "all solved": perfect(cells, trials),
            "none solved": [episode(cell, outcome=Outcome.UNSOLVED) for cell in cells],
            "no calls": [episode(cell, calls={}, copy_opportunities=0, completion_tokens=0) for cell in cells],
            "no reference": [],
            "all infra": [episode(cell, outcome=Outcome.INFRA_SERVER, server_deaths=2) for cell in cells],
            "one cell": perfect(cells[:1]),
        }[world]
        for world in (ours, theirs)
    )
    card = card_of(quant, None if theirs == "no reference" else reference, cells)
    values = [card.model_dump(mode="json")]
    while values:
        value = values.pop()
        values += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        assert not isinstance(value, float) or math.isfinite(value)
    assert "NaN" not in card.model_dump_json()


def test_an_empty_run_has_a_scorecard_of_nulls():
    card = card_of([], None, [])
    assert card.rates["outcome.solved"].value is None
    assert card.by_context == {}
    assert card.outcomes == {}


def test_first_screen_warnings_from_server_and_locks():
    cells = plan(13, 1)
    server = ServerInfo(
        kind="vllm",
        base_url="",
        model="m",
        provenance=KernelProvenance(declared=DeclaredFormat(), warnings=["weights only"]),
        preflight=Preflight(completion_ok=True, tools_ok=True, tool_call=False, tokenize=True),
    )
    difference = LockDifference(key="engine", ours="0.33", theirs="0.32")
    card = card_of(perfect(cells), perfect(cells, 4), cells, server=server, soft_differences=[difference], subset=True)
    codes = [warning.code for warning in card.comparison.warnings]
    assert codes == ["kernel_fallback", "no_tool_call", "soft_lock", "subset"]


def test_wrong_details_are_listed_worst_first():
    cells = plan(2, 1, (8192,))
    card = card_of([episode(cells[0], stale=2), episode(cells[1])], perfect(cells), cells)
    assert [(wrong["case"], wrong["detail"], wrong["class"]) for wrong in card.details_wrong] == [
        (f"{cells[0].id}#0", "d0", "stale"),
        (f"{cells[0].id}#0", "d1", "stale"),
    ]
    assert (card.details_wrong[0]["expected"], card.details_wrong[0]["found"]) == ("new", "old")
    assert card.episodes[0]["trajectory"] == "0.json"


def test_flat_rates_are_literal_counts():
    cells = plan(2, 1, (8192,))
    scored = [
        episode(cells[0], 0, stale=1, sloppy=True),
        episode(cells[0], 1, outcome=Outcome.UNSOLVED, calls={CallClass.VALID: 3, CallClass.BAD_JSON: 1}),
        episode(cells[1], 0, language_runs=2),
        episode(cells[1], 1, outcome=Outcome.INFRA_SERVER),
    ]
    rates = flat_rates(scored)
    parts = {name: (rate.numerator, rate.denominator) for name, rate in rates.items()}
    assert parts["outcome.solved"] == (2, 4)
    assert parts["outcome.infra:server"] == (1, 4)
    assert parts["calls.parse:bad_json"] == (1, 20)
    assert parts["replies.repeat:loop"] == (0, 27)
    assert parts["details.stale"] == (1, 15)
    assert parts["sloppy_of_solved"] == (1, 2)
    assert parts["wrong_values_of_attempted_when_submitted"] == (1, 15)
    assert parts["language_runs_per_10k_chars"] == (2, 1.2)
    assert parts["episodes_with_invalid_call"] == (1, 3)
    assert parts["pass^1"] == (1.5, 2)
    assert rates["pass^2"].value is None
    assert rates["pass^8"].value is None


def test_rates_by_context_are_sorted_by_size():
    cells = plan(2, 1, (131072, 2048, 8192))
    found = rates_by_context(perfect(cells))
    assert list(found) == ["2k", "8k", "128k"]
    assert found["8k"][Metric.PASS_RATE].value == 1.0
    assert set(found["8k"]) == set(Metric)


def test_the_reference_stands_beside_the_quant():
    cells = plan(3, 1, (8192, 32768))
    other = plan(1, 1, (131072,))
    reference = [episode(cell, trial, stale=1) for cell in [*cells, *other] for trial in range(2)]
    card = card_of(perfect(cells), reference, cells)
    assert (card.reference_rates["details.stale"].numerator, card.rates["details.stale"].numerator) == (12, 0)
    assert list(card.reference_by_context) == ["8k", "32k"]
    assert card.by_plan["history"]["detail_errors"].reference.value == 0.2
    assert card.by_plan["history"]["detail_errors"].quant.value == 0
    alone = card_of(perfect(cells), None, cells)
    assert alone.reference_rates == {}
    assert alone.by_plan["history"]["pass_rate"].reference is None


def test_detail_errors_by_where_they_were_told_and_how_far():
    cells = plan(1, 1, (8192,))
    one = episode(cells[0], stale=2)
    places = [(0.1, 2_000), (0.25, 4_096), (0.9, 70_000), (None, None), (0.99, 20_000)]
    findings = [
        finding.model_copy(
            update={"depth": depth, "distance_tokens": tokens, "told_in": "file" if depth else "history"}
        )
        for finding, (depth, tokens) in zip(one.detail_findings, places, strict=True)
    ]
    found = card_of([one.model_copy(update={"detail_findings": findings})], None, cells).details_by
    shown = {name: {key: (rate.quant.numerator, rate.quant.denominator) for key, rate in by.items()}
             for name, by in found.items()}  # fmt: skip
    assert shown["told_in"] == {"file": (2, 4), "history": (0, 1)}
    assert shown["recoverable"] == {"recoverable": (1, 3), "unrecoverable": (1, 2)}
    assert shown["depth"] == {"under 25%": (1, 1), "25% to 50%": (1, 1), "75% and over": (0, 2)}
    assert shown["distance"] == {"under 4k": (1, 1), "4k to 16k": (1, 1), "16k to 64k": (0, 1), "64k and over": (0, 1)}
    assert list(shown["distance"]) == ["under 4k", "4k to 16k", "16k to 64k", "64k and over"]
