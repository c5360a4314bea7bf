"""Whole runs through the product's own front door, in a fresh project with the shipped tasks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from agentbench.records.paths import data_dir


def play(project: Path, options: Sequence[str], *, runs: int = 1) -> list[Path]:
    """Run ``pytest`` with these options in an empty directory; return the stored runs, in the order of their names.

    Raises:
        RuntimeError: it failed, or stored another number of runs.

    """
    (project / "pytest.ini").write_text("[pytest]\n")
    (project / "tasks").symlink_to(data_dir("tasks"))
    command = [sys.executable, "-m", "pytest", "-q", *options, "tasks/"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    found = sorted((project / "runs").glob("*"))
    if done.returncode != 0 or len(found) != runs:
        raise RuntimeError(
            f"the run ended with exit code {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
        )
    return found
