"""The state of one pytest session: settings, tasks, and one run per quant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from agentbench.plugin.lists import add_listed

if TYPE_CHECKING:
    from agentbench.records import TaskSpec
    from agentbench.report import Progress
    from agentbench.runner import ProofRun, QuantRun, RunSettings

STATE = pytest.StashKey["State"]()


@dataclass
class State:
    """What hooks and items share."""

    tasks_root: Path
    terminal: TextIO
    named: frozenset[Path]
    """What the command line and the task lists name."""
    quants: list[str] = field(default_factory=list)
    settings: RunSettings | None = None
    tasks: dict[str, TaskSpec] = field(default_factory=dict)
    """By id; those that cannot run here are left out."""
    seen: set[str] = field(default_factory=set)
    """Ids of all collected tasks."""
    problems: list[str] = field(default_factory=list)
    """Sentences about malformed tasks, raised together as one usage error after collection."""
    runs: dict[str, QuantRun] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    proofs: ProofRun | None = None

    def running(self, quant: str) -> QuantRun:
        """Return the started run of a quant; ends the one before it, since they share the GPUs."""
        run = self.runs[quant]
        if not run.started:
            for other in self.runs.values():
                if other.started and other.scorecard is None:
                    other.finish()
            with self.progress[quant].live():
                run.start()
        return run


def pytest_configure(config: pytest.Config) -> None:
    """Resolve the options once, so that a mistake in them is the first thing the user sees."""
    tasks_root = config.rootpath / (config.getini("quant_tasks") or "tasks")
    add_listed(config)
    here = config.invocation_params.dir
    state = State(
        tasks_root=tasks_root,
        terminal=os.fdopen(os.dup(1), "w", encoding="utf-8"),
        named=frozenset((here / argument.split("::")[0]).resolve() for argument in config.args),
    )
    config.stash[STATE] = state
    config.add_cleanup(state.terminal.close)
    if config.getoption("quant_dry_run"):
        config.option.collectonly = True
        if config.getoption("quant") is None:
            raise pytest.UsageError("--quant-dry-run: needs --quant NAME to know what to plan")
    if config.getoption("quant") is None:
        return
    if getattr(config.option, "numprocesses", None) or getattr(config.option, "dist", "no") != "no":
        raise pytest.UsageError(
            "-n: one model server is shared by all cases and lives in this process, so --quant cannot be spread over "
            "xdist workers; use --quant-concurrency N for episodes in flight"
        )
    from agentbench.errors import UsageError
    from agentbench.plugin.resolve import resolve_settings

    try:
        state.settings, state.quants = resolve_settings(config, tasks_root)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    _replay_instead_of_deselecting(config)


def _replay_instead_of_deselecting(config: pytest.Config) -> None:
    """Keep ``--lf`` from narrowing the cases: stored episodes are replayed, and the verdict is over all of them."""
    for name in ("lfplugin-collwrapper", "lfplugin-collskip"):
        if config.pluginmanager.has_plugin(name):
            config.pluginmanager.unregister(name=name)
    if last_failed := config.pluginmanager.get_plugin("lfplugin"):
        last_failed.active = False


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind, however the session ended."""
    state = session.config.stash.get(STATE, None)
    if state is None:
        return
    for run in state.runs.values():
        if run.started and run.scorecard is None:
            run.abort()
    if state.proofs is not None:
        state.proofs.close()


@contextmanager
def exits() -> Iterator[None]:
    """Turn what ends a whole run into pytest's exit with the code that belongs to it, and no traceback."""
    from agentbench.errors import AgentbenchError, SandboxError, ServerBootError, UsageError

    try:
        yield
    except ServerBootError as error:
        pytest.exit(str(error), returncode=3)
    except UsageError as error:
        pytest.exit(str(error), returncode=4)
    except SandboxError as error:
        pytest.exit(str(error), returncode=1)
    except (AgentbenchError, OSError) as error:
        pytest.exit(str(error), returncode=1)
