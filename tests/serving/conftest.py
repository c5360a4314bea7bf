"""A stub engine dressed as an interpreter with vLLM, and a way to see what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentbench.records import ModelFamily, QuantProfile, Tokenizer
from agentbench.records.family import Engine
from agentbench.serving.supervisor import parent_of

Until = Callable[[Callable[[], bool], float], bool]
STUB = Path(__file__).parent / "stub_engine.py"

RUNNER = """
import sys, threading
from pathlib import Path
from agentbench.records import ModelFamily
from agentbench.serving import boot
family = ModelFamily.model_validate_json(sys.argv[1])
say = lambda text: print("SAID", text, flush=True)
server = boot(family.quants["q"], family, run_dir=Path(sys.argv[2]), progress=say)
print("METRICS", server.metrics(), "STUCK", server.stuck(), flush=True)
print("READY", server.info.model_dump_json(), flush=True)
threading.Event().wait()
"""


@contextmanager
def a_runner(family: ModelFamily, run_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that boots the family's quant, says READY and its ServerInfo, and waits to be killed."""
    command = [sys.executable, "-c", RUNNER, family.model_dump_json(), str(run_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runner:
        try:
            yield runner
        finally:
            runner.kill()


def tree(root: int) -> list[int]:
    """Every process below ``root``; vLLM renames its processes, which hides their environment."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := parent_of(int(entry.name))) is not None:
            parents[int(entry.name)] = parent
    found, queue = [], [root]
    while queue:
        parent = queue.pop()
        below = [pid for pid, its in parents.items() if its == parent]
        found += below
        queue += below
    return found


def running(pids: list[int]) -> list[int]:
    """Those that still run; a zombie does not."""
    return [pid for pid in pids if "(zombie)" not in _status(pid) and _status(pid)]


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


class Stub:
    """A family whose only quant is served by the stub engine, marked so that its processes can be found."""

    def __init__(self, folder: Path) -> None:
        self.mark = uuid.uuid4().hex
        self.folder = folder
        self.run_dir = folder / "run"
        self.said: list[str] = []
        checkpoint = folder / "checkpoint"
        checkpoint.mkdir()
        (checkpoint / "config.json").write_text(
            '{"quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4"}}'
        )
        programs = folder / "bin"
        programs.mkdir()
        self.python = programs / "python"
        self.python.write_text('#!/bin/sh\necho \'{"vllm": "0.33.0"}\'\n')
        (programs / "vllm").write_text(f'#!/bin/sh\nexec {sys.executable} {STUB} "$@"\n')
        for program in programs.iterdir():
            program.chmod(0o755)

    def family(self, mode: str = "", **engine: object) -> ModelFamily:
        env = {"STUB_MODE": mode, "STUB_MARK": self.mark, "STUB_MARKER": str(self.folder / "marker")}
        settings = {"python": str(self.python), "gpus": "none", "env": env, "boot_timeout_s": 30, **engine}
        profile = QuantProfile(
            name="q", checkpoint=str(self.folder / "checkpoint"), engine=Engine.model_validate(settings)
        )
        return ModelFamily(
            name="stub",
            source="stub.toml",
            context_window=4096,
            reference="q",
            tokenizer=Tokenizer(builtin="words"),
            tools=["read_file", "submit"],
            default_suite="smoke",
            quants={"q": profile},
        )

    def processes(self) -> list[int]:
        """Every living process that carries the mark in its environment."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if self.mark.encode() in (entry / "environ").read_bytes():
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def wait_gone(self, limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    made = Stub(tmp_path)
    yield made
    assert made.wait_gone(20), "the test left processes behind"


@pytest.fixture
def until() -> Until:
    def wait(condition: Callable[[], bool], limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    return wait
