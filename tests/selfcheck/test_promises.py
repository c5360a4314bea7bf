from __future__ import annotations

import json
from collections import Counter

import pytest

from agentbench.records import Metric
from agentbench.selfcheck import broken, from_json, key_of, promises, to_json
from agentbench.selfcheck.findings import Row, counted
from agentbench.selfcheck.plan import NIGHTLY, at_margin
from agentbench.selfcheck.results import (
    GridResult,
    PowerResult,
    PracticeResult,
    ReferenceResult,
    SequenceResult,
    facts_of,
)
from agentbench.selfcheck.sizes import episodes_needed, sizes_to_try, unpaired_episodes
from agentbench.selfcheck.worlds import FLOOR, Effect, Shape, World
from agentbench.stats import clopper_pearson_lower, clopper_pearson_upper


@pytest.mark.parametrize(
    ("events", "nights", "is_broken"), [(50, 1000, False), (60, 1000, False), (69, 1000, True), (0, 10, False)]
)
def test_at_most_is_broken_where_the_lower_bound_lies_above(events, nights, is_broken):
    found = counted("p", "text", [Row("world", events, nights)], at_most=0.05)[0]
    assert found.broken is is_broken is (clopper_pearson_lower(events, nights, 0.01) > 0.05)
    assert found.low <= found.estimate == events / nights <= found.high
    assert (found.state == "broken") is is_broken


@pytest.mark.parametrize(("events", "nights", "is_broken"), [(950, 1000, False), (935, 1000, False), (930, 1000, True)])
def test_at_least_is_broken_where_the_upper_bound_lies_below(events, nights, is_broken):
    found = counted("p", "text", [Row("world", events, nights)], at_least=0.95)[0]
    assert found.broken is is_broken is (clopper_pearson_upper(events, nights, 0.01) < 0.95)


def test_what_is_a_little_wrong_everywhere_is_broken_though_no_cell_shows_it():
    everywhere = [Row(f"world {number}", 14, 200) for number in range(36)]
    assert counted("p", "text", everywhere, at_most=0.05)[0].broken
    assert not counted("p", "text", everywhere[:1], at_most=0.05)[0].broken


def test_the_worst_cell_counts_and_many_cells_share_the_99_percent():
    rows = [Row("good", 40, 1000), Row("bad", 69, 1000)]
    one = counted("p", "text", rows[1:], at_most=0.05)[0]
    many = counted("p", "text", rows + [rows[0]] * 100, at_most=0.05)[0]
    assert one.broken
    assert not many.broken
    assert (many.worst, many.cells) == ("bad", 102)
    assert many.pooled == pytest.approx((69 + 101 * 40) / 102_000)


def test_what_was_not_counted_is_no_promise():
    assert counted("p", "text", [], at_most=0.05) == []
    assert counted("p", "text", [Row("world", 0, 0)], at_most=0.05) == []
    assert promises([]) == []


def test_a_figure_is_shown_and_breaks_nothing():
    found = counted("p", "text", [Row("world", 900, 1000)], at_most=0.05, gated=False)
    assert found[0].state == "shown"
    assert broken(found) == []


def grid(world, effect, **counts):
    return GridResult(
        facts_of(world), effect, Counter({"nights": 1000} | {k.replace("__", "."): v for k, v in counts.items()})
    )


def named(results):
    return {one.name: one for one in promises(results)}


def test_each_world_speaks_to_its_own_promises():
    small = World(clusters=12)
    found = named(
        [
            grid(NIGHTLY, Effect(), overall__degraded=30, overall__non_inferior=900),
            grid(small, Effect(), overall__degraded=200, overall__non_inferior=0),
            grid(World(FLOOR), Effect(), overall__degraded=10),
            grid(World(), Effect(shock=0.2), overall__degraded=300),
            grid(World(), Effect(flips=0.2), overall__degraded=20),
        ]
    )
    assert found["false alarms"].broken
    assert found["false alarms"].worst.startswith(small.key)
    assert not found["power to clear"].broken  # twelve tasks are no night
    assert found["power to clear"].cells == 1
    assert found["false alarms, floor"].estimate == 0.01
    assert found["false alarms, tasks flip"].estimate == 0.02
    assert found["false alarms, common shock"].state == "shown"


def test_losses_count_where_they_are_at_the_margin_and_at_twice():
    once = {f"{metric}__non_inferior": 40 for metric in Metric}
    twice = {f"{metric}__degraded": 999 for metric in Metric}
    wrong = grid(NIGHTLY, at_margin(1, Shape.FIFTH), **{**once, "copy_errors__non_inferior": 100})
    missed = grid(NIGHTLY, at_margin(2), **{**twice, "detail_errors__degraded": 800})
    found = named([wrong, missed])
    assert found["wrongly cleared"].broken
    assert found["wrongly cleared"].cells == 4
    assert "copy_errors" in found["wrongly cleared"].worst
    assert found["detection"].broken
    assert found["detection"].estimate == 0.8
    # A loss of 1 point of validity and 5 of details is no common multiple of the margins.
    other = Effect(losses=((Metric.CALL_VALIDITY, 0.01), (Metric.DETAIL_ERRORS, 0.05)))
    assert "wrongly cleared" not in named([grid(NIGHTLY, other, call_validity__non_inferior=900)])


RESULTS = [
    grid(NIGHTLY, at_margin(2, Shape.LONG), pass_rate__degraded=5, pass_rate__loss=0.123),
    grid(World(FLOOR, clusters=12), Effect(flips=0.3, shock=0.2)),
    ReferenceResult(facts_of(NIGHTLY), 50, [1, 2, 3]),
    PowerResult(facts_of(NIGHTLY), Shape.FIFTH, 0.03, 100, [90, 120], [70, 90]),
    SequenceResult(facts_of(NIGHTLY), Effect(), [900, 910], [90, 910], {"degraded": 1}, {"degraded": 2}),
    PracticeResult("name", "source", 84, 100, [0.0, 0.05], [34, 99], [2, 40]),
]


@pytest.mark.parametrize("result", RESULTS, ids=key_of)
def test_results_survive_a_file(result):
    again = from_json(json.loads(json.dumps(to_json(result), allow_nan=False)))
    assert again == result
    assert key_of(again) == key_of(result)


def test_every_result_has_a_key_of_its_own():
    assert len({key_of(one) for one in RESULTS}) == len(RESULTS)


def test_the_size_for_a_power_is_read_off_the_curve():
    sizes = sizes_to_try(World(), Shape.HOMOGENEOUS)
    assert [size.clusters for size in sizes] == sorted(size.clusters for size in sizes)
    # Normal power with 90 % at 1,600 episodes.
    from scipy.special import ndtr

    nights = 100_000
    found = [
        round(nights * ndtr(-1.6449 + (1.6449 + 1.2816) * (size.clusters * size.cells / 1600) ** 0.5)) for size in sizes
    ]
    needed = episodes_needed(sizes, found, nights)
    assert needed.episodes == pytest.approx(1600, rel=0.01)
    assert needed.low < needed.episodes < needed.high


def test_the_textbook_size_of_unpaired_rates():
    # (1.645 + 1.282)^2 * (.5 * .5 + .47 * .53) / .03^2
    assert unpaired_episodes(World()) == pytest.approx(4749, abs=1)


def test_sequential_nights_are_judged_by_length_and_verdict():
    def nights(loss, share, degraded):
        effect = Effect(losses=((Metric.PASS_RATE, loss),) if loss else ())
        taken = [round(900 * share)] * 99 + [900]
        return SequenceResult(
            facts_of(NIGHTLY), effect, [900] * 100, taken, {"degraded": degraded}, {"degraded": degraded}
        )

    found = named([nights(0.0, 0.6, 2), nights(0.05, 0.6, 90), nights(0.1, 0.25, 100)])
    assert not broken(found.values())
    assert found["sequential, 10 points"].estimate == pytest.approx(0.2575)
    assert found["sequential, 10 points, tail"].estimate == 0.01
    found = named([nights(0.0, 0.95, 20), nights(0.05, 0.6, 60), nights(0.1, 0.55, 100)])
    assert len(broken(found.values())) == 5
