"""Scored episodes with known truth."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from agentbench.records import CallClass, Case, Cell, DetailClass, DetailFinding, Outcome, ScoredEpisode

Change = Callable[[dict, random.Random], None]


def plan(clusters: int, variants: int, contexts: Iterable[int] = (8192, 32768, 65536)) -> list[Cell]:
    return [
        Cell(task_id=f"pack/t{task:03}", cluster=f"t{task:03}", variant=variant, context_tokens=tokens)
        for task in range(clusters)
        for variant in range(variants)
        for tokens in contexts
    ]


def episode(cell: Cell, trial: int = 0, *, details: int = 5, stale: int = 0, **fields) -> ScoredEpisode:
    """One perfect episode with 8 calls, 5 details and 5 copy slots, changed by ``fields``; ``stale`` details wrong."""
    kinds = [DetailClass.STALE] * stale + [DetailClass.EXACT] * (details - stale)
    findings = [
        DetailFinding(
            detail_id=f"d{index}",
            detail_class=kind,
            is_constraint=False,
            expected="new",
            found="old" if kind is DetailClass.STALE else "new",
            told_in="history",
            recoverable=index % 2 == 0,
            explanation="",
        )
        for index, kind in enumerate(kinds)
    ]
    base = {
        "scoring_version": 1,
        "case": Case(cell=cell, trial=trial),
        "quant": "q",
        "outcome": Outcome.SOLVED,
        "reward": 1.0,
        "calls": {CallClass.VALID: 8},
        "replies": 9,
        "details": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "details_declared": details,
        "detail_findings": findings,
        "copy_opportunities": 5,
        "submitted": True,
        "model_chars": 4000,
        "completion_tokens": 1000,
        "prompt_tokens": 80_000,
    }
    if not fields.get("outcome", Outcome.SOLVED).graded:
        base |= {"details": {}, "details_declared": 0, "detail_findings": [], "reward": None, "calls": {}}
    return ScoredEpisode(**(base | fields))


def perfect(cells: Iterable[Cell], trials: int = 1) -> list[ScoredEpisode]:
    return [episode(cell, trial) for cell in cells for trial in range(trials)]


def noisy(cells: Iterable[Cell], trials: int, seed: int, *, worse: float = 0.0) -> list[ScoredEpisode]:
    """A model that solves each task with its own chance, errs now and then, and is ``worse`` in everything."""
    generator = random.Random(f"noise-{seed}")
    found = []
    for cell in cells:
        chance = random.Random(cell.task_id).betavariate(0.5, 0.5) * (1 - 2 * worse)
        for trial in range(trials):
            solved = generator.random() < chance
            stale = sum(generator.random() < 0.05 + worse for _ in range(5))
            invalid = sum(generator.random() < 0.02 + worse for _ in range(8))
            fields = {
                "outcome": Outcome.SOLVED if solved else Outcome.UNSOLVED,
                "reward": float(solved),
                "calls": {CallClass.VALID: 8 - invalid, CallClass.BAD_JSON: invalid},
                "copy_errors": sum(generator.random() < 0.01 + worse for _ in range(5)),
            }
            found.append(episode(cell, trial, stale=stale, **fields))
    return found
