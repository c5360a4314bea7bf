"""``agentbench score|report|compare``: stored runs again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from agentbench.records import Scorecard
from agentbench.runner.settings import RunSettings
from agentbench.store import Journal, Reference

_RUN = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=_RUN)
@click.option("--reference", "reference_path", type=_RUN, help="Compare with this reference instead of the family's.")
def score(run: Path, reference_path: Path | None) -> None:
    """Score a stored run again from its trajectories and evidence, and compare it again."""
    from agentbench.scoring import score as score_episode
    from agentbench.store import write_scorecard

    journal = Journal.open(run)
    scored = journal.rescore(score_episode)
    card = _card(journal, list(scored.values()), reference_path)
    path = run / "scorecard.json"
    write_scorecard(path, card)
    _print(card, [str(path)])


@click.command()
@click.argument("run", type=_RUN)
@click.option("--markdown", is_flag=True, help="Markdown, for a job summary or a pull request.")
@click.option("--svg", type=_RUN, help="Write the first screen as a picture.")
def report(run: Path, markdown: bool, svg: Path | None) -> None:
    """Show a run's scorecard: a run directory, a scorecard file, or a directory of scorecards."""
    from agentbench.report import markdown_summary, print_summary
    from agentbench.store import read_scorecard

    paths = [run] if run.is_file() else [run / "scorecard.json"]
    if run.is_dir() and not paths[0].exists():
        paths = sorted(run.rglob("*.json"))
    cards = [read_scorecard(path) for path in paths]
    if markdown:
        click.echo(markdown_summary(cards))
        return
    console = Console(highlight=False, record=svg is not None, width=120 if svg else None)
    for card in cards:
        print_summary(console, card, [])
    if svg is not None:
        console.save_svg(str(svg), title=f"agentbench report {run.name}")


@click.command()
@click.argument("run_a", type=_RUN)
@click.argument("run_b", type=_RUN)
def compare(run_a: Path, run_b: Path) -> None:
    """Compare run B with run A cell by cell, A taking the reference's place."""
    from agentbench.errors import ReferenceMismatchError
    from agentbench.store import as_reference, hard_differences

    a, b = Journal.open(run_a), Journal.open(run_b)
    if differences := hard_differences(b.lock.hard, a.lock.hard):
        first = differences[0]
        raise ReferenceMismatchError(
            f"{run_b}: cannot be compared with {run_a}: {first.key} is {first.ours} in B and {first.theirs} in A"
        )
    _print(_card(b, list(b.scored().values()), None, as_reference(a)), [])


def _card(journal: Journal, scored: list, reference_path: Path | None, reference: Reference | None = None) -> Scorecard:  # type: ignore[type-arg]
    from agentbench.runner.finish import find_reference, scorecard_of

    settings = _settings(journal, reference_path)
    return scorecard_of(settings, journal, scored, reference or find_reference(settings, journal.plan.quant))


def _settings(journal: Journal, reference_path: Path | None) -> RunSettings:
    from agentbench.catalog import load_family

    plan, here = journal.plan, Path.cwd()
    return RunSettings(
        family=load_family(plan.family, rootdir=here),
        suite=plan.suite,
        contexts=plan.contexts,
        variants=plan.variants,
        trials=plan.trials,
        seed=plan.seed,
        alpha=plan.alpha,
        rootdir=here,
        tasks_root=here / "tasks",
        runs_dir=journal.directory.parent,
        scorecards_dir=here / "scorecards",
        reference=str(reference_path.absolute()) if reference_path else None,
    )


def _print(card: Scorecard, files: list[str]) -> None:
    from agentbench.report import print_summary

    print_summary(Console(highlight=False), card, files)
