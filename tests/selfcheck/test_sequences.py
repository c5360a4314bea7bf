"""Sequential nights of planted worlds go the way of fixed ones, and of scored episodes."""

from __future__ import annotations

import numpy as np
import pytest

from agentbench.compare.pairing import pair_cells
from agentbench.compare.tallies import paired_errors
from agentbench.records import Metric
from agentbench.selfcheck.arms import pair, to_episodes
from agentbench.selfcheck.nights import PlantedNight
from agentbench.selfcheck.plan import at_margin
from agentbench.selfcheck.sequences import trial_arrays
from agentbench.selfcheck.worlds import World

FIELDS = ("quant_errors", "quant_units", "reference_errors", "reference_units", "discordant", "discordance", "clusters")


@pytest.mark.parametrize("metric", Metric)
def test_trials_of_a_night_pair_as_its_arms_and_its_episodes_do(metric):
    """Details above all: a detail is held against the same detail, and what is lost here is not netted with gains."""
    night = PlantedNight(World(clusters=12, cells=4, k_ref=3), 1)
    quant = night.draw_quant(at_margin(2), trials=2)
    data, places = trial_arrays(metric, quant, night.reference).over(metric, night.clusters, np.full(48, 2))
    assert places == list(range(12))
    cells = night.cells()
    episodes = [to_episodes(cells, arm, "q") for arm in (quant, night.reference)]
    by_id = {pair.cell.id: pair for pair in pair_cells(*episodes, cells).cells}
    ways = (
        pair(night.clusters, quant, night.reference, [metric])[metric],
        paired_errors([by_id[cell.id] for cell in cells], metric),
    )
    for other in ways:
        for name in FIELDS:
            assert getattr(data, name) == pytest.approx(getattr(other, name), abs=1e-12), name
    if metric is Metric.DETAIL_ERRORS:
        netted = np.abs(data.quant_errors - data.reference_errors)
        assert data.discordant.sum() > np.ceil(netted - 1e-9).sum()
