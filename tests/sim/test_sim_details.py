from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.agent import ChatClient
from agentbench.probing import near_miss, read_value
from agentbench.records import RenderedTask
from agentbench.sim import DETAIL_FAULTS
from agentbench.sim.details import PlantedDetail, choose
from agentbench.sim.draws import Draws
from agentbench.sim.rates import EpisodeRates
from tests.shipped import SAMPLE
from tests.sim.sim_helpers import make_case, rendered_case, run_case, serving


def chosen(rendered: RenderedTask, rates: dict[str, float], *key: object) -> list[PlantedDetail]:
    draws = Draws(*key)
    return choose(rendered, EpisodeRates(rates, draws, 4096), draws)


@pytest.mark.parametrize("fault", ["stale", "near_miss", "omitted", "hallucinated"])
@pytest.mark.parametrize("task_id", SAMPLE)
def test_planted_details_stand_in_the_result_and_all_others_are_right(tmp_path: Path, task_id: str, fault: str) -> None:
    case = make_case(task_id, variant=2)
    with serving({fault: 0.4}) as (url, model), ChatClient(url, "sim") as client:
        run_case(client, case, tmp_path / "w")
        planted = {entry["detail_id"]: entry for entry in model.ledger.planted()[case.id]["details"]}
    _, rendered = rendered_case(case)
    for detail in rendered.details:
        if detail.value is None or detail.check.file is None:
            continue
        file = tmp_path / "w" / detail.check.file
        value = read_value(detail.check, file.read_bytes() if file.exists() else None)
        if detail.id in planted:
            assert value == planted[detail.id]["planted"] != detail.value
            assert planted[detail.id]["detail_class"] == fault
        else:
            assert value == detail.value


def test_the_rate_is_of_all_declared_details() -> None:
    declared = wrong = 0
    for task_id in SAMPLE:
        for variant in range(40):
            _, rendered = rendered_case(make_case(task_id, variant))
            declared += len(rendered.details)
            wrong += len(chosen(rendered, {"stale": 0.15}, variant, task_id))
    assert wrong / declared == pytest.approx(0.15, abs=0.02)


def test_slips_are_near_misses_and_stale_values_are_the_declared_ones() -> None:
    for task_id in SAMPLE:
        _, rendered = rendered_case(make_case(task_id, 1))
        by_id = {detail.id: detail for detail in rendered.details}
        for planted in chosen(rendered, {"near_miss": 1.0}, task_id):
            assert near_miss(planted.expected, planted.planted)
            assert planted.planted != by_id[planted.detail_id].stale
        for planted in chosen(rendered, {"stale": 1.0}, task_id):
            assert planted.planted == by_id[planted.detail_id].stale
        for planted in chosen(rendered, {"hallucinated": 1.0}, task_id):
            assert not near_miss(planted.expected, planted.planted)
            assert planted.planted != by_id[planted.detail_id].stale
            assert set(planted.overrides.values()) <= set(rendered.values.values())


def test_no_detail_gets_two_faults() -> None:
    for task_id in SAMPLE:
        _, rendered = rendered_case(make_case(task_id))
        found = chosen(rendered, dict.fromkeys(DETAIL_FAULTS, 0.5), task_id)
        assert len({planted.detail_id for planted in found}) == len(found)
