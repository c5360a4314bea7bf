"""``agentbench models``: families, their quant profiles, and what each would run."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from agentbench.records import QuantProfile


@click.group(invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """List model families and their quant profiles."""
    if context.invoked_subcommand is not None:
        return
    from agentbench.catalog import builtin_families, load_family

    table = Table("family", "quant", "checkpoint", "served by", "concurrency")
    for name in builtin_families():
        family = load_family(name, rootdir=Path.cwd())
        for quant, profile in family.quants.items():
            mark = " (reference)" if quant == family.reference else ""
            where = profile.engine.url if profile.engine.kind == "endpoint" else profile.checkpoint
            table.add_row(name, quant + mark, where or "-", profile.engine.kind, str(profile.concurrency))
    Console(highlight=False).print(table)


@models.command()
@click.argument("family_name", metavar="FAMILY")
@click.argument("quant", required=False)
def show(family_name: str, quant: str | None) -> None:
    """Print what a family is and the exact engine command of each of its quants."""
    from agentbench.catalog import get_profile, load_family
    from agentbench.serving import engine_command

    family = load_family(family_name, rootdir=Path.cwd())
    click.echo(f"{family.name} ({family.source}): window {family.context_window}, reference {family.reference}")
    click.echo(f"sampling: {family.sampling.model_dump_json(exclude_none=True)}")
    for name in [quant] if quant else family.quants:
        profile = get_profile(family, name)
        if profile.engine.kind == "endpoint":
            click.echo(f"{name}: endpoint {profile.engine.url}")
        else:
            click.echo(f"{name}: {shlex.join(engine_command(profile, family))}")


@models.command()
@click.argument("family_name", metavar="FAMILY", default="demo")
@click.argument("quants", nargs=-1)
def prepare(family_name: str, quants: tuple[str, ...]) -> None:
    """Make a family's prepared checkpoints in the cache directory (family `demo`: all quants, or those named)."""
    from agentbench.catalog import get_profile, load_family
    from agentbench.serving import prepare_profile

    family = load_family(family_name, rootdir=Path.cwd())
    profiles = [get_profile(family, name) for name in quants or family.quants]
    reference = get_profile(family, family.reference)
    for profile in profiles:
        if not _is_prepared(profile) and not _is_prepared(reference):
            click.echo(f"{family.name} {profile.name}: nothing to prepare")
            continue
        prepare_profile(profile, family, progress=lambda text: click.echo(text, err=True))
        click.echo(f"{family.name} {profile.name}: ready")


def _is_prepared(profile: QuantProfile) -> bool:
    """Tell whether agentbench itself makes the profile's checkpoint or its engine's environment."""
    from agentbench.serving.environments import is_managed

    return (profile.checkpoint or "").startswith("prepared:") or is_managed(profile.engine.python or "")
