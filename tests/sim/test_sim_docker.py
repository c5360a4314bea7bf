from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from agentbench.agent import ChatClient, run_agent
from agentbench.grading import grade
from agentbench.records import EpisodeEnd, SandboxSpec
from agentbench.sandbox import DockerProvider, ensure_image
from tests.sim.sim_helpers import family, first_request, make_case, rendered_case, serving

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def provider() -> Iterator[DockerProvider]:
    with DockerProvider("test-sim") as docker:
        yield docker


@pytest.mark.parametrize(
    "task_id", ["config/gateway-limits", "bugfix/ring-buffer", "migrate/queue-client", "session/feature-flags"]
)
def test_a_played_solution_earns_its_reward(provider: DockerProvider, task_id: str) -> None:
    case = make_case(task_id)
    task, rendered = rendered_case(case)
    image = ensure_image(task.sandbox.image, build=True, progress=None)
    spec = SandboxSpec(image=image, case_id=case.id)
    sandbox = provider.create(spec)
    sandbox.put_tree(spec.workdir, rendered.workspace, owner="agent")
    chosen = family()
    with serving({"malformed": 0.3}) as (url, _), ChatClient(url, "sim") as client:
        run = run_agent(
            messages=first_request(rendered, chosen.tools),
            follow_ups=rendered.follow_ups,
            sandbox=sandbox,
            tools=chosen.tools,
            client=client,
            family=chosen,
            case=case,
            seed=1,
            cancel=threading.Event(),
        )
    assert run.end is EpisodeEnd.SUBMITTED
    evidence = grade(rendered, sandbox, provider, spec)
    assert evidence.verifier_error is None
    assert evidence.reward == 1.0, evidence.verifier_output
