"""``agentbench verify`` as a user meets it, against a real HTTP server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentbench.records import Scorecard
from agentbench.store import read_scorecard
from tests.command import Result, Run, run
from tests.verify.verify_helpers import Answers, Endpoint, write_lines

__all__ = ["run"]

FAMILY = """\
extends = "sim"
name = "mine"
[limits]
max_output_tokens = 256
wall_s = 20
[sampling]
temperature = 0.7
top_p = 0.9
[margins]
pass_rate = 0.10
call_validity = 0.10
[quant.other]
"""


@dataclass
class Desk:
    """A directory with a family file, and the command run in it."""

    path: Path
    call: Run
    make: Callable[..., Endpoint]

    def verify(self, lines: Iterable[Any], endpoint: Endpoint | None, *args: object, quant: str = "clean") -> Result:
        """Write a request set and replay it."""
        write_lines(self.path / "set.jsonl", lines)
        where = ["--endpoint", endpoint.url] if endpoint else []
        return self.call(
            "verify", "--requests", "set.jsonl", "--quant-model", "mine.toml", "--quant", quant, *where, *args
        )

    def card(self, quant: str = "clean") -> Scorecard:
        return read_scorecard(self.path / "scorecards" / "mine" / f"{quant}.requests-set.json")

    def runs(self) -> list[Path]:
        return sorted((self.path / "runs").glob("*"))

    def journal(self, run: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]


@pytest.fixture
def desk(tmp_path: Path, run: Run) -> Iterator[Desk]:
    (tmp_path / "mine.toml").write_text(FAMILY)
    endpoints: list[Endpoint] = []

    def make(answers: Answers, **options: Any) -> Endpoint:
        endpoints.append(Endpoint(answers, **options))
        return endpoints[-1]

    yield Desk(tmp_path, run, make)
    for endpoint in endpoints:
        endpoint.stop()
