"""``agentbench score|report|compare``: stored runs again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from agentbench.errors import StoreError, UsageError
from agentbench.records import ModelFamily, PlannedRun, Scorecard, ScoredEpisode
from agentbench.runner.settings import RunSettings
from agentbench.store import Journal, Reference

_RUN = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=_RUN)
@click.option("--reference", "reference_path", type=_RUN, help="Compare with this reference instead of the family's.")
def score(run: Path, reference_path: Path | None) -> None:
    """Score a stored run again from its trajectories and evidence, and compare it again."""
    from agentbench.store import write_scorecard
    from agentbench.verify import score_request

    journal = Journal.open(run)
    scored = journal.rescore(score_request)
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

    paths = _scorecards(run)
    if not paths and not markdown:
        raise StoreError(_nothing(run))
    cards = [read_scorecard(path) for path in paths]
    if markdown:
        click.echo(markdown_summary(cards) if cards else f"nothing was measured: {_nothing(run)}")
        return
    console = Console(highlight=False, record=svg is not None, width=120 if svg else None)
    for card in cards:
        print_summary(console, card, [])
    if svg is not None:
        console.save_svg(str(svg), title=f"agentbench report {run.name}")


def _scorecards(place: Path) -> list[Path]:
    """Return a file itself, a run's scorecard, those of the runs below a directory, or all JSON files below it."""
    if place.is_file():
        return [place]
    if (place / "run.json").exists():
        return [path for path in [place / "scorecard.json"] if path.exists()]
    return sorted(place.rglob("scorecard.json")) or sorted(place.rglob("*.json"))


def _nothing(place: Path) -> str:
    if (place / "run.json").exists():
        return f"{place}: the run has no scorecard; `agentbench score {place}` makes one"
    return f"{place}: {'holds no scorecard' if place.is_dir() else 'no such file or directory'}"


@click.command()
@click.argument("run_a", type=_RUN)
@click.argument("run_b", type=_RUN)
@click.option("--reference", "reference_path", type=_RUN, help="Show this reference beside them, not the family's.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(run_a: Path, run_b: Path, reference_path: Path | None, as_json: bool) -> None:
    """Compare two runs of one family cell by cell, two-sided: which one is better, or are they equivalent?

    Each is a run's directory, or one that a run was stored in as a reference.
    """
    from agentbench.errors import ReferenceMismatchError
    from agentbench.report import print_pair
    from agentbench.runner.finish import pair_of
    from agentbench.store import hard_differences, load_results, pretty_json
    from agentbench.verify import score_request

    a, b = load_results(run_a), load_results(run_b)
    if differences := hard_differences(b.head.lock.hard, a.head.lock.hard):
        first = differences[0]
        raise ReferenceMismatchError(
            f"{run_b}: cannot be compared with {run_a}: {first.key} is {first.ours} in B and {first.theirs} in A"
        )
    family = _family(a.head.plan, a.directory)
    found = pair_of(a, b, _beside(a, family, reference_path), family.margins, score_request)
    if as_json:
        click.echo(pretty_json(found.model_dump(mode="json")), nl=False)
    else:
        print_pair(Console(highlight=False), found)


def _beside(run: Reference, family: ModelFamily, reference_path: Path | None) -> Reference | None:
    """Return the reference to show beside two runs: the one that was named, or the family's if it is theirs."""
    from agentbench.errors import ReferenceMismatchError
    from agentbench.runner.prompts import compare_prompts
    from agentbench.runner.references import find_reference
    from agentbench.store import refuse_other_lock

    head = run.head
    reference = find_reference(_settings(head.plan, family, run.directory, reference_path), head.plan.quant)
    if reference is None:
        return None
    try:
        refuse_other_lock(head.lock.hard, reference)
        names = (head.run_id, f"the reference {reference.id}")
        compare_prompts(run.scored, reference.scored, names=names)
    except ReferenceMismatchError:
        if reference_path is not None:
            raise
        return None
    return reference


def _card(journal: Journal, scored: list[ScoredEpisode], reference_path: Path | None) -> Scorecard:
    from agentbench.runner.finish import scorecard_of
    from agentbench.runner.references import compared_with, find_reference
    from agentbench.scoring import score
    from agentbench.store import refuse_other_lock
    from agentbench.verify import compare_again

    family = _family(journal.plan, journal.directory)
    settings = _settings(journal.plan, family, journal.directory, reference_path)
    if journal.plan.mode == "requests":
        return compare_again(settings, journal, scored)
    if (reference := find_reference(settings, journal.plan.quant)) is not None:
        refuse_other_lock(journal.lock.hard, reference)
    return scorecard_of(settings, journal, scored, compared_with(reference, score) if reference else None)


def _settings(plan: PlannedRun, family: ModelFamily, directory: Path, reference_path: Path | None) -> RunSettings:
    here = Path.cwd()
    return RunSettings(
        family=family,
        suite=plan.suite,
        contexts=plan.contexts,
        variants=plan.variants,
        trials=plan.trials,
        seed=plan.seed,
        alpha=plan.alpha,
        rootdir=here,
        tasks_root=here / "tasks",
        runs_dir=directory.parent,
        scorecards_dir=here / "scorecards",
        reference=str(reference_path.absolute()) if reference_path else None,
    )


def _family(plan: PlannedRun, directory: Path) -> ModelFamily:
    """Load the run's family from the file it came from, else by its name."""
    from agentbench.catalog import builtin_families, load_family
    from agentbench.store import on_this_machine

    name, source = plan.family, on_this_machine(plan.family_source)
    if source and Path(source).is_file():
        return load_family(source, rootdir=Path.cwd())
    if source and name not in builtin_families():
        raise UsageError(f"{directory}: family '{name}' came from {source}, which is not there; put it back")
    return load_family(name, rootdir=Path.cwd())


def _print(card: Scorecard, files: list[str]) -> None:
    from agentbench.report import print_summary

    print_summary(Console(highlight=False), card, files)
