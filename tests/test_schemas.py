"""The committed JSON Schemas are the records' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.store import SCHEMA_RECORDS, schema_text

DIRECTORY = Path(__file__).parent.parent / "docs" / "schemas"


@pytest.mark.parametrize("name", sorted(SCHEMA_RECORDS))
def test_schema_is_in_step(name: str) -> None:
    committed = (DIRECTORY / f"{name}.schema.json").read_text()
    assert committed == schema_text(SCHEMA_RECORDS[name]), "run `make schemas`"


def test_no_schema_of_a_record_that_is_gone() -> None:
    assert {path.name for path in DIRECTORY.glob("*.json")} == {f"{name}.schema.json" for name in SCHEMA_RECORDS}
