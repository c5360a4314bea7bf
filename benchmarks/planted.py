"""The matrix planted x scored, from whole runs: real HTTP, real containers, real grading.

A few nights of the simulated model, one per kind of fault, are played through the product's own front door in a fresh
project. What its ledgers say was planted is joined with what the stored runs say was scored, fault by fault at its own
step, and written to ``docs/validity-planted.md``. Mass off the diagonal must have its explanation here, or this fails.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentbench.scoring import SCORING_VERSION
from agentbench.sim import (
    CALL_FAULTS,
    COPY_FAULTS,
    DETAIL_FAULTS,
    REPLAYED_CALL_FAULTS,
    REPLY_FAULTS,
)
from benchmarks.matrix import (
    EXPLAINED,
    NOTHING,
    REPORTED,
    RIGHT_CALL,
    Matrix,
    matrix,
    read_run,
    times_planted,
    unexplained,
)
from benchmarks.runs import play

PAGE = Path(__file__).parent.parent / "docs" / "validity-planted.md"
NIGHTS: dict[str, dict[str, float]] = {
    "calls": {**dict.fromkeys(CALL_FAULTS, 0.02), **dict.fromkeys(REPLAYED_CALL_FAULTS, 0.03)},
    "replies": {**dict.fromkeys(REPLY_FAULTS, 0.05), "language": 0.05},
    "details": dict.fromkeys(DETAIL_FAULTS, 0.07),
    "copies": {**dict.fromkeys(COPY_FAULTS, 0.3), "corrected": 0.5},
    "episodes": {"give_up": 0.15, "unsolved": 0.15, "solve_rate": 0.8},
    "server": {"drop_connection": 0.05, "server_error": 0.05},
    "clumped": {
        **dict.fromkeys((*CALL_FAULTS, *REPLAYED_CALL_FAULTS, *REPLY_FAULTS, *DETAIL_FAULTS, "language"), 0.02),
        **dict.fromkeys((*COPY_FAULTS, "corrected"), 0.15),
        **{"unsolved": 0.05, "episode_icc": 0.3},
    },
}
"""Fault rates of each night. All faults together, in clumps, come last: then one may hide another."""
SIZE = "8k"
_REPORTED = "reported beside its class, in no gated number: a wrong value close to one in the context is a slip too"


def measure(*, quick: bool, nights: Sequence[str] = ()) -> bool:
    """Play the nights, write the page, print where it is; return whether everything is explained.

    Args:
        quick: Two tasks of each pack instead of the suite nightly's; prints the page and writes nothing.
        nights: Only these of ``NIGHTS``; as with ``quick``, nothing is written.

    """
    suite, names = "smoke" if quick else "nightly", list(nights) or list(NIGHTS)
    started = time.monotonic()
    directory = Path(tempfile.mkdtemp(prefix="agentbench-planted-"))
    played = [episode for run in play_nights(directory, suite, names) for episode in read_run(run)]
    counts, right = matrix(played)
    page, wrong = render(counts, right, times_planted(played)), unexplained(counts, right)
    minutes = (time.monotonic() - started) / 60
    options = "".join(f" --night {name}" for name in nights) + (" --quick" if quick else "")
    head = (
        f"Made by `python -m benchmarks planted{options}` on {dt.date.today()} in {minutes:.0f} minutes: {len(played)} "
        f"episodes of {len(names)} nights ({', '.join(names)}), the tasks of the suite {suite} at {SIZE}, with "
        f"scoring's definitions {SCORING_VERSION}.\n\n"
    )
    text = _INTRODUCTION + head + page
    if quick or nights:
        print(text)
    else:
        PAGE.write_text(text)
        print(f"wrote {PAGE}")
    for (row, column), count in wrong.items():
        print(f"not explained: {row} scored as {column}, {count} times; the runs are in {directory}", file=sys.stderr)
    if not wrong:
        shutil.rmtree(directory)
    return not wrong


def play_nights(directory: Path, suite: str, names: Sequence[str]) -> list[Path]:
    """Run the nights of these names in a fresh project, one variant of every task; return the stored runs."""
    quants = "".join(f"\n[quant.{name}]\nfaults = {_table(faults)}\n" for name, faults in NIGHTS.items())
    (directory / "nights.toml").write_text(f'extends = "sim"\nname = "nights"\n{quants}')
    options = ["--quant-model=nights.toml", f"--quant={','.join(names)}", f"--quant-suite={suite}"]
    return play(directory, [*options, f"--quant-context={SIZE}", "--quant-variants=1"], runs=len(names))


def render(counts: Matrix, right: Mapping[str, set[str]], planted: Mapping[str, int]) -> str:
    """Return the page's tables."""
    rows = [RIGHT_CALL, *sorted(set(right) - {RIGHT_CALL, NOTHING}), NOTHING]
    columns = sorted({column for _, column in counts}, key=lambda name: (name == NOTHING, name))
    off = {pair: n for pair, n in sorted(counts.items()) if pair[1] not in right.get(pair[0], set())}
    lines = ["## By planted fault", "", "| planted | times | scored as it must be | share | besides |"]
    lines.append("| --- | ---: | --- | ---: | --- |")
    for row in rows[:-1]:
        hits = sum(counts[row, column] for column in right[row])
        names = ", ".join(f"`{column}`" for column in sorted(right[row]))
        besides = ", ".join(f"{column} {n}" for (planted_as, column), n in off.items() if planted_as == row)
        lines.append(f"| {row} | {planted[row]} | {names} {hits} | {hits / max(planted[row], 1):.1%} | {besides} |")
    extra = ", ".join(f"{column} {n}" for (row, column), n in off.items() if row == NOTHING)
    lines += [f"| {NOTHING} |  |  |  | {extra or 'none: nothing was found where nothing was planted'} |", ""]
    lines += ["## Off the diagonal", "", "| planted | scored | times | why |", "| --- | --- | ---: | --- |"]
    for pair, n in off.items():
        why = _REPORTED if pair[1] in REPORTED else EXPLAINED.get(pair, "**not explained**")
        lines.append(f"| {pair[0]} | {pair[1]} | {n} | {why} |")
    lines += ["", "## The whole matrix", "", "Rows planted, columns scored; a dot is 0.", ""]
    lines.append("| | " + " | ".join(f"`{column}`" for column in columns) + " |")
    lines.append("| --- |" + " ---: |" * len(columns))
    for row in rows:
        cells = [f"**{counts[row, c]}**" if c in right[row] else str(counts[row, c] or "·") for c in columns]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _table(faults: Mapping[str, float]) -> str:
    return "{ " + ", ".join(f"{name} = {rate}" for name, rate in faults.items()) + " }"


_INTRODUCTION = """# Planted and scored

Does scoring find what is there, call it by its right name, and find nothing else? The simulated model (family `sim`)
plays each task's own solution over HTTP and makes mistakes at set rates; it notes every one in a ledger, with its class
and the reply that it stands in. These nights went through the product's own front door: `pytest --quant=...`, the agent
loop, a container per episode, grading in a fresh one. Then the ledgers were joined with the stored, scored runs: each
fault with what was found at its own step (details by their id, episodes by their outcome).

The faults are described in `agentbench/sim/faults.py`. Those replayed from a real NVFP4 model are `stray_quote`,
`left_out`, `given_twice`, `doubled_letter` (`TTTL_SECONDS` for `TTL_SECONDS`) and `other_atom` (15 for 44); `corrected`
is a wrong edit that the model puts right itself, which must not be scored at all.

"""
