"""``agentbench verify`` as a user meets it, against a real HTTP server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentbench.cli import main
from agentbench.records import Scorecard
from agentbench.store import read_scorecard
from tests.verify.verify_helpers import Answers, Endpoint, write_lines

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


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@dataclass
class Desk:
    """A directory with a family file, and the command run in it."""

    path: Path
    call: Callable[..., Result]
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
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "mine.toml").write_text(FAMILY)
    endpoints: list[Endpoint] = []

    def call(*args: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["agentbench", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Result(left.value.code or 0, said.out, said.err)  # type: ignore[arg-type]

    def make(answers: Answers, **options: Any) -> Endpoint:
        endpoints.append(Endpoint(answers, **options))
        return endpoints[-1]

    yield Desk(tmp_path, call, make)
    for endpoint in endpoints:
        endpoint.stop()
