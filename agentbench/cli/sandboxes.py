"""``agentbench sandboxes``: the images that tasks run in."""

from __future__ import annotations

from pathlib import Path

import click

from agentbench.errors import UsageError


@click.group()
def sandboxes() -> None:
    """Build and list sandbox images."""


@sandboxes.command()
@click.argument("names", nargs=-1)
@click.option(
    "--tasks",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="What the tasks below this path need (repeatable). Without names and paths: below tasks/, if it is there.",
)
@click.option("--suite", default=None, help="Of those tasks, what this suite takes.")
@click.option("--quant-model", "family", default="demo", show_default=True, help="The family whose suite it is.")
def build(names: tuple[str, ...], tasks: tuple[Path, ...], suite: str | None, family: str) -> None:
    """Build images: those named, or those that the chosen tasks need. Unchanged ones are not built again.

    A run builds what it needs by itself; this does it ahead, and says how large each image is. The base image is
    pulled, or bootstrapped with debootstrap where no registry answers.
    """
    from agentbench.sandbox import build_images, built_images

    wanted = list(names) or _needed(list(tasks), suite, family)
    click.echo(f"images: {', '.join(wanted)}", err=True)
    built = build_images(wanted, progress=lambda text: click.echo(text, err=True))
    sizes = built_images(built.values())
    for name, tag in built.items():
        click.echo(f"{name}\t{tag}\t{sizes[tag].size_bytes / 1e6:.0f} MB")


def _needed(paths: list[Path], suite: str | None, family: str) -> list[str]:
    """Return the names of our images that tasks below some paths need, sorted."""
    from agentbench.catalog import load_family, resolve_suite
    from agentbench.cli.task_proofs import load_tasks, root_of
    from agentbench.records import takes
    from agentbench.sandbox import image_names

    if not paths and not Path("tasks").is_dir():
        raise UsageError("NAMES: none given, and there is no directory tasks/ here; name images, or give --tasks PATH")
    places = [path.resolve() for path in paths or [Path("tasks")]]
    patterns = resolve_suite(load_family(family, rootdir=Path.cwd()), suite)[1].tasks if suite else None
    found = [task for place in places for task in load_tasks(place, root_of(place)).tasks]
    needed = {task.sandbox.image for task in found if takes(patterns, task.id)}
    ours = sorted(needed & set(image_names()))
    if not ours:
        raise UsageError(f"--tasks: no task below {', '.join(map(str, places))} needs an image of ours")
    return ours


@sandboxes.command(name="list")
def list_() -> None:
    """Say which images are defined, which are built, and how large those are."""
    from agentbench.sandbox import built_images, image_status

    status = image_status()
    sizes = built_images(tag for tag in status.values() if tag)
    for name, tag in status.items():
        click.echo(f"{name}\t{tag or 'not built'}" + (f"\t{sizes[tag].size_bytes / 1e6:.0f} MB" if tag else ""))
