"""The tables of the docs hold every member of the closed sets, and nothing else."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from agentbench.records import CallClass, DetailClass, Metric, Outcome

ROOT = Path(__file__).parent.parent


def first_column(heading: str) -> set[str]:
    """Names in backticks in the first column of the table below a heading of docs/measurement.md."""
    text = (ROOT / "docs" / "measurement.md").read_text()
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    body = next(part for part in section if part.startswith(heading))
    cells = [line.split("|")[1] for line in body.splitlines() if line.startswith("|")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("heading", "members"), [("Outcomes", Outcome), ("Tool calls", CallClass), ("Details", DetailClass)]
)
def test_table_is_the_closed_set(heading: str, members: type[StrEnum]) -> None:
    assert first_column(heading) == {str(member) for member in members}


def test_readme_names_every_gated_metric() -> None:
    text = (ROOT / "README.md").read_text()
    for metric in Metric:
        assert f"| {metric.replace('_', ' ')} |" in text


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
