from __future__ import annotations

import json
import random

import pytest

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
    PlannedRun,
    Preflight,
    Sampling,
    Scorecard,
    ServerInfo,
    SoftLock,
)
from tests.compare.compare_worlds import episode, noisy, perfect, plan


def card_of(quant, reference, cells, **options):
    planned = PlannedRun(
        family="sim",
        quant="clean",
        suite="nightly",
        contexts=[8192],
        variants=1,
        trials=1,
        seed=0,
        alpha=0.05,
        cases=sorted(f"{cell.id}#0" for cell in cells),
        cells=cells,
        subset=options.pop("subset", False),
    )
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
        "reference_id": "d",
        "reference_lock": lock,
        "soft_differences": [],
        "comparison": comparison,
        "trajectory_paths": {
            episode.case.id: f"{index}.json" for index, episode in enumerate(sorted(quant, key=lambda e: e.case.id))
        },
    }
    return build_scorecard(**(fields | options))


def test_the_same_episodes_give_the_same_bytes_in_whatever_order():
    cells = plan(15, 2)
    quant, reference = noisy(cells, 2, 1), noisy(cells, 3, 2)
    expected = card_of(quant, reference, cells).model_dump_json()
    for seed in range(3):
        random.Random(seed).shuffle(quant)
        random.Random(seed).shuffle(reference)
        assert card_of(quant, reference, cells).model_dump_json() == expected
    json.loads(expected, parse_constant=pytest.fail)
    assert Scorecard.model_validate_json(expected).model_dump_json() == expected


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
