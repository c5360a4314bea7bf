"""Compare, build and write a scorecard of so many generated scored episodes, in a process of its own.

``python -m benchmarks.jobs.comparing EPISODES``: prints JSON with the processor seconds of
each step, the seconds of all on the wall, and the peak memory.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from agentbench.compare import build_scorecard, compare
from agentbench.records import (
    CallClass,
    Case,
    Cell,
    DetailClass,
    DetailFinding,
    HardLock,
    Limits,
    Lock,
    Margins,
    Outcome,
    PlannedRun,
    Sampling,
    ScoredEpisode,
    ServerInfo,
    SoftLock,
)
from agentbench.store import write_scorecard

CLUSTERS = 125
TRIALS = 2
K_REF = 4
SIZES = (8_192, 32_768, 65_536, 131_072)
_DETAILS = 6
_CALLS = 12


def planned_cells(episodes: int) -> list[Cell]:
    """Return the cells of so many episodes, more variants of the same tasks for more."""
    variants = -(-episodes // (CLUSTERS * TRIALS * len(SIZES)))
    cells = [
        Cell(task_id=f"pack/task-{task:03}", cluster=f"task-{task:03}", variant=variant, context_tokens=size)
        for variant in range(variants)
        for size in SIZES
        for task in range(CLUSTERS)
    ]
    return cells[: episodes // TRIALS]


def scored_lines(cells: list[Cell], trials: int, seed: int) -> list[str]:
    """Return scored episodes as they are stored, one JSON line each."""
    generator = random.Random(seed)
    chances = {cell.cluster: random.Random(cell.cluster).betavariate(0.5, 0.5) for cell in cells}
    kinds = [DetailClass.EXACT] * 17 + [DetailClass.STALE, DetailClass.OMITTED, DetailClass.NEAR_MISS]
    lines = []
    for cell in cells:
        for trial in range(trials):
            solved = generator.random() < chances[cell.cluster]
            invalid = sum(generator.random() < 0.01 for _ in range(_CALLS))
            classes = [generator.choice(kinds) for _ in range(_DETAILS)]
            findings = [
                DetailFinding(
                    detail_id=f"d{index}",
                    detail_class=kind,
                    is_constraint=False,
                    expected="8443",
                    found="8443" if kind is DetailClass.EXACT else "8080",
                    told_in="history",
                    recoverable=index % 2 == 0,
                    depth=index / _DETAILS,
                    distance_tokens=generator.randrange(cell.context_tokens),
                    explanation="server.port in config/app.toml",
                )
                for index, kind in enumerate(classes)
            ]
            one = ScoredEpisode(
                scoring_version=3,
                case=Case(cell=cell, trial=trial),
                quant="nvfp4",
                outcome=Outcome.SOLVED if solved else Outcome.UNSOLVED,
                reward=float(solved),
                calls={CallClass.VALID: _CALLS - invalid, CallClass.BAD_JSON: invalid},
                replies=_CALLS + 1,
                details={kind: classes.count(kind) for kind in sorted(set(classes))},
                details_declared=_DETAILS,
                detail_findings=findings,
                copy_opportunities=8,
                copy_errors=sum(generator.random() < 0.003 for _ in range(8)),
                submitted=True,
                model_chars=6_000,
                language_runs=int(generator.random() < 0.02),
                completion_tokens=generator.randrange(800, 4_000),
                prompt_tokens=cell.context_tokens,
            )
            lines.append(one.model_dump_json(exclude_defaults=True))
    return lines


def main() -> None:
    """Measure one size."""
    cells = planned_cells(int(sys.argv[1]))
    quant_lines, reference_lines = scored_lines(cells, TRIALS, 1), scored_lines(cells, K_REF, 2)
    plan = PlannedRun(family="generated", quant="nvfp4", suite="nightly", contexts=list(SIZES), variants=1,
                      trials=TRIALS, seed=1, alpha=0.05, cells=cells, subset=False,
                      cases=[f"{cell.id}#{trial}" for cell in cells for trial in range(TRIALS)])  # fmt: skip
    hard = HardLock(family="generated", tasks={}, tools="", prompts="", template="", sampling=Sampling(),
                    limits=Limits(), seed=1)  # fmt: skip
    lock = Lock(hard=hard, soft=SoftLock(concurrency=1, agentbench_version="0", date=""))
    seconds: dict[str, float] = {}
    began, clock = time.perf_counter(), time.process_time()

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name] = time.process_time() - clock
        clock = time.process_time()

    quant = [ScoredEpisode.model_validate_json(line) for line in quant_lines]
    reference = [ScoredEpisode.model_validate_json(line) for line in reference_lines]
    lap("read")
    comparison = compare(quant, reference, cells=cells, margins=Margins(), alpha=plan.alpha, seed=1, trials=TRIALS)
    lap("compare")
    card = build_scorecard(
        family=plan.family, quant=plan.quant, run_id="run", plan=plan, lock=lock,
        server=ServerInfo(kind="none", base_url="", model=""), scored=quant, reference=reference, reference_id="r",
        reference_lock=lock, soft_differences=[], comparison=comparison, trajectory_paths={},
    )  # fmt: skip
    lap("build")
    with tempfile.TemporaryDirectory() as directory:
        write_scorecard(Path(directory, "scorecard.json"), card)
        lap("write")
    wall_s = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"episodes": len(quant), "reference": len(reference), "seconds": seconds, "wall_s": wall_s}
    print(json.dumps(found | {"peak_mb": peak_mb}))


if __name__ == "__main__":
    main()
