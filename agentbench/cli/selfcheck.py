"""``agentbench selfcheck``: does the measurement hold its promises on this machine, with this version?"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from agentbench.errors import UsageError

if TYPE_CHECKING:
    from agentbench.records import ScoredEpisode
    from agentbench.selfcheck import Finding, Result
    from agentbench.selfcheck.studies import Study

_QUICK_EPISODE_NIGHTS = 100
_LOG_WIDTH = 150


@click.command()
@click.option("--quick", is_flag=True, help="Seconds instead of minutes: the promises at nightly size, coarsely.")
@click.option("--worlds", metavar="TEXT", help="Only the studies whose name has this text, such as '40x12' or 'power'.")
@click.option(
    "--nights", type=click.IntRange(20), help="Simulated nights of the main worlds (default 1,000; quick 150)."
)
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="the cores", help="Processes."
)
@click.option(
    "--episodes",
    type=click.Path(path_type=Path, exists=True),
    metavar="RUN",
    help="Draw nights from the episodes of this run or reference instead.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write promises and counts too.")
def selfcheck(  # noqa: PLR0917
    quick: bool, worlds: str | None, nights: int | None, jobs: int, episodes: Path | None, json_file: Path | None
) -> int:
    """Prove the measurement with planted truth: simulated nights whose true loss is known, judged by the same rule.

    Prints every promise with its number and what was found; the exit code is 1 if one is broken.
    """
    # Each process multiplies small matrices: threads on top of processes only get in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from agentbench.selfcheck import broken, promises, to_json

    studies = _studies(quick, nights, episodes)
    chosen = [study for study in studies if worlds is None or worlds in study.name]
    if not chosen:
        raise UsageError(f"--worlds {worlds}: no study has that in its name; there are: " + _names(studies))
    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise UsageError(f"--json {json_file}: there is no directory {json_file.absolute().parent}; make it first")
    started = time.monotonic()
    results = _run(chosen, jobs)
    findings = promises(results)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_LOG_WIDTH)
    _print(console, findings, results)
    failed = broken(findings)
    seconds = time.monotonic() - started
    checked = sum(one.gated for one in findings)
    verdict = f"all {checked} promises are kept" if checked else "nothing here is promised: figures only"
    if failed:
        verdict = f"broken: {', '.join(one.name for one in failed)}"
    console.print(f"{verdict} ({sum(len(study.pieces()) for study in chosen)} pieces of work in {seconds:.0f} s)")
    if json_file is not None:
        data = {"promises": [_finding(one) for one in findings], "results": [to_json(one) for one in results]}
        json_file.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return 1 if failed else 0


def _studies(quick: bool, nights: int | None, episodes: Path | None) -> list[Study]:
    from agentbench.selfcheck import (
        NIGHTS,
        QUICK_NIGHTS,
        default_studies,
        episode_studies,
        pool_of,
        quick_studies,
    )

    if episodes is None:
        return quick_studies(nights or QUICK_NIGHTS) if quick else default_studies(nights or NIGHTS)
    try:
        pool = pool_of(_scored(episodes))
    except ValueError as error:
        raise UsageError(f"{episodes}: {error}") from error
    return episode_studies(pool, episodes.name, nights or (_QUICK_EPISODE_NIGHTS if quick else NIGHTS))


def _scored(path: Path) -> list[ScoredEpisode]:
    """Return the scored episodes of a reference directory or a run."""
    from agentbench.runner.references import reference_scores
    from agentbench.store import load_results
    from agentbench.verify import score_request

    return reference_scores(load_results(path), score_request)


def _run(studies: Sequence[Study], jobs: int) -> list[Result]:
    from agentbench.selfcheck import run_studies

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    results: list[Result] = []
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("simulated nights", total=None)

        def tell(done: int, total: int, name: str) -> None:
            progress.update(bar, completed=done, total=total, description=name[:60])

        found = {study.name: results_ for study, results_ in run_studies(studies, jobs=jobs, tell=tell)}
    for study in studies:
        results += found[study.name]
    return results


def _print(console: Console, findings: Sequence[Finding], results: Sequence[Result]) -> None:
    from agentbench.selfcheck.results import PracticeResult

    table = Table(title="promises", title_justify="left", box=None, padding=(0, 1))
    for name in ("", "promise", "number", "worst found", "99 % interval", "grid cells"):
        table.add_column(name)
    for one in findings:
        style = {"broken": "red", "kept": "green"}.get(one.state, "yellow")
        sign = "<=" if one.at_most else ">="
        table.add_row(
            f"[{style}]{one.state}[/]",
            f"{one.name}: {one.text}",
            f"{sign} {100 * one.limit:g} %" if one.gated else f"({sign} {100 * one.limit:g} %)",
            f"{100 * one.estimate:.1f} %",
            f"{100 * one.low:.1f} - {100 * one.high:.1f} %",
            str(one.cells),
        )
    console.print(table)
    for one in findings:
        if one.state == "broken":
            console.print(f"broken, {one.name}: worst in {one.worst}", markup=False)
    practices = [one for one in results if isinstance(one, PracticeResult)]
    if practices:
        table = Table(title="what people do, at its own size", title_justify="left", box=None, padding=(0, 1))
        losses = practices[0].losses
        table.add_column("objects at a true loss of")
        for loss in losses:
            table.add_column(f"{100 * loss:g} points" if loss else "none", justify="right")
        for practice in practices:
            table.add_row(practice.name, *(f"{100 * count / practice.runs:.0f} %" for count in practice.practice))
            table.add_row(
                "  paired test, same answers", *(f"{100 * count / practice.runs:.0f} %" for count in practice.paired)
            )
        console.print(table)


def _finding(one: Finding) -> dict[str, object]:
    return {**asdict(one), "state": one.state}


def _names(studies: Sequence[Study]) -> str:
    names = [study.name for study in studies]
    return "; ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
