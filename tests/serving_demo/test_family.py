"""The family file, and the plugin that its engine loads."""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

import pytest

from agentbench.catalog import load_family
from agentbench.records import ModelFamily
from agentbench.serving import engine_command, engine_env
from agentbench.serving.demo import QUANTS
from agentbench.vllm_cpu import PLUGIN_FOLDER


@pytest.fixture(scope="module")
def family() -> ModelFamily:
    return load_family("demo", rootdir=Path.cwd())


def test_every_quant_can_be_prepared(family: ModelFamily) -> None:
    assert set(family.quants) == set(QUANTS)
    assert {name: profile.checkpoint for name, profile in family.quants.items()} == {
        name: f"prepared:{name}" for name in QUANTS
    }


def test_turns_and_output_fit_behind_the_largest_context(family: ModelFamily) -> None:
    suite = family.suites[family.default_suite]
    room = family.context_window - max(suite.contexts)
    assert room >= 3 * family.limits.max_output_tokens + family.limits.tool_output_chars / 3


def test_the_same_arithmetic_for_every_quant(family: ModelFamily) -> None:
    assert {profile.engine.args["dtype"] for profile in family.quants.values()} == {"float32"}


def test_the_plugin_is_found_by_its_entry_point() -> None:
    found = [each for each in distributions(path=[str(PLUGIN_FOLDER)]) if each.name == "agentbench-vllm-cpu"]
    assert len(found) == 1
    points = found[0].entry_points.select(group="vllm.general_plugins")
    assert [(point.module, point.attr) for point in points] == [("agentbench_vllm_cpu", "register")]
    assert (PLUGIN_FOLDER / "agentbench_vllm_cpu" / "__init__.py").is_file()


def test_the_engine_reaches_the_plugin(family: ModelFamily, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    assert engine_env(family.quants["nvfp4"], family)["PYTHONPATH"] == f"{PLUGIN_FOLDER}:/somewhere"
    monkeypatch.delenv("PYTHONPATH")
    assert engine_env(family.quants["bf16"], family)["PYTHONPATH"] == str(PLUGIN_FOLDER)


def test_the_command_serves_the_prepared_checkpoint(family: ModelFamily, cache: Path) -> None:
    command = engine_command(family.quants["nvfp4"], family)
    assert str(cache / "models" / "demo" / "nvfp4") in command
    assert command[command.index("--chat-template") + 1].endswith("demo-chat-template.jinja")
