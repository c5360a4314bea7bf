"""The same arguments give the same bytes in every process, wherever and however it runs."""

from __future__ import annotations

import json
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


@pytest.mark.slow
def test_contexts_of_shipped_tasks_are_the_committed_ones_in_every_process(tmp_path: Path) -> None:
    """Two processes, as different as can be, against the table; run the module to write it anew (see there)."""
    table = json.loads((Path(__file__).parent / "context_digests.json").read_text())
    assert len({name.split("/")[0] for name in table}) == 10
    checkout = Path(__file__).parents[2]
    for number, surroundings in enumerate(SURROUNDINGS[1:]):
        cwd = tmp_path / f"elsewhere-{number}"
        cwd.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "tests.taskset.shipped_contexts"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(checkout), **surroundings},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == table
    for name, (tokens, _) in table.items():
        size = int(name.split("@")[1].split("k")[0]) * 1024
        assert abs(tokens - size) <= size // 100, name


@pytest.mark.parametrize("argument", [("a",), ("a", 1), ("a", "1", 2)])
def test_seeded_streams_are_pinned(argument: tuple[object, ...]) -> None:
    from agentbench.taskset.variables import seeded

    assert seeded(*argument).random() == PINNED[len(argument)]


PINNED = {1: 0.6670177398684651, 2: 0.6838098167061418, 3: 0.799556350176765}
