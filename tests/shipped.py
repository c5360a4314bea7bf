"""A sample of the shipped tasks, for tests that play or copy many: every pack's kind of work, quick to grade."""

from __future__ import annotations

import shutil
from pathlib import Path

from agentbench.records import TaskSpec
from agentbench.records.paths import data_dir
from agentbench.taskset import load_task

ROOT = data_dir("tasks")
SAMPLE = (
    "bugfix/invoice-rounding",
    "bugfix/ring-buffer",
    "config/backup-retention",
    "config/gateway-limits",
    "config/webhook-retries",
    "controls/greeting",
    "feature/fan-curve",
    "feature/slug-limits",
    "forensics/checkout-outage",
    "migrate/queue-client",
    "refactor/metric-rename",
    "session/board-bringup",
    "session/feature-flags",
)


def sample_tasks() -> list[TaskSpec]:
    """Load the sample."""
    return [load_task(ROOT / name, root=ROOT) for name in SAMPLE]


def copy_sample(destination: Path) -> None:
    """Lay out the sample as a project's ``tasks/``."""
    for name in SAMPLE:
        shutil.copytree(ROOT / name, destination / name)
