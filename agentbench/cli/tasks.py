"""``agentbench tasks``: authoring, proving and rendering tasks."""

from __future__ import annotations

import re
from pathlib import Path

import click

from agentbench.errors import UsageError, did_you_mean


@click.group()
def tasks() -> None:
    """Write, check and render tasks."""


@tasks.command()
@click.argument("name")
@click.option("--sandbox", default="python", show_default=True, help="Which sandbox image the task runs in.")
@click.option("--root", type=click.Path(path_type=Path), default=Path("tasks"), show_default=True)
def new(name: str, sandbox: str, root: Path) -> None:
    """Write a working skeleton for task NAME (pack/name) below the tasks directory."""
    from agentbench.sandbox import image_names
    from agentbench.taskset import new_task

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise UsageError(
            f"NAME: found {name!r}, expected pack/name of letters, digits, '.', '_' and '-', as in config/ports"
        )
    if sandbox not in image_names():
        raise UsageError(f"--sandbox: there is no sandbox '{sandbox}'{did_you_mean(sandbox, image_names())}")
    directory = root / name
    new_task(directory, sandbox)
    click.echo(
        f"{directory}: written; prove it with `pytest {directory}`, check it with `agentbench tasks check {directory}`"
    )


@tasks.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--static", is_flag=True, help="Only what needs no Docker.")
@click.option(
    "--full", is_flag=True, help="Grade 14 times with one result, and plant every value that a command reads."
)
@click.option(
    "--proofs",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Keep proofs that hold in this file; those of unchanged tasks are not made again.",
)
@click.option("--root", type=click.Path(path_type=Path), default=None, help="What task ids are relative to.")
def check(path: Path, static: bool, full: bool, proofs: Path | None, root: Path | None) -> None:
    """Prove the tasks below PATH. Exit code 1 if anything is wrong with one.

    Without Docker: format, variables, details, where and how values are told, near-duplicates, every context plan. In
    sandboxes: the task's own solution solves it; doing nothing, and four hostile agents (one writes rewards and edits
    tests, one prints what it thinks is wanted, one deletes everything, one plants code), earn nothing.
    """
    from agentbench.cli.task_proofs import load_tasks, prove_all, root_of
    from agentbench.taskset import check_task, near_duplicates_among, work_of

    path = path.resolve() if root is None else path.absolute()
    found = load_tasks(path, root or root_of(path))
    for reason in found.unsupported:
        click.echo(f"skipped: {reason}")
    if not (found.tasks or found.problems or found.unsupported):
        raise UsageError(f"{path}: no task found; a task is a directory with task.toml and instruction.md")
    problems = [*found.problems, *(problem for task in found.tasks for problem in check_task(task))]
    if not problems:
        problems += near_duplicates_among([work_of(task) for task in found.tasks if task.native])
    if not static:
        problems += prove_all(found.tasks, full=full, proofs=proofs)
    for problem in problems:
        click.echo(problem, err=True)
    skips = f", {len(found.unsupported)} skipped" if found.unsupported else ""
    click.echo(f"{len(found.tasks)} tasks, {len(problems)} problems{skips}")
    if problems:
        raise click.exceptions.Exit(1)


@tasks.command()
@click.argument("case", metavar="CASE")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--root", type=click.Path(path_type=Path), default=Path("tasks"), show_default=True)
@click.option("--seed", default=0, show_default=True, help="Of the run whose variant and context it is.")
@click.option("--context", metavar="SIZE", default=None, help="As 32k: write the case's context, too.")
@click.option(
    "--quant-model",
    "family",
    default="sim",
    show_default=True,
    help="Whose tokens are counted, and whose tools offered.",
)
@click.option("--quant-suite", "suite", default=None, help="Whose context plans hold.  [default: the family's]")
def render(
    *, case: str, directory: Path, root: Path, seed: int, context: str | None, family: str, suite: str | None
) -> None:
    """Write one variant as a plain harbor task. CASE is `pack/task[v3]`.

    With a context, as in `pack/task[v3]@32k` or with --context: what stands before the case's instruction in its first
    request lies beside the instruction as prior context (ATIF trajectory.json), for any harness that reads it. Without
    one, the facts that it would tell are notes in the instruction. The default family, sim, counts words.
    """
    from agentbench.cli.contexts import context_of, parse_size
    from agentbench.taskset import load_task, write_harbor
    from agentbench.taskset import render as render_task

    match = re.fullmatch(r"(?P<task>[^\[\]@]+)(\[v(?P<variant>\d+)\](@(?P<size>\w+))?(#\d+)?)?", case)
    if match is None:
        raise UsageError(f"CASE: found {case!r}, expected pack/task[v3] or pack/task[v3]@32k")
    path = root / match["task"]
    if not path.is_dir():
        raise UsageError(f"CASE: no task directory {path}")
    rendered = render_task(load_task(path, root=root), int(match["variant"] or 0), seed)
    size = parse_size("--context", context) if context else parse_size("CASE", match["size"] or "0k")
    built = context_of(rendered, size, seed=seed, family=family, suite=suite) if size else None
    write_harbor(rendered, directory, built)
    told = f", with a context of {built.prompt_tokens} tokens (counted by: {built.counted_by})" if built else ""
    click.echo(f"{directory}: written{told}")
