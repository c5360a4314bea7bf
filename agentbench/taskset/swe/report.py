"""A pytest plugin that writes down how each test ended, one line a phase: also of a run that is ended half-way."""

import json
import os
from typing import Any

_config = []  # type: list[Any]


def pytest_configure(config: Any) -> None:
    """Keep the configuration."""
    _config.append(config)


def pytest_runtest_logreport(report: Any) -> None:
    """Note one phase of one test; an expected failure has passed."""
    outcome = "passed" if report.outcome == "skipped" and hasattr(report, "wasxfail") else report.outcome
    name = _config[0].cwd_relative_nodeid(report.nodeid)
    with open(os.environ["AGENTBENCH_OUTCOMES"], "a", encoding="utf-8") as file:
        file.write(json.dumps([name, outcome]) + "\n")
