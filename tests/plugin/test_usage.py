"""A user's mistake is one sentence and exit code 4, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import TASK_TOML, Run, write_task

SIM = ("--quant-model=sim", "--quant-context=4k")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--quant=nvpf4", "--quant-model=minimax-m2.5"), ["nvpf4", "did you mean 'nvfp4'"]),
        (("--quant=clean", "--quant-model=smi"), ["smi", "did you mean 'sim'"]),
        (("--quant=clean", "--quant-model=sim", "--quant-suite=nigthly"), ["nigthly", "did you mean 'nightly'"]),
        (("--quant=clean", *SIM[:1], "--quant-context=8q"), ["--quant-context", "'8q'", "8k,32k"]),
        (("--quant=clean", *SIM[:1], "--quant-context=192k"), ["--quant-context 192k", "leaves", "smaller context"]),
        (("--quant=clean", *SIM, "--quant-trials=0"), ["--quant-trials", "0", "at least 1"]),
        (("--quant=clean", *SIM, "--quant-trials=x"), ["--quant-trials", "'x'", "auto"]),
        (("--quant=clean", *SIM, "--quant-trials=-1"), ["--quant-trials", "-1"]),
        (("--quant=clean", *SIM, "--quant-trials=auto"), ["no stored reference", "'sim'", "--quant-save-reference"]),
        (("--quant=clean", *SIM, "--quant-trials=auto", "--collect-only"), ["no stored reference"]),
        (("--quant=clean", *SIM, "--quant-trials=auto", "--quant-save-reference"), ["a number of trials"]),
        (
            ("--quant=clean", *SIM, "--quant-variants=2", "--quant-trials=auto", "-k", "v1"),
            ["only a part of the suite", "or give a number of trials"],
        ),
        (("--quant=clean", *SIM, "--quant-variants=0"), ["--quant-variants"]),
        (("--quant=clean", *SIM, "--quant-concurrency=none"), ["--quant-concurrency", "'none'"]),
        (("--quant=clean", *SIM, "--quant-endpoint=localhost:8000"), ["--quant-endpoint", "http://"]),
        (("--quant=clean", *SIM, "--quant-engine-arg=quantization=fp8"), ["quantization"]),
        (("--quant=clean", *SIM, "-k", "nothing_of_this_name"), ["no case was collected", "-k"]),
        (("--quant=clean", *SIM, "--quant-reference=nowhere"), ["nowhere", "no such file"]),
        (("--quant-dry-run",), ["--quant-dry-run", "--quant NAME"]),
        (("--quant=clean", *SIM, "-n", "2"), ["-n", "--quant-concurrency"]),
    ],
)
def test_bad_option(run: Run, args: tuple[str, ...], words: list[str]) -> None:
    done = run(*args, "tasks/")
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    for word in words:
        assert word in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"task.toml": TASK_TOML.replace('value = "{{ port }}"', 'value = "{{ prot }}"')},
            ["task.toml", "prot", "port"],
        ),
        ({"instruction.md": "Use {{ portt }}.\n"}, ["instruction.md", "portt", "port"]),
        ({"task.toml": TASK_TOML.replace('"server.port"', '"server.prt"')}, ["task.toml", "server.prt"]),
        ({"task.toml": TASK_TOML.replace('file = "app.toml"', 'file = "ap.toml"')}, ["task.toml", "ap.toml"]),
        ({"task.toml": TASK_TOML[:200]}, ["task.toml"]),
        ({"task.toml": TASK_TOML.replace("tests = 1", "tests = 1\ntets = 1")}, ["tets", "tests"]),
    ],
)
def test_malformed_task(run: Run, project: Path, changed: dict[str, str], words: list[str]) -> None:
    write_task(project / "tasks" / "config" / "port", **changed)
    done = run("--quant=clean", *SIM, "tasks/")
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    for word in words:
        assert word in output
    assert "Traceback" not in output


def test_missing_solution(run: Run, project: Path) -> None:
    (project / "tasks/config/port/solution/solve.sh").unlink()
    done = run("--quant=clean", *SIM, "tasks/")
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    assert "solution/solve.sh" in output


def test_every_fault_is_told_at_once(run: Run, project: Path) -> None:
    write_task(project / "tasks" / "a" / "one", **{"task.toml": "[metadata.agentbench]\nsandbox = "})
    write_task(project / "tasks" / "a" / "two", **{"instruction.md": "{{ nothing }}"})
    done = run("--quant=clean", *SIM, "tasks/")
    output = done.stdout + done.stderr
    assert done.returncode == 4
    assert "a/one/task.toml" in output
    assert "a/two/instruction.md" in output


def test_help_teaches(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for option in ("--quant NAME", "--quant-save-reference", "--quant-gate", "quant_tasks"):
        assert option.split(maxsplit=1)[0] in done.stdout
