"""The pytest face. Hooks only; loading it imports no Docker, no HTTP client and no numbers library."""

from agentbench.plugin.collect import pytest_collect_directory, pytest_collect_file, pytest_collection_modifyitems
from agentbench.plugin.guard import pytest_load_initial_conftests
from agentbench.plugin.options import pytest_addoption
from agentbench.plugin.output import (
    pytest_report_header,
    pytest_report_teststatus,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
from agentbench.plugin.session import pytest_configure, pytest_sessionfinish

__all__ = [
    "pytest_addoption",
    "pytest_collect_directory",
    "pytest_collect_file",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_load_initial_conftests",
    "pytest_report_header",
    "pytest_report_teststatus",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]
