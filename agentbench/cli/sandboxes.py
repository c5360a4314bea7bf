"""``agentbench sandboxes``: the images that tasks run in."""

from __future__ import annotations

import click


@click.group()
def sandboxes() -> None:
    """Build and list sandbox images."""


@sandboxes.command()
@click.argument("names", nargs=-1)
def build(names: tuple[str, ...]) -> None:
    """Build images (all, or those named). Unchanged ones are not built again.

    The base image is pulled, or bootstrapped with debootstrap where no registry answers.
    """
    from agentbench.sandbox import build_images, image_names

    for name, image in build_images(names or image_names(), progress=lambda text: click.echo(text, err=True)).items():
        click.echo(f"{name}\t{image}")


@sandboxes.command(name="list")
def list_() -> None:
    """Say which images are defined and which are built."""
    from agentbench.sandbox import image_status

    for name, image in image_status().items():
        click.echo(f"{name}\t{image or 'not built'}")
