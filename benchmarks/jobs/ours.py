"""Episodes of agentbench's own loop, tools and sandboxes against a server.

python benchmarks/jobs/ours.py BASE_URL IMAGE EPISODES IN_FLIGHT
"""

from __future__ import annotations

import sys
import threading
import time
from itertools import pairwise

import common

from agentbench.agent import ChatClient, run_agent, system_prompt
from agentbench.catalog import load_family
from agentbench.records import Case, Cell, EpisodeEnd, SandboxSpec
from agentbench.records.paths import data_dir
from agentbench.sandbox import DockerProvider

TASK = "Set the port of the service to 8080 in config/app.toml, then submit."


def main() -> None:
    """Run them."""
    base_url, image, episodes, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    family = load_family("sim", rootdir=data_dir("tasks"))
    client = ChatClient(base_url, "stub")
    provider = DockerProvider(f"benchmark-{time.time_ns()}")
    messages = [
        {"role": "system", "content": system_prompt(family.tools)},
        {"role": "user", "content": TASK},
    ]

    def episode(number: int) -> tuple[list[float], float]:
        case = Case(cell=Cell(task_id="benchmark", cluster="benchmark", variant=number, context_tokens=0), trial=0)
        sandbox = provider.create(SandboxSpec(image=image, case_id=case.id))
        marks = [time.monotonic()]
        done = run_agent(
            messages=messages,
            follow_ups=[],
            sandbox=sandbox,
            tools=family.tools,
            client=client,
            family=family,
            case=case,
            seed=number,
            cancel=threading.Event(),
            on_turn=lambda _: marks.append(time.monotonic()),
        )
        assert done.end is EpisodeEnd.SUBMITTED, done.end
        cpu_s = common.container_cpu_s(sandbox.id)
        sandbox.close()
        return [after - before for before, after in pairwise(marks)], cpu_s

    try:
        common.run(episode, episodes, in_flight, provider.close)
    finally:
        client.close()


if __name__ == "__main__":
    main()
