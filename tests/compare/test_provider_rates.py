from __future__ import annotations

import pytest

from agentbench.compare import flat_rates
from agentbench.compare.provider_rates import agreement, trigger_rates
from agentbench.records import CallClass
from tests.compare.compare_worlds import episode, plan


def called(cell, trial, *replies, **fields):
    return episode(cell, trial).model_copy(update={"triggered": list(replies), **fields})


def test_their_rates_are_over_replies_and_null_for_nothing():
    cells = plan(1, 1, (8192,))
    one = called(
        cells[0], 0, True, True, False,
        replies=5, finish_reasons={"tool_calls": 2, "stop": 1, "length": 1, "none": 1}, valid_replies=1,
        only_reasoning_replies=1, error_repeating_replies=3, reply_classes={CallClass.REASONING_ONLY: 1},
    )  # fmt: skip
    rates = flat_rates([one])
    parts = {name: (rate.numerator, rate.denominator) for name, rate in rates.items()}
    assert parts["finish_tool_calls_rate"] == (2, 5)
    assert parts["finish_stop_rate"] == parts["finish_length_rate"] == parts["finish_others_rate"] == (1, 5)
    assert parts["schema_accuracy"] == (1, 2)
    assert parts["error_only_reasoning_rate"] == (1, 5)
    assert parts["error_repeating_rate"] == (3, 5)
    assert flat_rates([])["schema_accuracy"].value is None


@pytest.mark.parametrize(
    ("ours", "theirs", "f1"),
    [
        ([[True], [False]], [[True], [False]], 1.0),
        ([[True], [True]], [[True], [False]], 2 / 3),
        ([[False], [False]], [[True], [False]], 0.0),
        ([[False]], [[False]], None),
        ([[True]], [[True, False]], 2 / 3),
        ([[]], [[True]], None),
    ],
)
def test_trigger_similarity_is_f1_of_first_replies(ours, theirs, f1):
    cells = plan(len(ours), 1, (8192,))

    def arm(rows):
        return [
            called(cell, trial, *([first] if first is not None else []))
            for cell, row in zip(cells, rows, strict=True)
            for trial, first in enumerate(row)
        ]

    rate = trigger_rates(arm(ours), arm(theirs))["tool_calls_trigger_similarity"]
    assert rate.value == (None if f1 is None else pytest.approx(f1))


def test_the_reference_against_itself_is_over_pairs_of_its_trials():
    [cell] = plan(1, 1, (8192,))
    reference = [called(cell, trial, trial < 3) for trial in range(4)]
    rate = trigger_rates([], reference)["tool_calls_trigger_similarity_reference_against_itself"]
    # of 6 pairs 3 agree on a call, and in 3 only one calls
    assert rate.value == pytest.approx(2 * 0.5 / (2 * 0.5 + 0.5))


def test_agreement_is_over_common_cells_and_carries_the_version_of_its_definition():
    ours, theirs = {"a": [True, False], "b": [True]}, {"a": [True], "c": [True]}
    rate = agreement(ours, theirs, 3)
    # of cell a's two pairs one agrees on a call, and in the other only the reference calls
    assert (rate.numerator, rate.denominator, rate.definition_version) == (1, 1.5, 3)
