"""Memory of episodes in flight at a long context: real runs of the agent loop, all stopped at the same turn.

    python benchmarks/jobs/in_flight.py BASE_URL CONTEXT_TOKENS EPISODES

Each episode stops after its 20th turn until all have come that far; then memory is read. Tools answer
from this process, so that no Docker memory is mixed in: an episode's container is not memory of the runner.
"""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import common

from agentbench.agent import ChatClient, run_agent, system_prompt, tool_schemas
from agentbench.catalog import load_family
from agentbench.records import Case, Cell, CommandResult
from agentbench.records.paths import data_dir
from agentbench.taskset import WordsCounter, build_context, discover, load_task, render

OUTPUT = "x" * 2000


class Answers:
    """A sandbox whose commands have all been run already."""

    def run(self, command: Any, **_: Any) -> CommandResult:
        return CommandResult(exit_code=0, stdout=f"{command}\n{OUTPUT}", stderr="", duration_s=0.0)


def rss_bytes() -> int:
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def main() -> None:
    """Hold the episodes in flight and read memory before and meanwhile."""
    base_url, size, episodes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    traced = len(sys.argv) > 4
    root = data_dir("tasks")
    family = load_family("sim", rootdir=root)
    tools, prompt = tool_schemas(family.tools), system_prompt(family.tools)
    specs = [spec for path in discover([root], root=root) if (spec := load_task(path, root=root)).native]
    client = ChatClient(base_url, "stub")
    cancel = threading.Event()
    reached = threading.Semaphore(0)
    release = threading.Event()

    def context(number: int) -> list[dict[str, Any]]:
        rendered = render(specs[number % len(specs)], number // len(specs), 0)
        built = build_context(rendered, size, tools=tools, system_prompt=prompt, counter=WordsCounter(), seed=0)
        return built.messages

    def episode(number: int, hold: bool) -> None:
        turns = 0

        def on_turn(_: object) -> None:
            nonlocal turns
            turns += 1
            if hold and turns == 20:
                reached.release()
                release.wait()

        case = Case(cell=Cell(task_id="t", cluster="t", variant=number, context_tokens=size), trial=0)
        run_agent(
            messages=context(number),
            follow_ups=[],
            sandbox=Answers(),  # type: ignore[arg-type]
            tools=family.tools,
            client=client,
            family=family,
            case=case,
            seed=0,
            cancel=cancel,
            on_turn=on_turn,
        )

    with ThreadPoolExecutor(episodes) as pool:
        episode(0, False)  # what is loaded once: templates, filler, validators
        gc.collect()
        print("ready", flush=True)
        sys.stdin.readline()
        if traced:
            tracemalloc.start()
        before = rss_bytes()
        futures = [pool.submit(episode, number, True) for number in range(episodes)]
        for _ in futures:
            reached.acquire()
        after = rss_bytes()
        held = tracemalloc.get_traced_memory()[0] if traced else 0
        release.set()
        for future in futures:
            future.result()
    client.close()
    common.tell({"rss_bytes": (after - before) / episodes, "traced_bytes": held / episodes})


if __name__ == "__main__":
    main()
