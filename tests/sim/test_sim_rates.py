"""How faults fall: independent between arms, clumped within episodes, growing with the context."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from agentbench.agent import ChatClient
from agentbench.sim.draws import Draws
from agentbench.sim.rates import EpisodeRates
from agentbench.sim.script import _task_difficulty
from tests.sim.sim_helpers import make_case, run_case, serving

CASES = 4000


def hits(key: object, rate: float = 0.3) -> list[float]:
    return [float(Draws(7, key, f"a[v{number}]@4k#0").hit(rate, "malformed", 1)) for number in range(CASES)]


def test_two_arms_draw_independently_and_one_arm_repeats_itself() -> None:
    reference, quant = hits("noisy"), hits("noisy-again")
    assert reference == hits("noisy")
    assert statistics.mean(reference) == pytest.approx(0.3, abs=0.03)
    assert abs(statistics.correlation(reference, quant)) < 4 / CASES**0.5


def test_trials_and_kinds_of_faults_are_independent() -> None:
    first = [float(Draws(7, "q", f"a[v{number}]@4k#0").hit(0.5, "stale", "x")) for number in range(CASES)]
    second = [float(Draws(7, "q", f"a[v{number}]@4k#1").hit(0.5, "stale", "x")) for number in range(CASES)]
    other = [float(Draws(7, "q", f"a[v{number}]@4k#0").hit(0.5, "omitted", "x")) for number in range(CASES)]
    assert abs(statistics.correlation(first, second)) < 4 / CASES**0.5
    assert abs(statistics.correlation(first, other)) < 4 / CASES**0.5


def test_the_arms_name_the_draws_and_a_common_salt_makes_them_alike(tmp_path: Path) -> None:
    seen = []
    for number, (arm, salt) in enumerate([("a", {}), ("b", {}), ("a", {"salt": 1}), ("b", {"salt": 1})]):
        with serving({"malformed": 0.4, **salt}, arm=arm) as (url, model), ChatClient(url, "sim") as client:
            run_case(client, make_case("bugfix/ring-buffer"), tmp_path / f"w{number}")
            seen.append(model.ledger.planted())
    assert seen[0] != seen[1]
    assert seen[2] == seen[3] != seen[0]


@pytest.mark.parametrize("mean", [0.3, 0.5, 0.7])
def test_difficulty_is_u_shaped_about_its_mean(mean: float) -> None:
    drawn = [_task_difficulty(f"pack/task-{number}", mean) for number in range(4000)]
    assert statistics.mean(drawn) == pytest.approx(mean, abs=0.03)
    assert sum(0.2 < one < 0.8 for one in drawn) / len(drawn) < 0.5  # uniform difficulty would have 0.6 there
    assert statistics.pvariance(drawn) == pytest.approx(mean * (1 - mean) / 2, rel=0.1)  # a beta with a + b = 1


@pytest.mark.parametrize(("rate", "icc"), [(0.1, 0.1), (0.1, 0.3), (0.02, 0.3), (0.5, 0.9)])
def test_clumps_keep_the_mean_and_have_the_correlation(rate: float, icc: float) -> None:
    chances = []
    for number in range(CASES):
        draws = Draws(number)
        chances.append(EpisodeRates({"stale": rate, "episode_icc": icc}, draws, 4096).chance("stale"))
    assert statistics.mean(chances) == pytest.approx(rate, abs=5 * (icc * rate * (1 - rate) / CASES) ** 0.5)
    assert statistics.pvariance(chances) == pytest.approx(icc * rate * (1 - rate), rel=0.25)


def test_the_faults_of_an_episode_are_correlated_as_set() -> None:
    rate, icc = 0.3, 0.25
    pairs = []
    for number in range(CASES):
        draws = Draws("pairs", number)
        chance = EpisodeRates({"corrected": rate, "episode_icc": icc}, draws, 4096).chance("corrected")
        pairs.append((float(draws.hit(chance, "corrected", 1)), float(draws.hit(chance, "corrected", 2))))
    first, second = zip(*pairs, strict=True)
    assert statistics.correlation(first, second) == pytest.approx(icc, abs=0.06)


def test_a_whole_correlation_is_all_or_nothing_and_none_is_constant() -> None:
    whole = {EpisodeRates({"stale": 0.4, "episode_icc": 1.0}, Draws(n), 4096).chance("stale") for n in range(50)}
    none = {EpisodeRates({"stale": 0.4}, Draws(n), 4096).chance("stale") for n in range(50)}
    assert whole == {0.0, 1.0}
    assert none == {0.4}


def test_the_share_of_malformed_calls_is_kept_in_clumps() -> None:
    chances = [
        EpisodeRates({"bad_json": 0.1, "episode_icc": 0.3}, Draws(n), 1).before("bad_json") for n in range(CASES)
    ]
    faults = statistics.mean(chances)  # per right call
    assert faults / (1 + faults) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("tokens", "settings", "rate"),
    [
        (131_072, {"context_growth": 1}, 0.2),
        (65_536, {"context_growth": 1}, 0.1),
        (32_768, {"context_growth": 2}, 0.0125),
        (4096, {"context_growth": 4, "context_full": 16_384}, 0.2 / 256),
        (65_536, {"context_growth": 4, "context_full": 16_384}, 1.0),
        (4096, {}, 0.2),
    ],
)
def test_rates_grow_with_the_context(tokens: int, settings: dict[str, float], rate: float) -> None:
    assert EpisodeRates({"stale": 0.2, **settings}, Draws(0), tokens).share("stale") == pytest.approx(rate)


def test_the_context_is_what_the_first_request_holds_not_what_the_case_is_called(tmp_path: Path) -> None:
    """The case says 128k, its request is short: the hazard follows the request, in every turn of the episode."""
    case = make_case("config/gateway-limits", size=131_072)
    hazard = {"malformed": 0.5, "context_growth": 3}
    with serving(hazard) as (url, model), ChatClient(url, "sim") as client:
        run_case(client, case, tmp_path / "short")
        assert model.ledger.planted()[case.id]["faults"] == []
    with serving({**hazard, "context_full": 300}) as (url, model), ChatClient(url, "sim") as client:
        run_case(client, case, tmp_path / "full")
        assert model.ledger.planted()[case.id]["faults"]
