from __future__ import annotations

from collections.abc import Iterator

import pytest
from docker import DockerClient

from agentbench.sandbox import DockerProvider, ensure_engine, ensure_image


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    client = ensure_engine()
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(engine: DockerClient) -> str:
    return ensure_image("python", build=True, client=engine)


@pytest.fixture(scope="module")
def provider(engine: DockerClient, request: pytest.FixtureRequest) -> Iterator[DockerProvider]:
    with DockerProvider(f"test-{request.module.__name__}", engine) as made:
        yield made
