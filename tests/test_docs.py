"""The tables of the docs hold every member of the closed sets, and nothing else."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from agentbench.records import CallClass, ContextPlanKind, DetailClass, Metric, Outcome, Recall

ROOT = Path(__file__).parent.parent


def first_columns(heading: str) -> list[set[str]]:
    """Names in backticks in the first column of each table below a heading of docs/measurement.md."""
    text = (ROOT / "docs" / "measurement.md").read_text()
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    body = next(part for part in section if part.startswith(heading))
    tables = [part for part in re.split(r"\n(?!\|)", body) if "\n|" in part]
    cells = [[line.split("|")[1] for line in part.splitlines() if line.startswith("|")] for part in tables]
    return [{name for cell in column for name in re.findall(r"`([^`]+)`", cell)} for column in cells]


@pytest.mark.parametrize(
    ("heading", "members"),
    [
        ("Outcomes", Outcome),
        ("Tool calls", CallClass),
        ("Details", DetailClass),
        ("Details", Recall),
        ("Contexts", ContextPlanKind),
    ],
)
def test_table_is_the_closed_set(heading: str, members: type[StrEnum]) -> None:
    tables = first_columns(heading)
    assert {str(member) for member in members} in tables, tables


def test_readme_names_every_gated_metric() -> None:
    text = (ROOT / "README.md").read_text()
    for metric in Metric:
        assert f"| {metric.replace('_', ' ')} |" in text


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
