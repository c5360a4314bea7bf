"""Collection: a task directory is a leaf; its cases (or proofs) are the items, and verdicts follow them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agentbench.plugin.guard import is_task_dir
from agentbench.plugin.images import skip_without_image
from agentbench.plugin.items import CaseItem, ProofItem, UnsupportedItem, VerdictItem
from agentbench.plugin.session import STATE, State

if TYPE_CHECKING:
    from agentbench.records import TaskSpec
    from agentbench.runner import QuantRun


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Turn a task directory into a leaf, so that nothing below it is collected or imported; likewise a base."""
    if (path / "base.toml").is_file():
        base: pytest.Collector = BaseDirectory.from_parent(parent, path=path)
        return base
    if not is_task_dir(path) or not _ours(path, parent.config):
        return None
    node: pytest.Collector = TaskDirectory.from_parent(parent, path=path)
    return node


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a file of SWE rows that is named on the command line or in a list."""
    if file_path.suffix != ".jsonl" or not _named(parent.config, file_path):
        return None
    node: pytest.Collector = RowsFile.from_parent(parent, path=file_path, nodeid=outside(file_path, parent.config))
    return node


def _ours(path: Path, config: pytest.Config) -> bool:
    """Other projects' task.toml files are left alone unless under ``quant_tasks`` or named on the command line."""
    state = config.stash[STATE]
    if path.is_relative_to(state.tasks_root) or "[metadata.agentbench" in _text(path / "task.toml"):
        return True
    return _named(config, path, path / "task.toml")


def _named(config: pytest.Config, *paths: Path) -> bool:
    return any(path.resolve() in config.stash[STATE].named for path in paths)


def outside(path: Path, config: pytest.Config) -> str | None:
    """Return the node id of a task that lies outside of rootdir: pytest would call all of them ``task.toml``."""
    return None if path.is_relative_to(config.rootpath) else path.as_posix()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


class TaskDirectory(pytest.File):
    """A task's directory. Not a ``pytest.Directory``: pytest imports the conftest.py of those before they collect."""

    def collect(self) -> Iterable[pytest.Collector]:
        """Yield the one file that stands for the task."""
        path = self.path / "task.toml"
        yield TaskFile.from_parent(self, path=path, nodeid=outside(path, self.config))


class BaseDirectory(pytest.File):
    """A directory from which tasks take files: no test is in it."""

    def collect(self) -> Iterable[pytest.Collector]:
        """Yield nothing."""
        return ()


class TaskFile(pytest.File):
    """A task's ``task.toml``: the parent of its items."""

    def collect(self) -> Iterator[pytest.Item]:
        """Load the task and yield its items; a fault is kept for one usage error after collection."""
        from agentbench.taskset import load_task

        root = _root(self.path, self.config)
        self.config.stash[STATE].seen.add(self.path.parent.relative_to(root).as_posix())
        yield from _items(self, lambda: load_task(self.path.parent, root=root))


class RowsFile(pytest.File):
    """A file of SWE rows."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield a node for each row, so that ``rows.jsonl::INSTANCE`` names one."""
        from agentbench.errors import TaskError
        from agentbench.taskset import row_ids

        try:
            for instance_id in row_ids(self.path):
                yield Row.from_parent(self, name=instance_id)
        except TaskError as error:
            self.config.stash[STATE].problems.append(str(error))


class Row(pytest.Collector):
    """One SWE row: the parent of its items."""

    def collect(self) -> Iterator[pytest.Item]:
        """Load the row and yield its items, as of any task."""
        from agentbench.taskset import load_row

        root = _root(self.path, self.config)
        yield from _items(self, lambda: load_row(self.path, self.name, root=root))


def _items(node: pytest.Collector, load: Callable[[], TaskSpec]) -> Iterator[pytest.Item]:
    """Yield a task's cases, or its proofs; a fault is kept for one usage error after collection."""
    from agentbench.errors import TaskError, UnsupportedTaskError

    config = node.config
    state = config.stash[STATE]
    try:
        task = load()
    except TaskError as error:
        state.problems.append(str(error))
        return
    except UnsupportedTaskError as error:
        yield UnsupportedItem.from_parent(node, name="unsupported", reason=str(error))
        return
    if task.sandbox.needs_network and not config.getoption("quant_allow_network"):
        reason = f"{task.id}: needs the network; give --quant-allow-network to let it"
        yield UnsupportedItem.from_parent(node, name="unsupported", reason=reason)
        return
    other = state.tasks.setdefault(task.id, task)
    if other.path != task.path:
        state.problems.append(
            f"{task.path}: has the id '{task.id}', and so has {other.path}; outside of {config.rootpath} a task's id "
            f"is the name of its directory: rename one, or run them one after the other"
        )
        return
    if state.settings is None:
        for which in ("oracle", "noop"):
            yield ProofItem.from_parent(node, name=which, task=task)
    else:
        yield from _cases(node, state, task)


def _cases(node: pytest.Collector, state: State, task: TaskSpec) -> Iterator[pytest.Item]:
    from agentbench.runner import cases_of, in_suite

    assert state.settings is not None
    if not in_suite(task, state.settings):
        return
    for quant in state.quants:
        for case in cases_of(task, state.settings):
            yield CaseItem.from_parent(node, name=f"{quant}[{case.item_id}]", quant=quant, case=case)


def _root(path: Path, config: pytest.Config) -> Path:
    """Return what a task's id is relative to."""
    for root in (config.stash[STATE].tasks_root, config.rootpath):
        if path.is_relative_to(root):
            return root
    return path.parent.parent if path.name == "task.toml" else path.parent


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """After every deselection: report faults, plan one run per quant over what remains, append its verdicts."""
    state = config.stash[STATE]
    if state.problems:
        raise pytest.UsageError("\n".join(state.problems))
    yield
    missing = skip_without_image(config, state, items)
    if state.settings is None:
        _plan_proofs(config, state, items)
        return
    cases = [item for item in items if isinstance(item, CaseItem)]
    if not cases and missing:
        raise pytest.UsageError("--quant: no case is left to run:\n" + "\n".join(missing))
    if not cases:
        raise pytest.UsageError(
            f"--quant: no case was collected (suite '{state.settings.suite}', {len(state.tasks)} tasks seen); name a "
            f"directory with tasks, such as `pytest --quant={state.quants[0]} tasks/`, and check -k and --quant-suite"
        )
    others = [item for item in items if not isinstance(item, CaseItem)]
    subset = _is_subset(state, cases)
    if subset and state.settings.save_reference:
        raise pytest.UsageError(
            "--quant-save-reference: only a part of the suite is selected, and a part never becomes a reference; name "
            "the whole tasks directory and leave out -k and node ids"
        )
    if subset and state.settings.sequential:
        raise pytest.UsageError(
            "--quant-trials auto: only a part of the suite is selected, and the looks are planned over the whole; name "
            "the whole tasks directory and leave out -k and node ids, or give a number of trials"
        )
    cases.sort(key=lambda item: state.quants.index(item.quant))
    verdicts = list(_verdicts(session, state, cases, subset=subset))
    if state.settings.sequential:
        cases = [item for quant, run in state.runs.items() for item in _sequenced(quant, run, cases)]
    items[:] = [*others, *cases, *verdicts]


def _sequenced(quant: str, run: QuantRun, first: list[CaseItem]) -> Iterator[CaseItem]:
    """Yield the items of a sequential run's longest plan in run order: a cell's first trial was collected."""
    collected = {item.case.cell.id: item for item in first if item.quant == quant}
    for case in run.cases:
        item = collected[case.cell.id]
        if case.trial == item.case.trial:
            yield item
        else:
            assert item.parent is not None, "a case belongs to its task's file"
            yield CaseItem.from_parent(item.parent, name=f"{quant}[{case.item_id}]", quant=quant, case=case)


def _is_subset(state: State, cases: list[CaseItem]) -> bool:
    """Tell whether the plan holds cases that were deselected, or that no argument named."""
    from agentbench.runner import cases_of, in_suite

    settings = state.settings
    assert settings is not None
    tasks = [task for task in state.tasks.values() if in_suite(task, settings)]
    planned = {case.id for task in tasks for case in cases_of(task, settings)}
    chosen: dict[str, set[str]] = {}
    for item in cases:
        chosen.setdefault(item.quant, set()).add(item.case.id)
    return any(planned - ids for ids in chosen.values()) or _tasks_left_out(state)


def _tasks_left_out(state: State) -> bool:
    """Tell whether the tasks root holds tasks of the suite that were not collected (``pytest tasks/config``)."""
    from agentbench.records import takes
    from agentbench.taskset import discover

    assert state.settings is not None
    if not state.tasks_root.is_dir():
        return False
    ids = [
        path.relative_to(state.tasks_root).as_posix() for path in discover([state.tasks_root], root=state.tasks_root)
    ]
    return any(takes(state.settings.task_globs, task_id) and task_id not in state.seen for task_id in ids)


def _verdicts(session: pytest.Session, state: State, cases: list[CaseItem], *, subset: bool) -> Iterator[pytest.Item]:
    from agentbench.catalog import get_profile
    from agentbench.errors import UsageError
    from agentbench.records import Metric
    from agentbench.report import Progress
    from agentbench.runner import QuantRun

    assert state.settings is not None
    for quant in dict.fromkeys(item.quant for item in cases):
        state.progress[quant] = Progress(quant, state.terminal)
        run = QuantRun(
            state.settings,
            get_profile(state.settings.family, quant),
            state.tasks,
            [item.case for item in cases if item.quant == quant],
            subset=subset,
            observer=state.progress[quant],
        )
        try:
            run.check_reference()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        state.runs[quant] = run
        for name in (*Metric, "overall"):
            yield VerdictItem.from_parent(session, name=f"verdict::{quant}::{name}", quant=quant, metric=str(name))


def _plan_proofs(config: pytest.Config, state: State, items: list[pytest.Item]) -> None:
    proofs = [item for item in items if isinstance(item, ProofItem)]
    if proofs:
        from agentbench.runner import ProofRun, Proving

        allowed = bool(config.getoption("quant_allow_network"))
        state.proofs = ProofRun([Proving(item.task, item.name) for item in proofs], allow_network=allowed)
