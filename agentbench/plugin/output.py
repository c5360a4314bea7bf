"""What pytest prints for us: header, status letters, durations, the summary."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from agentbench.plugin.items import STATUS_PROPERTY, AgentbenchItem, CaseItem
from agentbench.plugin.session import STATE, State

if TYPE_CHECKING:
    from agentbench.records import ScoredEpisode

_LETTERS = {
    "solved": (".", "SOLVED", {"green": True}),
    "unsolved": ("u", "UNSOLVED", {"yellow": True}),
    "lost": ("L", "LOST", {"red": True}),
    "gained": ("G", "GAINED", {"green": True}),
    "limit": ("l", "LIMIT", {"yellow": True}),
    "degraded": ("D", "DEGRADED", {"red": True}),
    "inconclusive": ("i", "INCONCLUSIVE", {"yellow": True}),
    "non_inferior": (".", "NON_INFERIOR", {"green": True}),
}


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what will be measured."""
    settings = config.stash[STATE].settings
    if settings is None:
        return []
    from agentbench.records import size_name

    trials = "auto" if settings.sequential else settings.trials
    sizes = ", ".join(size_name(size) for size in settings.contexts)
    return [
        f"agentbench: family {settings.family.name}, quant {', '.join(config.stash[STATE].quants)}, "
        f"suite {settings.suite} (contexts {sizes}; {settings.variants} variants; {trials} trials; "
        f"seed {settings.seed})"
    ]


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Show an outcome by its own letter and word."""
    if report.when != "call" or not report.passed:
        return None
    status = dict(report.user_properties).get(STATUS_PROPERTY)
    if not isinstance(status, str):
        return None
    letter, word, markup = _LETTERS[status]
    return status, letter, (word, markup)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report the episode's duration, not the waiting for it."""
    report = yield
    if isinstance(item, AgentbenchItem) and item.duration_s is not None:
        mine = "setup" if isinstance(item, CaseItem) and report.failed else "call"
        report.duration = item.duration_s if report.when == mine else 0.0
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print each run's first screen, or what a broken-off run leaves behind."""
    state = config.stash.get(STATE, None)
    if state is None or state.settings is None:
        return
    if config.getoption("quant_dry_run"):
        _print_dry_run(terminalreporter, state)
        return
    for quant, run in state.runs.items():
        if not run.started or run.journal is None:
            continue
        terminalreporter.section(f"agentbench {state.settings.family.name} {quant}")
        if run.scorecard is not None:
            from rich.console import Console

            from agentbench.report import print_summary

            tty = bool(terminalreporter.isatty)
            console = Console(
                file=terminalreporter._tw._file, force_terminal=tty, width=None if tty else 160, highlight=False
            )
            print_summary(console, run.scorecard, run.written)
            for note in run.notes:
                terminalreporter.line(f"note: {note}", yellow=True)
        else:
            _print_unfinished(terminalreporter, run.journal.scored(), len(run.cases), str(run.journal.directory))


def _print_unfinished(
    terminalreporter: pytest.TerminalReporter, scored: dict[str, ScoredEpisode], planned: int, directory: str
) -> None:
    from collections import Counter

    counts = Counter(one.outcome.value for one in scored.values())
    words = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none finished"
    terminalreporter.line(f"broken off after {len(scored)} of {planned} episodes: {words}")
    terminalreporter.line(f"stored in {directory}; the same command with --quant-resume goes on from there")


def _print_dry_run(terminalreporter: pytest.TerminalReporter, state: State) -> None:
    from agentbench.runner import dry_run_lines

    assert state.settings is not None
    terminalreporter.section("agentbench dry run")
    for run in state.runs.values():
        for line in dry_run_lines(state.settings, run.profile, run.cases, run.plan.looks):
            terminalreporter.line(line)
