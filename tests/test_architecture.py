"""Imports only go down the table of rooms, and the pure rooms stay light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "agentbench"

BASE = {"errors", "records"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "records": set(),
    "probing": BASE,
    "calls": BASE,
    "catalog": BASE,
    "taskset": BASE | {"probing"},
    "scoring": BASE | {"probing", "calls"},
    "stats": set(),
    "compare": BASE | {"stats"},
    "selfcheck": BASE | {"stats", "compare"},
    "sandbox": BASE,
    "grading": BASE | {"probing", "taskset", "sandbox"},
    "serving": BASE | {"catalog", "vllm_cpu"},
    "vllm_cpu": set(),
    "agent": BASE | {"calls", "sandbox", "taskset"},
    "sim": BASE | {"probing", "taskset", "calls"},
    "store": BASE,
    "report": BASE | {"compare"},
}
MAY_IMPORT["runner"] = set(MAY_IMPORT) - {"sim", "vllm_cpu"}
MAY_IMPORT["verify"] = BASE | {"agent", "calls", "compare", "report", "runner", "scoring", "serving", "store"}
MAY_IMPORT["plugin"] = MAY_IMPORT["runner"] | {"runner"}
MAY_IMPORT["cli"] = MAY_IMPORT["runner"] | {"runner", "verify"}


def rooms() -> list[str]:
    found = [path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return sorted(name for name in found if name != "__init__")


def imported_rooms(room: str) -> dict[str, str]:
    """Room name to the first file and line that imports it, type-checking imports included."""
    place = PACKAGE / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    found: dict[str, str] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            modules = []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                modules = [f"{node.module}.{alias.name}" if node.module == "agentbench" else node.module
                           for alias in node.names]  # fmt: skip
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            for module in modules:
                parts = module.split(".")
                if parts[0] == "agentbench" and len(parts) > 1 and parts[1] not in (room, "__version__"):
                    found.setdefault(parts[1], f"{file.relative_to(PACKAGE.parent)}:{node.lineno}")
    return found


def test_every_room_is_in_the_table() -> None:
    assert set(rooms()) == set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_imports_only_go_down(room: str) -> None:
    wrong = {name: where for name, where in imported_rooms(room).items() if name not in MAY_IMPORT[room]}
    assert not wrong


HEAVY = ("docker", "httpx", "openai", "vllm", "torch", "tokenizers", "uvicorn")


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("agentbench.records", (*HEAVY, "scipy", "numpy", "pytest")),
        ("agentbench.catalog", (*HEAVY, "scipy", "numpy", "pytest")),
        ("agentbench.scoring", (*HEAVY, "scipy", "pytest")),
        ("agentbench.stats", (*HEAVY, "pytest", "pydantic")),
        ("agentbench.compare", (*HEAVY, "pytest")),
        ("agentbench.plugin", (*HEAVY, "scipy", "numpy", "pydantic")),
    ],
)
def test_pure_rooms_are_light(module: str, banned: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(sorted(set(sys.modules) & set({banned!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
