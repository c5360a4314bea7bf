from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentbench.agent import ChatClient
from agentbench.records import Case, Cell, Engine, Limits, ModelFamily, QuantProfile, Tokenizer
from tests.agent.agent_helpers import ScriptedServer
from tests.agent.local_sandbox import LocalSandbox


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[ChatClient]:
    with ChatClient(server.url, "m") as chat:
        yield chat


@pytest.fixture
def sandbox(tmp_path: Path) -> LocalSandbox:
    return LocalSandbox(tmp_path)


@pytest.fixture
def family() -> Callable[..., ModelFamily]:
    def make(window: int = 8192, reasoning_field: str | None = None, **limits: Any) -> ModelFamily:
        return ModelFamily(
            name="f",
            source="test",
            context_window=window,
            reference="q",
            tokenizer=Tokenizer(builtin="words"),
            reasoning_field=reasoning_field,
            tools=["bash", "read_file", "edit_file", "submit"],
            limits=Limits(**{"max_output_tokens": 512, **limits}),
            default_suite="smoke",
            quants={"q": QuantProfile(name="q", engine=Engine(kind="sim"))},
        )

    return make


@pytest.fixture
def case() -> Case:
    return Case(cell=Cell(task_id="pack/t", cluster="t", variant=1, context_tokens=2048), trial=0)
