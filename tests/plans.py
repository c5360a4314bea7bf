"""Plans and settings of small runs of family ``sim``; tests say only what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentbench.catalog import load_family
from agentbench.records import Cell, PlannedRun
from agentbench.runner import RunSettings


def plan_of(cells: Sequence[Cell], *, trials: int = 1, **changes: Any) -> PlannedRun:
    """Return a whole run over these cells."""
    planned: dict[str, Any] = {
        "family": "sim",
        "quant": "nvfp4",
        "suite": "sim",
        "contexts": sorted({cell.context_tokens for cell in cells}),
        "variants": 1 + max((cell.variant for cell in cells), default=0),
        "trials": trials,
        "seed": 0,
        "alpha": 0.05,
        "cases": [f"{cell.id}#{trial}" for cell in cells for trial in range(trials)],
        "cells": list(cells),
        "subset": False,
    }
    return PlannedRun(**{**planned, **changes})


def settings_in(root: Path, **changes: Any) -> RunSettings:
    """Return settings under which runs are stored below ``root``."""
    settings: dict[str, Any] = {
        "family": load_family("sim", rootdir=root),
        "suite": "sim",
        "contexts": [8192],
        "variants": 1,
        "trials": 1,
        "seed": 0,
        "alpha": 0.05,
        "rootdir": root,
        "tasks_root": root / "tasks",
        "runs_dir": root / "runs",
        "scorecards_dir": root / "scorecards",
    }
    return RunSettings(**{**settings, **changes})
