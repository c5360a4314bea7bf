"""The simulated model under the same supervisor."""

from __future__ import annotations

from pathlib import Path

from agentbench import sim
from agentbench.agent import TOOLS
from agentbench.catalog import files, load_family
from agentbench.records.paths import data_dir
from agentbench.serving import boot

from .conftest import Until, running, tree


def test_sim_boots_answers_and_stops(tmp_path: Path, until: Until) -> None:
    family = load_family("sim", rootdir=tmp_path)
    arguments = {"tasks": str(data_dir("tasks")), "seed": 1}
    with boot(family.quants["malformed10"], family, run_dir=tmp_path, progress=print, extra_args=arguments) as server:
        assert server.info.kind == "sim"
        assert server.info.preflight is not None and server.info.preflight.tokenize
        assert server.info.provenance is None
        assert server.info.max_model_len == family.context_window
        assert server.metrics().running == 0
        assert server.stuck() is None
        assert server.info.pid is not None
        started = [server.info.pid, *tree(server.info.pid)]
    assert until(lambda: not running(started), 5)


def test_the_catalog_knows_the_simulated_models_faults_and_the_agents_tools() -> None:
    assert set(files.FAULT_NAMES) == set(sim.FAULT_NAMES)
    assert set(files.TOOL_NAMES) == set(TOOLS)
