"""``python -m benchmarks.case_study run|render``: the demo's quants, each measured against bf16, and the page about it.

``run`` records the reference (four trials of every cell), then measures one quant after the other, each through the
product's own front door (``pytest --quant=...``). What a quant's run gave is put below ``benchmarks/results/study``:
its scorecard, its scores and its whole episodes, in the form of a stored reference. Stopped at any point, it goes on
with the very episode; what is there is not measured again. ``render`` writes ``docs/case-study.md`` from what is there.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentbench.records import Scorecard
from agentbench.store import Reference, load_reference, read_scorecard, runs_of, save_reference

ROOT = Path(__file__).resolve().parent.parent
CARD = "scorecard.json"


class StudyError(Exception):
    """A measurement did not come to its end; the text says what to do."""


@dataclass(frozen=True)
class Study:
    """What is measured, and where it is kept."""

    family: str = "demo"
    suite: str = "study"
    reference: str = "bf16"
    trials: int = 4
    """Of the reference."""
    quants: Sequence[str] = (
        "nvfp4", "awq", "nvfp4-keep-attention", "nvfp4-poor-calibration", "rtn3", "int8", "fp8",
    )  # fmt: skip
    """In this order: first those that the study's questions are about."""
    root: Path = ROOT
    runs: Path = ROOT / ".cache" / "study"
    results: Path = ROOT / "benchmarks" / "results" / "study"

    def place(self, quant: str) -> Path:
        """Return where a quant's run is kept; that of the reference is the family's."""
        return self.root / "references" / self.family if quant == self.reference else self.results / quant

    def stored(self, quant: str) -> Reference | None:
        """Return a quant's stored run of this suite, if there is one."""
        if not (self.place(quant) / "reference.json").is_file():
            return None
        found = load_reference(self.place(quant))
        whole = found.head.plan.suite == self.suite and not found.head.plan.subset
        return found if whole else None

    def card(self, quant: str) -> Scorecard:
        """Return a quant's scorecard."""
        return read_scorecard(self.place(quant) / CARD)

    def left(self) -> list[str]:
        """Return what is still to be measured: what is not there, or stands beside another reference."""
        reference = self.stored(self.reference)
        if reference is None:
            return [self.reference, *self.quants]
        return [quant for quant in self.quants if not self._stands_beside(quant, reference)]

    def _stands_beside(self, quant: str, reference: Reference) -> bool:
        return self.stored(quant) is not None and self.card(quant).reference_id == reference.id


def run(study: Study, only: Sequence[str] = ()) -> None:
    """Measure what is left of a study, or of the quants named.

    Raises:
        StudyError: a run was interrupted or failed.

    """
    left = study.left()
    wanted = [quant for quant in left if not only or quant in only or quant == study.reference]
    print(f"left: {', '.join(wanted) or 'nothing'}", flush=True)
    for quant in wanted:
        measure(study, quant)


def measure(study: Study, quant: str) -> None:
    """Measure one quant and keep its run. Raises as ``run``."""
    command = [
        sys.executable, "-m", "pytest", f"--quant={quant}", f"--quant-model={study.family}",
        f"--quant-suite={study.suite}", f"--quant-runs={study.runs}", f"--quant-scorecards={study.runs / 'scorecards'}",
        "--quant-gate=none", "--quant-resume", "tasks",
    ]  # fmt: skip
    if quant == study.reference:
        command += [f"--quant-trials={study.trials}", "--quant-save-reference"]
    print(" ".join(command[1:]), flush=True)
    done = subprocess.run(command, cwd=study.root, check=False)
    journal = next(runs_of(study.runs, study.family, quant), None)
    if done.returncode or journal is None or not journal.ended:
        raise StudyError(f"{quant}: pytest ended with exit code {done.returncode} before the run did; the same command "
                         "goes on with it")  # fmt: skip
    if quant == study.reference:
        return
    place = study.place(quant)
    place.parent.mkdir(parents=True, exist_ok=True)
    save_reference(place, journal, journal.scored().values())
    shutil.copyfile(journal.directory / CARD, place / CARD)
    print(f"kept in {place}", flush=True)


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.case_study", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("run", help="measure what is not measured yet (hours; goes on where it stopped)")
    measuring.add_argument("quant", nargs="*", help="only these, and the reference where it is missing")
    commands.add_parser("render", help="write docs/case-study.md from what is there")
    options = parser.parse_args()
    study = Study()
    if options.command == "render":
        from benchmarks.case_study_docs import render

        page = ROOT / "docs" / "case-study.md"
        page.write_text(render(study), encoding="utf-8")
        print(f"wrote {page}")
        return 0
    if unknown := set(options.quant) - {study.reference, *study.quants}:
        parser.error(f"{', '.join(sorted(unknown))}: not in the study; there are {', '.join(study.quants)}")
    try:
        run(study, options.quant)
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
