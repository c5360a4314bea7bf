from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from agentbench.grading import grade
from agentbench.records import Evidence, RenderedTask, SandboxSpec
from agentbench.sandbox import DockerProvider, Sandbox, ensure_image


@pytest.fixture(scope="session")
def provider() -> Iterator[DockerProvider]:
    with DockerProvider(f"test-grading-{uuid.uuid4().hex[:8]}") as provider:
        yield provider


@pytest.fixture(scope="session")
def spec() -> SandboxSpec:
    image = ensure_image("python", build=True, progress=None)
    return SandboxSpec(image=image, workspace_mb=64, workspace_inodes=4096, memory_mb=512, pids=128)


@pytest.fixture
def graded(provider: DockerProvider, spec: SandboxSpec) -> Callable[..., Evidence]:
    """Grade a task after an agent did something in its sandbox."""

    def run(rendered: RenderedTask, agent: Callable[[Sandbox], object] | str | None = None) -> Evidence:
        sandbox = provider.create(spec)
        try:
            sandbox.put_tree(spec.workdir, rendered.workspace, owner="agent")
            if isinstance(agent, str):
                sandbox.run(agent, timeout_s=30)
            elif agent is not None:
                agent(sandbox)
            return grade(rendered, sandbox, provider, spec)
        finally:
            sandbox.close()

    return run
