"""``python -m benchmarks.validity run|render``: the proof on the whole grid, and the document of it.

``run`` goes through all studies, most important first, and appends a JSON line per finished grid cell to
``benchmarks/results/validity.jsonl``. Stopped at any time (Ctrl-C, a kill), it goes on where it was: what that file
holds for the same rule (by its fingerprint) and at least as many nights is not done again. With few nights everywhere
first, ``--worst`` spends more of them where a promise is kept worst. ``render`` writes
``docs/validity.md``, the pictures beside it and the README's table from what is there.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentbench.selfcheck import (
    Result,
    fingerprint,
    from_json,
    full_studies,
    key_of,
    promises,
    run_studies,
    to_json,
)
from agentbench.selfcheck.plan import FULL_NIGHTS
from agentbench.selfcheck.studies import GridStudy, Study

RESULTS = Path(__file__).parent / "results" / "validity.jsonl"


@dataclass(frozen=True)
class Line:
    """One stored result, and the rule that it is of."""

    rule: str
    study: str
    """The study that it is part of."""
    result: Result

    @property
    def key(self) -> str:
        """Later lines replace earlier ones of the same key."""
        return key_of(self.result)


def read(path: Path) -> list[Line]:
    """Return the newest line of every key, in the order in which they were first written.

    A last line that was cut short by a kill is left out.
    """
    found: dict[str, Line] = {}
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                data = json.loads(text)
            except json.JSONDecodeError:
                continue
            rule, study = data.pop("rule"), data.pop("of")
            line = Line(rule, study, from_json(data))
            found[line.key] = line
    return list(found.values())


def append(path: Path, rule: str, study: str, results: Iterable[Result]) -> None:
    """Add results, all of a study at once, on lines of their own whatever came before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"rule": rule, "of": study, **to_json(one)}, allow_nan=False) for one in results]
    torn = path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if torn else "") + "\n".join(lines) + "\n")


def still_to_do(studies: Sequence[Study], lines: Sequence[Line], rule: str) -> list[Study]:
    """Return the studies of which something is missing, of another rule, or of fewer nights."""
    held: dict[str, list[int]] = {}
    for line in lines:
        if line.rule == rule:
            held.setdefault(line.study, []).append(line.result.nights)
    return [study for study in studies if not _done(study, held.get(study.name, []))]


def _done(study: Study, nights: Sequence[int]) -> bool:
    expected = study.width if isinstance(study, GridStudy) else 1
    return len(nights) == expected and min(nights) >= study.nights


def worst_worlds(lines: Sequence[Line], rule: str) -> list[str]:
    """Return the names of the grid studies in which some promise is kept worst."""
    labels = [one.worst for one in promises([line.result for line in lines if line.rule == rule])]
    names = {line.study for line in lines if line.rule == rule and line.study.startswith("grid: ")}
    return sorted(name for name in names if any(label.startswith(name[len("grid: ") :] + ",") for label in labels))


def run(nights: int, jobs: int, only: str | None, path: Path, *, worst: bool = False) -> None:
    """Do what is not done."""
    rule, lines = fingerprint(), read(path)
    every = [study for study in full_studies(nights) if only is None or only in study.name]
    if worst:
        chosen = worst_worlds(lines, rule)
        every = [study for study in every if study.name in chosen]
    studies = still_to_do(every, lines, rule)
    pieces = sum(len(study.pieces()) for study in studies)
    print(
        f"rule {rule}: {len(every) - len(studies)} of {len(every)} studies are done, {pieces} pieces to do", flush=True
    )
    started = time.monotonic()
    progress = [0]

    def tell(done: int, _total: int, _name: str) -> None:
        progress[0] = done

    for study, results in run_studies(studies, jobs=jobs, tell=tell):
        append(path, rule, study.name, results)
        minutes = (time.monotonic() - started) / 60
        left = minutes / progress[0] * (pieces - progress[0])
        print(f"{minutes:7.1f} min  {progress[0]}/{pieces} (about {left:.0f} min left)  {study.name}", flush=True)


def main() -> None:
    """Parse and go."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validity", description=__doc__)
    parser.add_argument("what", choices=["run", "render"])
    parser.add_argument("--nights", type=int, default=FULL_NIGHTS, help="per grid cell (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", metavar="TEXT", help="only the studies whose name has this text")
    parser.add_argument(
        "--worst", action="store_true", help="only the worlds in which some promise is kept worst, by what is there"
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--readme", type=Path, default=Path("README.md"), help="its first table is written anew, too")
    options = parser.parse_args()
    if options.what == "run":
        run(options.nights, options.jobs, options.only, options.results, worst=options.worst)
    else:
        from benchmarks.validity_docs import render

        render(read(options.results), full_studies(options.nights), options.docs, options.readme)


if __name__ == "__main__":
    main()
