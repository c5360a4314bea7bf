"""Plan and collection of 10,000 cases: a generated project of 125 tasks, beside as many plain parametrized tests.

The tasks are this repository's own, each copy with templates of its own length, so that no compiled template serves
two tasks. The plain tests are 125 files of 80 parameters. Both run in a process of their own, after one that is not
counted (it writes the bytecode); plugins that have nothing to do with either are off for both.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agentbench.records.paths import data_dir
from agentbench.taskset import discover, load_task
from benchmarks.report import Finding, Row

TASKS, CONTEXTS, VARIANTS, TRIALS = 125, "2k,4k,8k,16k", 5, 4
CASES = TASKS * 4 * VARIANTS * TRIALS
TARGET_S = 3.0
_PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:cacheprovider",
    "--collect-only",
    "-q",
]
_OURS = ["--quant=clean", "--quant-model=sim", f"--quant-context={CONTEXTS}", f"--quant-variants={VARIANTS}",
         f"--quant-trials={TRIALS}"]  # fmt: skip
_PLAIN = """\
import pytest


@pytest.mark.parametrize("case", [f"v{n % 5}-{n % 4}k-t{n}" for n in range(80)])
def test_case(case):
    pass
"""


def measure(*, quick: bool) -> Finding:
    """Collect both, in turns."""
    rounds = 2 if quick else 5
    with tempfile.TemporaryDirectory(prefix="agentbench-collection-") as directory:
        ours, plain = Path(directory, "ours"), Path(directory, "plain")
        _write_tasks(ours)
        _write_plain(plain)
        timed = [(_collect(ours, _OURS), _collect(plain, ["-p", "no:agentbench.plugin"])) for _ in range(rounds + 1)]
    wall, cpu = (statistics.median(one[0][field] for one in timed[1:]) for field in (0, 1))
    plain_wall, plain_cpu = (statistics.median(one[1][field] for one in timed[1:]) for field in (0, 1))
    return Finding(
        "collection",
        f"{CASES:,} cases from {TASKS} tasks, whole pytest process, medians of {rounds} rounds",
        "plain pytest",
        [
            Row("wall clock", "s", wall, plain_wall, wall / plain_wall, "< 3 s", wall < TARGET_S),
            Row("CPU time (what the wall clock is on an idle machine)", "s", cpu, plain_cpu, cpu / plain_cpu, "< 3 s",
                cpu < TARGET_S),
        ],
    )  # fmt: skip


def _write_tasks(project: Path) -> None:
    root = data_dir("tasks")
    sources = [path for path in discover([root], root=root) if load_task(path, root=root).native]
    for number in range(TASKS):
        source = sources[number % len(sources)]
        task = project / "tasks" / source.parent.name / f"{source.name}-{number:03}"
        shutil.copytree(source, task)
        for file in (task / "instruction.md", *task.rglob("*.j2")):
            file.write_text(file.read_text() + "\n" * number)
    (project / "pytest.ini").write_text("[pytest]\n")


def _write_plain(project: Path) -> None:
    for number in range(TASKS):
        folder = project / f"t{number:03}"
        folder.mkdir(parents=True)
        (folder / f"test_plain_{number:03}.py").write_text(_PLAIN)
    (project / "pytest.ini").write_text("[pytest]\n")


def _collect(project: Path, options: list[str]) -> tuple[float, float]:
    """Return wall and CPU seconds of one collection of all cases."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before, began = os.times(), time.monotonic()
    done = subprocess.run(
        [*_PYTEST, *options], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    wall, after = time.monotonic() - began, os.times()
    if done.returncode or f"{CASES} tests collected" not in done.stdout:
        raise RuntimeError(f"collection failed ({done.returncode}): {done.stdout[-2000:]}{done.stderr[-2000:]}")
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return wall, cpu
