from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentbench.sandbox import DockerProvider
from agentbench.sandbox.behaviours import Bench, behaviours, check_one

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def bench(provider: DockerProvider, image: str) -> Iterator[Bench]:
    made = Bench(provider, image)
    yield made
    made.close()


def test_there_are_enough_behaviours() -> None:
    assert len(behaviours()) >= 25


@pytest.mark.parametrize("name", behaviours())
def test_behaviour(name: str, bench: Bench) -> None:
    result = check_one(name, bench)
    assert result.ok, result.detail
