"""Scored episodes with known truth."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from agentbench.records import (
    CallClass,
    Case,
    Cell,
    DetailClass,
    DetailFinding,
    Outcome,
    PlannedLooks,
    PlannedRun,
    ScoredEpisode,
)

Change = Callable[[dict, random.Random], None]


def plan(clusters: int, variants: int, contexts: Iterable[int] = (8192, 32768, 65536)) -> list[Cell]:
    return [
        Cell(task_id=f"pack/t{task:03}", cluster=f"t{task:03}", variant=variant, context_tokens=tokens)
        for task in range(clusters)
        for variant in range(variants)
        for tokens in contexts
    ]


def planned(cells: Iterable[Cell], trials: int = 1, *, blocks: int = 0, **fields) -> PlannedRun:
    """A run of these cells in their order; with ``blocks`` a sequential one, whose blocks are equal parts of it."""
    cells = list(cells)
    cases = [f"{cell.id}#{trial}" for trial in range(trials) for cell in cells]
    ends = [len(cases) * (block + 1) // blocks for block in range(blocks)]
    looks = PlannedLooks(
        episodes=ends,
        information=[end / len(cases) for end in ends],
        loss=0.05,
        power=0.9,
        harm_gamma=-1,
        non_inferior_gamma=-2,
    )
    base = {
        "family": "sim",
        "quant": "q",
        "suite": "s",
        "contexts": [8192],
        "variants": 2,
        "trials": trials,
        "seed": 0,
        "alpha": 0.05,
        "cases": cases,
        "cells": cells,
        "subset": False,
        "looks": looks if blocks else None,
    }
    return PlannedRun(**(base | fields))


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
