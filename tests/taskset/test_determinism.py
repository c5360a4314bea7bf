"""The same arguments give the same bytes in every process, wherever and however it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.taskset.task_files import WriteTask

PROGRAM = """
import hashlib, sys
from pathlib import Path
from agentbench.records import canonical_json
from agentbench.taskset import WordsCounter, build_context, load_task, render
tools = [{"type": "function", "function": {"name": "read_file", "parameters": {}}}]
root = Path(sys.argv[1])
task = load_task(root / "config" / "gateway", root=root)
total = hashlib.sha256(task.digest.encode())
for variant in range(6):
    rendered = render(task, variant, 11)
    context = build_context(rendered, 6144, tools=tools, system_prompt="x", counter=WordsCounter(), seed=11)
    total.update(rendered.model_dump_json(exclude={"task": {"path"}}).encode())
    total.update(canonical_json([context.messages, context.request_digest, context.prompt_tokens]).encode())
print(total.hexdigest())
"""

SURROUNDINGS = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Chatham", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "random", "TZ": "America/St_Johns", "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
]


def test_bytes_do_not_depend_on_the_process(native_task: WriteTask, tasks_root: Path, tmp_path: Path) -> None:
    native_task()
    digests = set()
    for number, surroundings in enumerate(SURROUNDINGS):
        cwd = tmp_path / str(number)
        cwd.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tasks_root)],
            env={"PATH": os.environ["PATH"], **surroundings},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout.strip())
    assert len(digests) == 1


@pytest.mark.parametrize("argument", [("a",), ("a", 1), ("a", "1", 2)])
def test_seeded_streams_are_pinned(argument: tuple[object, ...]) -> None:
    from agentbench.taskset.variables import seeded

    assert seeded(*argument).random() == PINNED[len(argument)]


PINNED = {1: 0.6670177398684651, 2: 0.6838098167061418, 3: 0.799556350176765}
