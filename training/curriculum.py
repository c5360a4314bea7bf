"""Reads ``curriculum.toml``, and makes the conversations that it asks for."""

from __future__ import annotations

import gzip
import json
import random
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from agentbench.agent import system_prompt, tool_schemas
from agentbench.catalog import load_family
from agentbench.records import Case, Cell, ContextPlanKind, ModelFamily
from agentbench.taskset import TokenizerCounter, build_context, load_task, render
from agentbench.taskset.plans import draft_context
from training.encode import encode
from training.play import converse, replies_of

ROOT = Path(__file__).resolve().parents[1]
TASKS = ROOT / "tasks"
FAMILY = "demo"
TURNS = 14
"""What the longest conversation takes. The family's own limit is raised to it when the adapter ships, with a new
reference: the stored one was recorded under the old limit."""
LEAST = "least"


@dataclass(frozen=True)
class Lesson:
    """One conversation to make."""

    task: str
    variant: int
    context: str
    """A size, as ``4k``, or ``least``."""
    plan: ContextPlanKind


@cache
def settings() -> dict[str, Any]:
    """Return what ``curriculum.toml`` says."""
    return tomllib.loads((ROOT / "training/curriculum.toml").read_text(encoding="utf-8"))


def lessons() -> list[Lesson]:
    """Return all conversations in the order in which they are learnt."""
    said = settings()
    draws = random.Random(said["shuffle"])
    plans = list(ContextPlanKind)
    found = []
    for group in said["group"]:
        names = list(said["contexts"])  # from small to large
        names = names[: names.index(group.get("largest", names[-1])) + 1]
        shares = [said["contexts"][name] for name in names]
        found += [
            Lesson(task, variant, draws.choices(names, shares)[0], draws.choice(plans))
            for task in group["tasks"]
            for variant in range(group["conversations"])
        ]
    draws.shuffle(found)
    return found


def write(path: Path, wanted: list[Lesson], *, tokenizer: Path) -> Iterator[int]:
    """Write conversations as JSON lines: ``ids`` (token ids) and ``spans`` (what is learnt); yield how many are done.

    The same lessons give the same bytes on every machine.

    Args:
        path: To write; compressed.
        wanted: In this order.
        tokenizer: The model's ``tokenizer.json``.

    """
    with ProcessPoolExecutor() as pool, path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        for done, row in enumerate(pool.map(partial(conversation, tokenizer), wanted, chunksize=8), start=1):
            file.write((json.dumps(row, separators=(",", ":")) + "\n").encode())
            yield done


@cache
def _family(tokenizer: Path) -> tuple[ModelFamily, TokenizerCounter, Tokenizer]:
    family = load_family(FAMILY, rootdir=ROOT)
    family = family.model_copy(update={"limits": family.limits.model_copy(update={"turns": TURNS})})
    template = Path(family.chat_template).read_text(encoding="utf-8")
    return family, TokenizerCounter(tokenizer, template), Tokenizer.from_file(str(tokenizer))


def conversation(tokenizer_json: Path, lesson: Lesson) -> dict[str, Any]:
    """Return a conversation: its ``case``, its token ``ids`` and the ``spans`` of them that are learnt."""
    family, counter, tokenizer = _family(tokenizer_json)
    tools = tool_schemas(family.tools)
    seed = settings()["seed"]
    rendered = render(load_task(TASKS / lesson.task, root=TASKS), lesson.variant, seed)
    prompt = system_prompt(family.tools)
    if lesson.context == LEAST:
        size = counter.count(draft_context(rendered, lesson.plan, system_prompt=prompt, seed=seed).messages(), tools)
    else:
        size = 1024 * int(lesson.context.removesuffix("k"))
    context = build_context(
        rendered, size, tools=tools, system_prompt=prompt, counter=counter, seed=seed, plan=lesson.plan
    )
    cell = Cell(
        task_id=lesson.task,
        cluster=rendered.task.cluster,
        variant=lesson.variant,
        context_tokens=size,
        context_plan=lesson.plan,
    )
    case = Case(cell=cell, trial=0)
    known = "\n".join(str(message.get("content") or "") for message in context.messages)
    replies = replies_of(rendered, family, known, random.Random(f"{lesson.task}:{lesson.variant}"))
    ids, spans = encode(converse(context.messages, rendered, case, family, replies), tools, counter, tokenizer)
    return {"case": case.id, "ids": ids, "spans": spans}
