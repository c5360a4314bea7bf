from __future__ import annotations

import threading
from pathlib import Path

import pytest

from agentbench.agent import ChatClient, ServerCounter, run_agent, system_prompt, tool_schemas
from agentbench.records import EpisodeEnd
from agentbench.taskset import build_context
from agentbench.taskset.tokens import WordsCounter
from tests.agent.local_sandbox import LocalSandbox
from tests.sim.sim_helpers import SEED, family, found, make_case, rendered_case, serving


@pytest.mark.parametrize("task_id", ["config/gateway-limits", "session/feature-flags"])
@pytest.mark.parametrize("size", [6144, 32768])
def test_a_scripted_history_is_counted_and_played_over(tmp_path: Path, task_id: str, size: int) -> None:
    case = make_case(task_id, size=size)
    _, rendered = rendered_case(case)
    chosen = family(["read_file", "edit_file", "write_file", "submit"])
    tools = tool_schemas(chosen.tools)
    sandbox = LocalSandbox(tmp_path)
    for path, content in rendered.workspace.items():
        sandbox.write_file(path, content.data)
    with serving({"malformed": 0.2}) as (url, model), ChatClient(url, "sim") as client:
        built = build_context(
            rendered,
            size,
            tools=tools,
            system_prompt=system_prompt(chosen.tools),
            counter=WordsCounter(),
            seed=SEED,
        )
        assert ServerCounter(client).count(built.messages, tools) == built.prompt_tokens
        run = run_agent(
            messages=built.messages,
            follow_ups=rendered.follow_ups,
            sandbox=sandbox,
            tools=chosen.tools,
            client=client,
            family=chosen,
            case=case,
            seed=1,
            cancel=threading.Event(),
        )
        planted = model.ledger.planted()[case.id]["classes"]
    assert run.end is EpisodeEnd.SUBMITTED
    assert found(run) == planted
    first = next(step.metrics for step in run.trajectory.steps if step.metrics)
    assert first.prompt_tokens == built.prompt_tokens
    assert run.usage.cached_tokens > (run.usage.requests - 1) * built.prompt_tokens * 0.99
    copied = [step for step in run.trajectory.steps if step.is_copied_context]
    assert sum(step.source == "agent" for step in copied) >= 1
