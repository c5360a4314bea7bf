"""``agentbench tasks check``: loading what is below a path, and proving it in sandboxes with progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from agentbench.errors import TaskError, UnsupportedTaskError
from agentbench.records import TaskSpec
from agentbench.runner import ProofRun, ProofStore, Proving, provings
from agentbench.taskset import discover, load_task


@dataclass
class Found:
    """What stands below a path."""

    tasks: list[TaskSpec] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Of tasks that cannot be loaded."""
    unsupported: list[str] = field(default_factory=list)


def root_of(path: Path) -> Path:
    """Return the directory named ``tasks`` that holds the path, else the path's parent."""
    return next((place for place in (path, *path.parents) if place.name == "tasks"), path.parent)


def load_tasks(path: Path, root: Path) -> Found:
    """Load every task below a path."""
    found = Found()
    for directory in discover([path], root=root):
        try:
            found.tasks.append(load_task(directory, root=root))
        except UnsupportedTaskError as error:
            found.unsupported.append(str(error))
        except TaskError as error:
            found.problems.append(str(error))
    return found


def prove_all(tasks: Sequence[TaskSpec], *, full: bool, proofs: Path | None) -> list[str]:
    """Make every proof that is due, a line for each task; return what does not hold."""
    store = ProofStore(proofs) if proofs is not None else None
    wanted = {task.id: list(provings(task, full=full)) for task in tasks}
    due = {
        name: [proving for proving in all_ if store is None or store.held(proving) is None]
        for name, all_ in wanted.items()
    }
    problems: list[str] = []
    run = ProofRun([proving for all_ in due.values() for proving in all_])
    try:
        for number, (name, all_) in enumerate(due.items(), start=1):
            wrong, seconds = _prove_task(run, all_, store)
            problems += wrong
            kept = len(wanted[name]) - len(all_)
            said = f"{len(all_)} proofs in {seconds:.1f} s" + (f", {kept} kept from before" if kept else "")
            state = "FAILED" if wrong else "ok"
            click.echo(f"[{number}/{len(due)}] {name}: {state} ({said})")
    finally:
        run.close()
    return problems


def _prove_task(run: ProofRun, due: Sequence[Proving], store: ProofStore | None) -> tuple[list[str], float]:
    wrong: list[str] = []
    seconds = 0.0
    for proving in due:
        proof = run.wait(proving)
        seconds += proof.duration_s
        if proof.problem is not None:
            wrong.append(proof.problem)
        elif store is not None:
            store.add(proving, proof)
    return wrong, seconds
