"""Task lists become arguments: ``--quant-task-list``, or the ini ``quant_task_list`` where no path is given."""

from __future__ import annotations

from pathlib import Path

import pytest


def add_listed(config: pytest.Config) -> None:
    """Add what the lists name to what pytest collects.

    Initial conftests are loaded by now, so that nothing of a listed task is imported; collection turns each into a
    leaf. Lists of the command line stand in for testpaths; lists of the ini file stand beside them, and give way to
    any path of the command line.

    Raises:
        pytest.UsageError: A list cannot be read or names what is not there; with file and line.
    """
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    asked = [config.rootpath / name for name in config.getoption("quant_task_list")]
    lists: list[Path] = asked or ([] if given else config.getini("quant_task_list"))
    if not lists:
        return
    from agentbench.errors import UsageError
    from agentbench.taskset import read_task_list

    try:
        named = [argument for file in lists for argument in read_task_list(file)]
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    before = config.args if given or not asked else []
    config.args = [*before, *dict.fromkeys(one for one in named if one not in before)]
