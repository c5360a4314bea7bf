"""Scoring one trajectory of 128k tokens, slips included: time, and memory while it is scored.

The text is the standard library's own source: half of it is what earlier tool results showed, a quarter came in while
the episode ran, a quarter was written by the model (with names of its own in it, so that there is something to look
up). That is more model-written text than any real episode of this size holds. One thread that waits for nothing: on a
machine with nothing else to do the clock shows its CPU time, which is what is judged.
"""

from __future__ import annotations

import json
import statistics
import sysconfig
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from agentbench.records import (
    AtifAgent,
    AtifMetrics,
    AtifObservation,
    AtifObservationResult,
    AtifStep,
    Case,
    Cell,
    CopySlot,
    CopySlotKind,
    Episode,
    EpisodeEnd,
    Outcome,
    RawCall,
    ReplyFacts,
    Trajectory,
)
from agentbench.scoring import score
from agentbench.scoring.atoms import forget
from agentbench.scoring.replies import read_replies
from agentbench.scoring.slips import score_slips
from benchmarks.report import Finding, Row

TOKENS = 128 * 1024
CHARS_PER_TOKEN = 4
REPLIES = 50
TARGET_S = 1.0
_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "write_file",
            "parameters": {
                "type": "object",
                "required": ["path", "content"],
                "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
            },
        },
    }
]


def measure(*, quick: bool) -> Finding:
    """Score the same episode several times."""
    episode = long_episode()
    rounds = 3 if quick else 9
    score(episode)  # imports and caches
    whole, whole_cpu = _medians(lambda: score(episode), rounds)
    _, slips = _medians(lambda: score_slips(read_replies(episode.trajectory)), rounds)
    forget()
    tracemalloc.start()
    scored = score(episode)
    peak, kept = tracemalloc.get_traced_memory()[1], len(scored.model_dump_json())
    tracemalloc.stop()
    return Finding(
        "scoring",
        f"one trajectory of {TOKENS // 1024}k tokens, {REPLIES} replies, medians of {rounds}",
        "",
        [
            Row("score, slips included: CPU", "s", whole_cpu, None, None, f"< {TARGET_S:g} s", whole_cpu < TARGET_S),
            Row("the same by the clock", "s", whole, None, None, "", None),
            Row("slips alone: CPU", "s", slips, None, None, "", None),
            Row("memory while scoring, at its peak", "MB", peak / 1e6, None, None, "", None),
            Row("the scored episode as stored", "KB", kept / 1e3, None, None, "", None),
        ],
        [f"{scored.new_atoms} new atoms, {scored.slips} slips, {scored.attempted_calls} calls"],
    )


def long_episode() -> Episode:
    """Return the episode."""
    text = _library_text(TOKENS * CHARS_PER_TOKEN)
    half, quarter = len(text) // 2, len(text) // 4
    shown, written = text[half : half + quarter], text[half + quarter :]
    steps = [AtifStep(step_id=1, source="user", message=text[:half])]
    for index in range(REPLIES):
        piece = _part(written, index).replace("self._", f"self._own{index % 7}_")
        arguments = json.dumps({"path": f"src/part_{index}.py", "content": piece[len(piece) // 3 :]})
        facts = ReplyFacts(
            finish_reason="tool_calls",
            raw_calls=[RawCall(id="1", name="write_file", arguments=arguments)],
            copy_slots=[
                CopySlot(
                    call_index=0, kind=CopySlotKind.PATH, json_path="$.path", written="src/a.py",
                    exists=bool(index % 9), nearest="src/b.py", similarity=0.9,
                )
            ],
            result_digests=[str(index)],
        )  # fmt: skip
        steps.append(
            AtifStep(
                step_id=index + 2,
                source="agent",
                message=piece[:200],
                reasoning_content=piece[200 : len(piece) // 3],
                observation=AtifObservation(results=[AtifObservationResult(content=_part(shown, index))]),
                metrics=AtifMetrics(prompt_tokens=TOKENS // 2 + 1000 * index, completion_tokens=500),
                extra=facts.model_dump(mode="json"),
            )
        )
    cell = Cell(task_id="benchmarks/scoring", cluster="scoring", variant=0, context_tokens=TOKENS)
    return Episode(
        case=Case(cell=cell, trial=0),
        quant="none",
        end=EpisodeEnd.SUBMITTED,
        outcome=Outcome.UNSOLVED,
        trajectory=Trajectory(agent=AtifAgent(name="benchmark", version="0", tool_definitions=_TOOLS), steps=steps),
    )


def _part(text: str, index: int) -> str:
    size = len(text) // REPLIES
    return text[index * size : (index + 1) * size]


def _library_text(chars: int) -> str:
    found, size = [], 0
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        found.append(path.read_text(errors="replace"))
        size += len(found[-1])
        if size >= chars:
            break
    return "".join(found)[:chars]


def _medians(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the medians of wall clock and CPU time, each round as a new process would have it."""
    clocks, cpus = [], []
    for _ in range(rounds):
        forget()
        started, before = time.perf_counter(), time.process_time()
        work()
        clocks.append(time.perf_counter() - started)
        cpus.append(time.process_time() - before)
    return statistics.median(clocks), statistics.median(cpus)
