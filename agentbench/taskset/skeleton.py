"""The working task that ``agentbench tasks new`` writes: small, proven, and meant to be changed."""

from __future__ import annotations

import re
from pathlib import Path

from agentbench.errors import TaskError
from agentbench.taskset.loading import dockerfile

_TOML = """\
version = "1.0"

[task]
name = "agentbench/{name}"
description = "One sentence: what the agent has to bring about."

[metadata]
difficulty = "easy"
category = "config"
tags = ["{sandbox}"]

[metadata.agentbench]
sandbox = "{sandbox}"
tests = 2  # number of @check functions in tests/checks.py

# Drawn anew for every variant; {{{{ name }}}} in instruction.md, here, and in files whose name ends in .j2.
[metadata.agentbench.variables]
port = {{ kind = "int", low = 1024, high = 65535 }}
port_v1 = {{ kind = "int", low = 1024, high = 65535, differs = "port" }}
queue = {{ kind = "name", digits = 2 }}
workers = {{ kind = "int", low = 12, high = 96 }}

# What the result must honour exactly, and where it is read from.
[[metadata.agentbench.details]]
id = "port"
value = "{{{{ port }}}}"
stale = "{{{{ port_v1 }}}}"
told_in = "history"
check = {{ file = "service.json", json = "listen.port" }}

[[metadata.agentbench.details]]
id = "queue"
value = "{{{{ queue }}}}"
told_in = "history"
recall = "paraphrased"  # asked for in words that do not stand where it was told; see docs/tasks.md
asked_as = "where its jobs come from"
check = {{ file = "service.json", json = "queue" }}

[[metadata.agentbench.details]]
id = "workers"
value = "{{{{ workers }}}}"
told_in = "instruction"
check = {{ file = "service.json", json = "workers" }}

[[metadata.agentbench.details]]
id = "readme"
check = {{ file = "README.md", unchanged = true }}

# Passages that are placed into the scripted history, in any order: each must be clear by itself.
[[metadata.agentbench.facts]]
id = "sheet"
tells = ["port", "queue"]
text = "Service sheet, replaces the draft: it listens on port {{{{ port }}}} and takes its work off {{{{ queue }}}}."

[[metadata.agentbench.facts]]
id = "draft"
stale_for = ["port"]
text = "Draft of the service sheet, no longer valid: it was to listen on port {{{{ port_v1 }}}}."
"""

_CHECKS = """\
import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, workspace


def service():
    return json.loads((workspace / "service.json").read_text())


@check("listens where the sheet says")
def _():
    assert service()["listen"]["port"] == {{ port }}, service()


@check("reads its queue with all workers")
def _():
    assert (service()["queue"], service()["workers"]) == ("{{ queue }}", {{ workers }}), service()


main()
"""

_SERVICE = '{\n  "listen": {"port": %s},\n  "queue": %s,\n  "workers": %s\n}\n'


def new_task(directory: Path, sandbox: str) -> None:
    """Write a native task that loads, passes ``tasks check`` and proves itself.

    Args:
        directory: Must not exist, or be empty; its name becomes the task's.
        sandbox: Name of a ``sandboxes/`` directory.

    Raises:
        TaskError: The directory is in use, or its name is no task name.

    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", directory.name):
        raise TaskError(f"{directory}: '{directory.name}' is no task name; use letters, digits, '.', '_' and '-'")
    if directory.exists() and any(directory.iterdir()):
        raise TaskError(f"{directory}: is not empty; name a new directory")
    for name, text in _files(directory.name, sandbox).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if name.endswith(".sh") else 0o644)


def _files(name: str, sandbox: str) -> dict[str, str]:
    return {
        "task.toml": _TOML.format(name=name, sandbox=sandbox),
        "instruction.md": (
            "Bring service.json up to the current sheet in the handover notes: its port, and under `queue` where its\n"
            "jobs come from. Give it {{ workers }} workers. Leave README.md as it is.\n"
        ),
        "environment/Dockerfile": dockerfile(sandbox),
        "environment/workspace/service.json": _SERVICE % ("0", '""', "1"),
        "environment/workspace/README.md": "# Service\n\nSettings are in service.json.\n",
        "tests/test.sh": "#!/bin/sh\nexec python3 -I /tests/checks.py\n",
        "tests/checks.py.j2": _CHECKS,
        "solution/solve.sh": "#!/bin/sh\nset -e\ncp -R /solution/files/. /workspace/\n",
        "solution/files/service.json.j2": _SERVICE % ("{{ port }}", '"{{ queue }}"', "{{ workers }}"),
    }
