"""``agentbench reference``: what a family is compared with."""

from __future__ import annotations

from pathlib import Path

import click

from agentbench.errors import StoreError
from agentbench.records.paths import data_dir
from agentbench.store import hard_differences, import_reference, load_reference, soft_differences

_PATH = click.Path(path_type=Path)


@click.group()
def reference() -> None:
    """Show, compare and import stored references."""


@reference.command()
@click.argument("family_or_path")
def show(family_or_path: str) -> None:
    """Say what a stored reference holds: its lock, its size, its engine."""
    found = load_reference(_locate(family_or_path))
    head = found.head
    solved = sum(one.outcome == "solved" for one in found.scored)
    click.echo(f"{found.directory}: reference {found.id} of {head.plan.family} {head.plan.quant}, run {head.run_id}")
    click.echo(
        f"{head.episodes} episodes, {len(head.plan.cells)} cells, {solved} solved, scoring {head.scoring_version}"
    )
    click.echo(f"engine: {head.lock.soft.engine}; kernels: {head.lock.soft.kernels or 'not known'}")
    click.echo(f"sampling: {head.lock.hard.sampling.model_dump_json(exclude_none=True)}; seed {head.lock.hard.seed}")
    for task, digest in head.lock.hard.tasks.items():
        click.echo(f"  {task}  {digest[:12]}")


@reference.command()
@click.argument("a")
@click.argument("b")
def diff(a: str, b: str) -> None:
    """Name every difference between two references' locks. Exit code 1 if a hard one differs."""
    ours, theirs = load_reference(_locate(a)).head.lock, load_reference(_locate(b)).head.lock
    hard = hard_differences(ours.hard, theirs.hard)
    for kind, differences in (("hard", hard), ("soft", soft_differences(ours.soft, theirs.soft))):
        for one in differences:
            click.echo(f"{kind}\t{one.key}\t{one.ours}\t{one.theirs}")
    if hard:
        raise click.exceptions.Exit(1)


@reference.command(name="import")
@click.argument("source", type=_PATH)
@click.option("--force", is_flag=True, help="Replace the family's present reference.")
def import_(source: Path, force: bool) -> None:
    """Check a downloaded reference's digests and put it where the family's runs find it."""
    imported = import_reference(source, Path.cwd() / "references", replace=force)
    click.echo(f"{imported.directory}: reference {imported.id}")


def _locate(family_or_path: str) -> Path:
    path = Path(family_or_path)
    for place in (path, Path.cwd() / "references" / path, data_dir("references") / path):
        if (place / "reference.json").is_file():
            return place
    if path.exists():
        return path  # loading it says what is wrong with it
    raise StoreError(f"{family_or_path}: neither a path nor a family with a stored reference")
