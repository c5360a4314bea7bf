"""``agentbench init`` and ``agentbench clean``."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from agentbench.errors import UsageError
from agentbench.records.paths import data_dir

_PYTEST_INI = """\
[pytest]
# Options of agentbench have ini twins; see `pytest --help`.
quant_model = demo
quant_tasks = tasks
"""


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Lay out tasks, sandboxes, the demo reference and a pytest.ini in DIRECTORY, to start your own project."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory}: is {'not empty' if directory.is_dir() else 'a file'}; name a new directory")
    for name in ("tasks", "sandboxes", "references"):
        if data_dir(name).is_dir():
            shutil.copytree(data_dir(name), directory / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    (directory / "pytest.ini").write_text(_PYTEST_INI, encoding="utf-8")
    click.echo(f"{directory}: ready; try `cd {directory} && pytest --quant=nvfp4 tasks/`")


@click.command()
@click.option("--images", is_flag=True, help="Also remove the sandbox images.")
@click.option("--runs", "runs_dir", type=click.Path(path_type=Path), help="Also remove the runs in this directory.")
@click.option("--cache", is_flag=True, help="Also remove prepared models and environments.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def clean(images: bool, runs_dir: Path | None, cache: bool, yes: bool) -> None:
    """Remove leftover containers and volumes of dead runs; never those of a live run."""
    from agentbench.records.paths import cache_dir
    from agentbench.sandbox import DockerProvider, remove_images

    with DockerProvider("clean") as provider:
        for name in provider.reap():
            click.echo(f"removed {name}")
    if images:
        for name in remove_images():
            click.echo(f"removed {name}")
    for directory in [place for place in (runs_dir, cache_dir() if cache else None) if place is not None]:
        if directory.is_dir() and (yes or click.confirm(f"remove {directory}?")):
            shutil.rmtree(directory)
            click.echo(f"removed {directory}")
