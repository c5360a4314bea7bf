"""A sample of the shipped tasks' contexts, over packs, sizes and plans: as a program it prints their digests as JSON.

    python -m tests.taskset.shipped_contexts > tests/taskset/context_digests.json

Run again whenever a change of tasks or plans is meant to change contexts; with a change of plans, raise
``CONTEXT_PLAN_VERSION`` too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from agentbench.agent import TOOLS, system_prompt, tool_schemas
from agentbench.records import ContextPlanKind, size_name
from agentbench.records.paths import data_dir
from agentbench.taskset import BuiltContext, WordsCounter, build_context, render
from benchmarks.contexts import first_of_each_pack

SIZES = (8_192, 32_768, 65_536, 131_072, 184_320)
SEED = 0


def sampled_contexts(root: Path) -> Iterator[tuple[str, int, BuiltContext]]:
    """Yield name, size and context of each case of the sample: packs by sizes, plans by turns."""
    plans = list(ContextPlanKind)
    for row, task in enumerate(first_of_each_pack(root)):
        for column, size in enumerate(SIZES):
            plan, variant = plans[(row + column) % len(plans)], column
            context = build_context(
                render(task, variant, SEED),
                size,
                tools=tool_schemas(list(TOOLS)),
                system_prompt=system_prompt(list(TOOLS)),
                counter=WordsCounter(),
                seed=SEED,
                plan=plan,
            )
            yield f"{task.id}[v{variant}]@{size_name(size)} {plan}", size, context


if __name__ == "__main__":
    digests = {
        name: [context.prompt_tokens, context.request_digest]
        for name, _, context in sampled_contexts(data_dir("tasks"))
    }
    json.dump(digests, sys.stdout, indent=1)
    print()
