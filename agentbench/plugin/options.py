"""The command line and ini options, all with one prefix."""

from __future__ import annotations

import pytest

_INI = {
    "quant_model": "default of --quant-model",
    "quant_suite": "default of --quant-suite",
    "quant_context": "default of --quant-context",
    "quant_trials": "default of --quant-trials",
    "quant_concurrency": "default of --quant-concurrency",
    "quant_reference": "default of --quant-reference",
    "quant_gate": "default of --quant-gate",
    "quant_runs": "default of --quant-runs",
    "quant_scorecards": "default of --quant-scorecards",
    "quant_tasks": "directory whose tasks are collected and whose paths are task ids (default: tasks)",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("agentbench", "did the quant break the agent? (agentbench)")
    add = group.addoption
    add("--quant", metavar="NAME[,NAME]", default=None,
        help="run the tasks against these quant profiles of the model family, one server after another; without it, "
             "tasks are proved (their solution must solve them, doing nothing must not)")  # fmt: skip
    add("--quant-model", metavar="FAMILY", default=None,
        help="model family, built in (see `agentbench models`) or a TOML file [default: demo]")  # fmt: skip
    add("--quant-suite", metavar="NAME", default=None,
        help="preset of tasks, contexts, variants, trials and alpha: demo, smoke, nightly, full "
             "[default: the family's]")  # fmt: skip
    add(
        "--quant-context",
        metavar="8k,32k",
        default=None,
        help="context sizes in tokens, 1k = 1024 [default: the suite's]",
    )
    add("--quant-variants", metavar="N", default=None, type=int, help="variants per task [default: the suite's]")
    add("--quant-trials", metavar="N|auto", default=None,
        help="trials per cell; auto plans them from the stored reference and stops as soon as the verdict stands "
             "[default: the suite's]")  # fmt: skip
    add("--quant-seed", metavar="N", default=None, type=int, help="base seed of all variants [default: the suite's]")
    add("--quant-endpoint", metavar="URL", default=None,
        help="use this running OpenAI-compatible server (ending in /v1) and boot nothing")  # fmt: skip
    add("--quant-engine-arg", metavar="K=V", action="append", default=[],
        help="one more engine argument, without leading dashes (repeatable)")  # fmt: skip
    add("--quant-concurrency", metavar="N", default=None, type=int, help="episodes in flight [default: the profile's]")
    add("--quant-save-reference", action="store_true", help="store this run as the family's reference")
    add("--quant-reference", metavar="PATH|last", default=None,
        help="compare with this reference, or with the same quant's previous run [default: the family's]")  # fmt: skip
    add("--quant-gate", choices=["verdict", "strict", "each", "none"], default=None,
        help="red on degraded; also on inconclusive; also on each lost case; never [default: verdict]")  # fmt: skip
    add("--quant-runs", metavar="DIR", default=None, help="where runs go [default: runs]")
    add("--quant-scorecards", metavar="DIR", default=None, help="where scorecards go [default: scorecards]")
    add("--quant-resume", action="store_true", help="finish the newest interrupted run with the same plan and lock")
    add("--quant-keep-sandboxes", action="store_true", help="leave the grading containers for a look")
    add("--quant-allow-network", action="store_true", help="let foreign tasks that need the network reach it")
    add("--quant-dry-run", action="store_true",
        help="--collect-only plus the exact engine command and the plan's size; boots nothing")  # fmt: skip
    add("--quant-task-list", metavar="FILE", action="append", default=[],
        help="collect the tasks that this file names, one directory a line, relative to it; alone if no path is given "
             "(repeatable)")  # fmt: skip
    for name, text in _INI.items():
        parser.addini(name, text, default=None)
    parser.addini("quant_task_list", "task lists to collect beside testpaths, if no path is given", "paths", default=[])
