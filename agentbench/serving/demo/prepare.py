"""Makes the demo's checkpoints: once, only those asked for, and never half.

Each is made in a folder of its own beside its place and moved there when it is whole, so that a killed run leaves
nothing that looks finished. Two processes that want the same one wait for each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from agentbench.catalog import prepared_dir
from agentbench.errors import ServerBootError, UsageError, did_you_mean
from agentbench.records import ModelFamily, QuantProfile
from agentbench.serving.demo.calibration import texts_for
from agentbench.serving.demo.checkpoints import ADAPTER, ENVIRONMENT, QUANTS, SOURCE, Checkpoint, adapter_ships
from agentbench.serving.environments import is_managed, managed_python

Progress = Callable[[str], None]

_PREPARED = "prepared:"
_SPACE_GB = 1.0
_SAYS = "progress: "
_ENV = {
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
    "CUDA_VISIBLE_DEVICES": "",  # the same checkpoint on a machine with GPUs
    "OMP_WAIT_POLICY": "PASSIVE",  # on a busy machine, threads that wait by spinning make it four times slower
    "LLM_COMPRESSOR_LOG_DISABLED": "1",
}


def prepare_profile(profile: QuantProfile, family: ModelFamily, *, progress: Progress) -> None:
    """Prepare all that ``profile`` needs before its server boots: its environment and its checkpoint.

    Does nothing for a profile that needs nothing, and little when all is there.

    Raises:
        ServerBootError: if something cannot be made; the message names the cause and the log.
        UsageError: for an unknown name.
    """
    if profile.engine.python and is_managed(profile.engine.python):
        managed_python(profile.engine.python, progress)
    names = [profile.checkpoint or "", family.quants[family.reference].checkpoint or ""]
    # The reference's tokenizer sizes the contexts of every quant.
    prepare(
        [name.removeprefix(_PREPARED) for name in names if name.startswith(_PREPARED)], progress, family=family.name
    )


def prepare(names: Iterable[str], progress: Progress, *, family: str = "demo") -> None:
    """Make the named checkpoints of the demo's model that are not there yet, and what they are made from.

    Args:
        names: Of ``QUANTS``.
        progress: Told what is done.
        family: Whose folder they go to; a family that extends the demo has its own.

    Raises:
        UsageError: for an unknown name.
        ServerBootError: if one cannot be made; the message names the cause and the log.
    """
    wanted = set(names)
    for name in sorted(wanted):
        if name not in QUANTS:
            raise UsageError(f"family {family}: there is no prepared checkpoint '{name}'{did_you_mean(name, QUANTS)}")
    checkpoints = [Checkpoint(name, prepared_dir(family, name)) for name in QUANTS if name in wanted | {SOURCE}]
    if not wanted or all(checkpoint.ready for checkpoint in checkpoints):
        return
    parent = checkpoints[0].folder.parent
    with _lock(parent, progress, family):
        _check_space(parent)
        python = managed_python(ENVIRONMENT, progress)
        for checkpoint in checkpoints:
            if not checkpoint.ready:
                _make(checkpoint, checkpoints[0], python, _prefixed(progress, f"{family}/{checkpoint.name}"))


def _prefixed(progress: Progress, label: str) -> Progress:
    return lambda text: progress(f"{label}: {text}")


@contextlib.contextmanager
def _lock(parent: Path, progress: Progress, family: str) -> Iterator[None]:
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another process that prepares checkpoints of {family}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check_space(parent: Path) -> None:
    free_gb = shutil.disk_usage(parent).free / 1e9
    if free_gb < _SPACE_GB:
        raise ServerBootError(
            f"the checkpoints in {parent} need {_SPACE_GB:.0f} GB of disk and {free_gb:.1f} GB are free; free some "
            "space, or set AGENTBENCH_CACHE to a directory on a larger disk"
        )


def _make(checkpoint: Checkpoint, source: Checkpoint, python: Path, progress: Progress) -> None:
    started = time.monotonic()
    place = checkpoint.folder
    for leftover in place.parent.glob(f".{place.name}.*"):
        shutil.rmtree(leftover)
    part = place.with_name(f".{place.name}.part")
    part.mkdir()
    command = [str(python), str(checkpoint.script)]
    if checkpoint.name == SOURCE:
        command += [str(part), str(ADAPTER)] if adapter_ships() else [str(part)]
    else:
        texts = place.with_name(f"{place.name}.calibration.json")
        texts.write_text(json.dumps(texts_for(checkpoint.name)), encoding="utf-8")
        command += [str(source.folder), str(part), checkpoint.name, str(texts)]
    _run(command, place.with_name(f"{place.name}.log"), checkpoint.name, progress)
    checkpoint.stamp(part, time.monotonic() - started)
    if place.exists():
        place.rename(place.with_name(f".{place.name}.old"))
    part.rename(place)
    shutil.rmtree(place.with_name(f".{place.name}.old"), ignore_errors=True)
    progress(f"ready after {time.monotonic() - started:.0f} s")


def _run(command: list[str], log: Path, name: str, progress: Progress) -> None:
    tail: deque[str] = deque(maxlen=40)
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_ENV},
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            tail.append(line.strip())
            if line.startswith(_SAYS):
                progress(line.removeprefix(_SAYS).strip())
    if process.returncode:
        raise ServerBootError(
            f"preparing the checkpoint {name} failed: {_cause(process.returncode, tail)} (log: {log})"
        )


def _cause(code: int, tail: Iterable[str]) -> str:
    lines = [line for line in tail if line]
    text = "\n".join(lines)
    if "No space left on device" in text:
        return "the disk is full; free some space, or set AGENTBENCH_CACHE to a directory on a larger disk"
    if code == -9 or "MemoryError" in text:
        return "it was killed, most likely for want of memory; it needs about 3 GB"
    return lines[-1] if lines else f"exit code {code} and no output"
