"""Builds a case's context outside of a run, for ``agentbench tasks render``."""

from __future__ import annotations

import re
from pathlib import Path

from agentbench.errors import UsageError
from agentbench.records import RenderedTask
from agentbench.taskset import BuiltContext


def parse_size(option: str, text: str) -> int:
    """Return the tokens of ``32k`` or ``32768``; UsageError for anything else."""
    match = re.fullmatch(r"(\d+)(k?)", text, re.IGNORECASE)
    if match is None:
        raise UsageError(f"{option}: found {text!r}, expected a context size such as 32k or 32768")
    return int(match[1]) * (1024 if match[2] else 1)


def context_of(rendered: RenderedTask, size_tokens: int, *, seed: int, family: str, suite: str | None) -> BuiltContext:
    """Build the context that a run of this seed, family and suite builds for the variant at this size.

    Raises:
        UsageError: The task is a plain harbor task, or the family or suite is unknown.
        ContextPlanError: The size is below the floor, or nothing here can count the family's tokens.

    """
    from agentbench.agent import system_prompt, tool_schemas
    from agentbench.catalog import load_family, resolve_suite
    from agentbench.runner import family_counter
    from agentbench.taskset import build_context, plan_of

    task = rendered.task
    if not task.native:
        raise UsageError(f"CASE: {task.id} is a plain harbor task, which takes no scripted context")
    model = load_family(family, rootdir=Path.cwd())
    _, found = resolve_suite(model, suite)
    return build_context(
        rendered,
        size_tokens,
        tools=tool_schemas(model.tools),
        system_prompt=system_prompt(model.tools),
        counter=family_counter(model, None),
        seed=seed,
        plan=plan_of(found.plans, variant=rendered.variant, cluster=task.cluster),
        reasoning_field=model.reasoning_field,
    )
