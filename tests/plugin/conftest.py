"""A user's own project, and pytest run in it as its own process: the outside face."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TASK_TOML = """\
version = "1.0"
[task]
name = "agentbench/port"
[metadata.agentbench]
sandbox = "python"
tests = 1
[metadata.agentbench.variables]
port = { kind = "int", low = 20000, high = 39999 }
port_v1 = { kind = "int", low = 40000, high = 65535, differs = "port" }
[[metadata.agentbench.details]]
id = "port"
value = "{{ port }}"
stale = "{{ port_v1 }}"
told_in = "history"
check = { file = "app.toml", toml = "server.port" }
[[metadata.agentbench.facts]]
id = "now"
tells = ["port"]
text = "The sheet in force: the server listens on port {{ port }}."
[[metadata.agentbench.facts]]
id = "before"
stale_for = ["port"]
text = "An earlier draft, no longer in force: the server listens on port {{ port_v1 }}."
"""

TASK_FILES = {
    "task.toml": TASK_TOML,
    "instruction.md": "Set the server's port in app.toml to the one of the sheet in force, then submit.\n",
    "environment/Dockerfile": "FROM agentbench/python\nWORKDIR /workspace\nCOPY workspace/ /workspace/\n",
    "environment/workspace/app.toml": "[server]\nport = 1\n",
    "tests/test.sh": "exec python3 -I /tests/checks.py\n",
    "tests/checks.py.j2": (
        "import sys\nsys.path.insert(0, '/tests')\n"
        "from agentbench_verify import check, main, workspace\n\n"
        "@check('the file names a port')\ndef _():\n"
        "    assert (workspace / 'app.toml').read_text() != '[server]\\nport = 1\\n'\n\nmain()\n"
    ),
    "solution/solve.sh": "cp -R /solution/files/. /workspace/\n",
    "solution/files/app.toml.j2": "[server]\nport = {{ port }}\n",
}


def write_task(directory: Path, **changed: str) -> Path:
    """Write the small task; a keyword replaces or adds a file (``__`` stands for ``/``, ``_DOT_`` for a dot)."""
    for name, text in {**TASK_FILES, **changed}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one task and its own ini file."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    write_task(tmp_path / "tasks" / "config" / "port")
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    """Run pytest in the project; returns the finished process."""

    def run_pytest(*args: str, cwd: Path | None = None, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args],
            cwd=cwd or project, env=env, capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip

    return run_pytest
