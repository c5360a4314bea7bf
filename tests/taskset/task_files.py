"""A small native task and a small plain harbor task, written file by file so that a test can spoil one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

TOML = """
version = "1.0"
[task]
name = "agentbench/gateway"
description = "Bring a gateway's settings up to its sheet."
[metadata]
difficulty = "easy"
category = "config"
tags = ["toml", "python"]
[metadata.agentbench]
sandbox = "python"
tests = 2
follow_ups = ["Also set the owner to {{ owner }} in config/app.toml."]
[metadata.agentbench.variables]
port = { kind = "int", low = 1024, high = 65535 }
port_v1 = { kind = "int", low = 1024, high = 65535, differs = "port" }
region = { kind = "name", digits = 2 }
region_v1 = { kind = "name", digits = 2, differs = "region" }
window = { kind = "int", low = 100, high = 900 }
owner = { kind = "word" }
[[metadata.agentbench.details]]
id = "port"
value = "{{ port }}"
stale = "{{ port_v1 }}"
told_in = "history"
check = { file = "config/app.toml", toml = "server.port" }
[[metadata.agentbench.details]]
id = "region"
value = "{{ region }}"
stale = "{{ region_v1 }}"
told_in = "history"
recall = "paraphrased"
asked_as = "where it runs"
check = { file = "config/app.toml", toml = "server.region" }
[[metadata.agentbench.details]]
id = "window"
value = "{{ window }}"
told_in = "instruction"
check = { file = "app/limits.py", python = "WINDOW" }
[[metadata.agentbench.details]]
id = "owner"
value = "{{ owner }}"
told_in = "follow_up"
check = { file = "config/app.toml", toml = "owner" }
[[metadata.agentbench.details]]
id = "license"
check = { file = "LICENSE", unchanged = true }
[[metadata.agentbench.facts]]
id = "sheet"
tells = ["port", "region"]
text = "Current sheet, replaces the draft: the gateway listens on port {{ port }} and stands in {{ region }}."
[[metadata.agentbench.facts]]
id = "draft"
stale_for = ["port", "region"]
text = "Draft, superseded since: gateway on port {{ port_v1 }}, region {{ region_v1 }}."
"""

NATIVE = {
    "task.toml": TOML,
    "instruction.md": (
        "Set the gateway up as the current sheet says: its port, and where it runs; the window in app/limits.py is "
        "{{ window }} ms.\n"
    ),
    "environment/Dockerfile": "# a comment\nFROM agentbench/python\nWORKDIR /workspace\nCOPY workspace/ /workspace/\n",
    "environment/workspace/config/app.toml": 'owner = "nobody"\n[server]\nport = 0\nregion = ""\n',
    "environment/workspace/app/limits.py": "WINDOW = 1\n",
    "environment/workspace/LICENSE": "free {{ not_a_template }}\n",
    "environment/workspace/run.sh": "#!/bin/sh\n",
    "tests/test.sh": "#!/bin/sh\nexec python3 -I /tests/checks.py\n",
    "tests/checks.py.j2": (
        'import sys; sys.path.insert(0, "/tests")\n'
        "from agentbench_verify import check, main, workspace\n\n"
        '@check("port")\ndef _():\n    assert "{{ port }}" in (workspace / "config/app.toml").read_text()\n\n'
        '@check("window")\ndef _():\n    assert "{{ window }}" in (workspace / "app/limits.py").read_text()\n\n'
        "main()\n"
    ),
    "solution/solve.sh": "#!/bin/sh\nset -e\ncp -R /solution/files/. /workspace/\n",
    "solution/files/config/app.toml.j2": (
        'owner = "{{ owner }}"\n[server]\nport = {{ port }}\nregion = "{{ region }}"\n'
    ),
    "solution/files/app/limits.py.j2": "WINDOW = {{ window }}\n",
}

FOREIGN = {
    "task.toml": 'version = "1.0"\n[metadata]\nauthor_name = "x"\n[environment]\nmemory = "2G"\ncpus = 2\n',
    "instruction.md": "Write {{ this }} to /app/out.txt.\n",
    "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n",
    "tests/test.sh": "#!/bin/sh\necho 1 > /logs/verifier/reward.txt\n",
    "solution/solve.sh": "#!/bin/sh\necho x > /app/out.txt\n",
}

EXECUTABLE = ("tests/test.sh", "solution/solve.sh", "environment/workspace/run.sh")

WriteTask = Callable[..., Path]


def write(directory: Path, files: Mapping[str, str | bytes | None]) -> Path:
    for name, content in files.items():
        path = directory / name
        if content is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o755 if name in EXECUTABLE else 0o644)
    return directory
