"""docs/simulated-model.md names every fault and setting, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from agentbench.sim import FAULT_NAMES

PAGE = Path(__file__).parent.parent.parent / "docs" / "simulated-model.md"


def test_the_tables_are_the_closed_set() -> None:
    text = PAGE.read_text().split("## The ledger")[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == set(FAULT_NAMES)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text()):
        assert (PAGE.parent / target).exists(), target
