"""``agentbench doctor``: what works here, and how to mend what does not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentbench.errors import AgentbenchError
from agentbench.records.paths import cache_dir

DISK_NEEDED_GB = 15


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis."""

    what: str
    ok: bool
    text: str
    needed: bool = True
    """Whether its absence stops a demo run on this machine."""


@click.command()
@click.option("--start-docker", is_flag=True, help="Install (Debian, root) and start a Docker engine if none answers.")
@click.option("--sandbox", "sandbox_name", metavar="NAME", help="Also run the sandbox self-check in this image.")
def doctor(start_docker: bool, sandbox_name: str | None) -> None:
    """Check GPU, Docker, vLLM, disk and permissions, and say how to mend what is missing.

    Exit code 1 if something that a run needs is missing.
    """
    console = Console(highlight=False)
    findings = [_docker(start_docker), _images(), _gpu(), _vllm(), _disk(cache_dir()), _disk(Path.cwd())]
    if sandbox_name:
        findings += _self_check(sandbox_name)
    table = Table("", "what", "finding")
    for finding in findings:
        mark = "[green]ok[/]" if finding.ok else ("[red]no[/]" if finding.needed else "[yellow]-[/]")
        table.add_row(mark, finding.what, Text(finding.text))  # as it is: "agentbench[vllm]" is no markup
    console.print(table)
    if any(finding.needed and not finding.ok for finding in findings):
        raise click.exceptions.Exit(1)


def _docker(start: bool) -> Finding:
    from agentbench.sandbox import ensure_engine, start_engine

    def look() -> str:
        if start:
            start_engine(install=True, progress=lambda text: click.echo(text, err=True))
        version = ensure_engine().version()
        return f"engine {version['Version']}"

    return _try("Docker", look)


def _images() -> Finding:
    from agentbench.sandbox import image_status

    def look() -> str:
        status = image_status()
        missing = [name for name, present in status.items() if not present]
        return f"{len(status)} defined; " + (
            f"not built yet: {', '.join(missing)} (built at first use, or by `agentbench sandboxes build`)"
            if missing
            else "all built"
        )

    return _try("sandbox images", look, needed=False)


def _gpu() -> Finding:
    from agentbench.serving import gpus

    names = [gpu.text for gpu in gpus()]
    text = ", ".join(names) if names else "none seen by nvidia-smi; family `demo` runs without one, the others need one"
    return Finding("GPU", bool(names), text, needed=False)


def _vllm() -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    from agentbench.serving import managed_python_path

    try:
        return Finding("vLLM", True, f"vllm {version('vllm')} in {sys.prefix}", needed=False)
    except PackageNotFoundError:
        managed = managed_python_path("vllm-cpu")
    if managed.exists():
        return Finding("vLLM", True, f"CPU backend in {managed}", needed=False)
    return Finding(
        "vLLM", False,
        "not in this environment: `pip install 'pytest-agentbench[vllm]'` on a GPU machine; family `demo` installs the "
        "CPU backend by itself at first use", needed=False,
    )  # fmt: skip


def _disk(path: Path) -> Finding:
    place = next(place for place in (path, *path.parents) if place.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    text = f"{free_gb:.0f} GB free at {place}"
    if free_gb < DISK_NEEDED_GB:
        text += f"; the demo needs {DISK_NEEDED_GB} GB (set AGENTBENCH_CACHE to a larger disk)"
    return Finding("disk", free_gb >= DISK_NEEDED_GB, text)


def _self_check(name: str) -> list[Finding]:
    from agentbench.sandbox import DockerProvider, ensure_image, self_check

    image = ensure_image(name, build=True, progress=lambda text: click.echo(text, err=True))
    with DockerProvider("doctor") as provider:
        return [Finding(f"sandbox: {one.name}", one.ok, one.detail or "") for one in self_check(provider, image)]


def _try(what: str, look: Callable[[], str], *, needed: bool = True) -> Finding:
    try:
        return Finding(what, True, look(), needed)
    except AgentbenchError as error:
        return Finding(what, False, str(error), needed)
