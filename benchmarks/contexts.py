"""Building the largest context, one task of each pack, every plan by turns: with words and with a real tokenizer."""

from __future__ import annotations

import time
from pathlib import Path

from agentbench.agent import TOOLS, system_prompt, tool_schemas
from agentbench.catalog import load_family
from agentbench.records import ContextPlanKind, TaskSpec
from agentbench.records.paths import data_dir
from agentbench.runner.tokenizers import own_counter
from agentbench.taskset import TokenCounter, WordsCounter, build_context, discover, load_task, render
from benchmarks.report import Finding, Row

SIZE = 184_320
TARGET_S = 2.0
TARGET_OFF = 0.01
"""Share of the size."""


def measure(*, quick: bool) -> Finding:
    """Build them; ``quick``: with words only."""
    counters: dict[str, TokenCounter] = {"words": WordsCounter()}
    family = load_family("demo", rootdir=data_dir("tasks").parent)
    if not quick and (own := own_counter(family, download=False)) is not None:
        counters["the demo's tokenizer"] = own
    rows = []
    for name, counter in counters.items():
        took, off = _build(counter)
        rows += [
            Row(f"slowest, counted by {name}", "s", max(took), None, None, f"<= {TARGET_S:g}", max(took) <= TARGET_S),
            Row(f"mean, counted by {name}", "s", sum(took) / len(took), None, None, "", None),
            Row(f"farthest from its size, by {name}", "%", 100 * off, None, None, "<= 1", off <= TARGET_OFF),
        ]
    missing = [] if quick or len(counters) > 1 else ["no tokenizer yet: `agentbench models prepare demo bf16`"]
    return Finding("contexts", f"contexts of {SIZE:,} tokens, one task of each pack", "", rows, missing)


def first_of_each_pack(root: Path) -> list[TaskSpec]:
    """Return one task of each pack, the first by name."""
    packs: dict[str, Path] = {}
    for path in discover([root], root=root):
        packs.setdefault(path.relative_to(root).parts[0], path)
    return [load_task(path, root=root) for path in packs.values()]


def _build(counter: TokenCounter) -> tuple[list[float], float]:
    """Return the seconds that each took, and the farthest that one is from its size, as a share."""
    root, plans = data_dir("tasks"), list(ContextPlanKind)
    tools, prompt = tool_schemas(list(TOOLS)), system_prompt(list(TOOLS))
    counter.count([{"role": "user", "content": "loaded"}], tools)
    took, off = [], 0.0
    for number, task in enumerate(first_of_each_pack(root)):
        rendered = render(task, 0, 0)
        started = time.perf_counter()
        context = build_context(
            rendered, SIZE, tools=tools, system_prompt=prompt, counter=counter, seed=0, plan=plans[number % len(plans)]
        )
        took.append(time.perf_counter() - started)
        off = max(off, abs(context.prompt_tokens - SIZE) / SIZE)
    return took, off
