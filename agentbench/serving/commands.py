"""The engine's exact command line and environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from agentbench.catalog import check_engine_arg
from agentbench.errors import ServerBootError
from agentbench.records import ModelFamily, QuantProfile
from agentbench.records.family import EngineArg
from agentbench.serving.environments import is_managed, managed_python_path
from agentbench.serving.hardware import gpu_count
from agentbench.serving.resources import checkpoint_of, is_local, template_file
from agentbench.vllm_cpu import PLUGIN_FOLDER

HOST = "127.0.0.1"
DRY_RUN_PORT = 8000
"""Stands in a dry run for the free port that a boot takes."""

_SIM_ARGS = ("tasks", "elsewhere", "seed", "ledger")
_PROBE = (
    "import json\nfrom importlib import metadata\nfound = {}\n"
    "for name in ('vllm', 'vllm-cpu'):\n"
    "    try:\n        found[name] = metadata.version(name)\n"
    "    except metadata.PackageNotFoundError:\n        pass\n"
    "print(json.dumps(found))"
)
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSWORD", re.IGNORECASE)


@dataclass(frozen=True)
class Interpreter:
    """A Python that may hold an engine."""

    path: Path
    distributions: Mapping[str, str]
    """Versions of ``vllm`` and ``vllm-cpu``, whichever are installed."""


def engine_command(
    profile: QuantProfile,
    family: ModelFamily,
    port: int = DRY_RUN_PORT,
    *,
    extra_args: Mapping[str, EngineArg] | None = None,
) -> list[str]:
    """Return the full command that serves ``profile``; boots, downloads and prepares nothing.

    Raises:
        CatalogError: for a refused argument.
        ServerBootError: for an endpoint, which has no command.
    """
    extra = dict(extra_args or {})
    if profile.engine.kind == "sim":
        return _sim_command(profile, family, port, extra)
    if profile.engine.kind == "endpoint":
        raise ServerBootError(f"{family.name}/{profile.name} is an endpoint ({profile.engine.url}): nothing is booted")
    return [*_program(profile, checkpoint_of(profile, family)), *_flags(_vllm_args(profile, family, port, extra))]


def engine_notes(profile: QuantProfile, *, extra_args: Mapping[str, EngineArg] | None = None) -> list[str]:
    """Return one sentence for each thing that :func:`engine_command` can say only when the engine boots."""
    engine = profile.engine
    if engine.kind == "endpoint":
        return []
    notes = [f"port {DRY_RUN_PORT} stands for a free one, taken at boot"]
    given = {name.replace("_", "-") for name in (*engine.args, *(extra_args or {}))}
    if engine.kind == "vllm" and engine.gpus == "all" and "tensor-parallel-size" not in given and not gpu_count():
        notes.append("tensor-parallel-size is set to the number of GPUs at boot (none here)")
    return notes


def engine_env(profile: QuantProfile, family: ModelFamily) -> dict[str, str]:
    """Return what the engine's environment has beside the runner's own."""
    ours = {"PYTHONUNBUFFERED": "1"}
    if profile.engine.kind == "vllm":
        ours |= {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
        # The kernels are named at this level.
        ours["VLLM_LOGGING_LEVEL"] = "DEBUG" if os.environ.get("VLLM_LOGGING_LEVEL") == "DEBUG" else "INFO"
        if is_local(checkpoint_of(profile, family)):
            ours["HF_HUB_OFFLINE"] = "1"
        if profile.engine.gpus == "none":
            # Puts our CPU kernels in reach of vLLM's plugin loader, whichever environment it runs in.
            path = [str(PLUGIN_FOLDER), os.environ.get("PYTHONPATH", "")]
            ours["PYTHONPATH"] = os.pathsep.join(part for part in path if part)
    return ours | profile.engine.env


def recorded_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return what of an environment belongs to the run's record: ours, and inherited engine settings; no secrets."""
    inherited = {key: value for key, value in os.environ.items() if key.startswith(("VLLM_", "CUDA_", "NCCL_"))}
    return {key: "(hidden)" if _SECRET.search(key) else value for key, value in sorted({**inherited, **env}.items())}


def interpreter_of(profile: QuantProfile) -> Path:
    """Return the Python that the profile's engine runs in. Makes nothing."""
    python = profile.engine.python
    if python is None:
        return Path(sys.executable)
    if is_managed(python):
        return managed_python_path(python)
    return Path(python).expanduser()


def look_into(path: Path) -> Interpreter:
    """Return what an interpreter has installed.

    Raises:
        ServerBootError: if there is no such interpreter or it does not run.
    """
    if path == Path(sys.executable):
        found = {}
        for name in ("vllm", "vllm-cpu"):
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
        return Interpreter(path, found)
    if shutil.which(str(path)) is None:
        raise ServerBootError(f"there is no interpreter {path}; mend 'python' of the profile's engine")
    done = subprocess.run([str(path), "-I", "-c", _PROBE], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise ServerBootError(f"the interpreter {path} does not run: {reason}")
    return Interpreter(path, json.loads(done.stdout))


def _program(profile: QuantProfile, model: str) -> list[str]:
    path = interpreter_of(profile)
    distributions: Mapping[str, str] = {}
    if path == Path(sys.executable) or shutil.which(str(path)):
        distributions = look_into(path).distributions
    module = [str(path), "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    # "vllm serve" looks up the distribution "vllm", and the CPU backend comes as "vllm-cpu".
    if "vllm-cpu" in distributions or (profile.engine.python or "").startswith("managed:vllm-cpu"):
        return module
    script = path.parent / "vllm"
    if script.is_file():
        return [str(script), "serve", model]
    if "vllm" in distributions:
        return [str(path), "-m", "vllm.entrypoints.cli.main", "serve", model]
    return ["vllm", "serve", model]


def _vllm_args(
    profile: QuantProfile, family: ModelFamily, port: int, extra: Mapping[str, EngineArg]
) -> dict[str, EngineArg]:
    args: dict[str, EngineArg] = {
        "host": HOST,
        "port": port,
        "served-model-name": f"{family.name}-{profile.name}",
        "max-model-len": family.context_window,
        "generation-config": "vllm",
        "enable-prompt-tokens-details": True,
    }
    if profile.revision and not is_local(checkpoint_of(profile, family)):
        args["revision"] = profile.revision
        args["tokenizer-revision"] = profile.revision
    if (template := template_file(family, profile)) is not None:
        args["chat-template"] = str(template)
    if profile.engine.gpus != "none":
        count = gpu_count() if profile.engine.gpus == "all" else profile.engine.gpus
        if count:
            args["tensor-parallel-size"] = count
    own = {check_engine_arg(key, value, where="--quant-engine-arg"): value for key, value in extra.items()}
    return {**args, **profile.engine.args, **own}


def _flags(args: Mapping[str, EngineArg]) -> list[str]:
    """Return ``--name value`` for each; true is a bare flag, false leaves it out."""
    flags: list[str] = []
    for name, value in args.items():
        if value is True:
            flags.append(f"--{name}")
        elif value is not False:
            flags += [f"--{name}", str(value)]
    return flags


def _sim_command(profile: QuantProfile, family: ModelFamily, port: int, extra: dict[str, EngineArg]) -> list[str]:
    known: dict[str, EngineArg] = {"tasks": os.environ.get("AGENTBENCH_SIM_TASKS", "tasks"), **extra}
    if unknown := sorted(set(known) - set(_SIM_ARGS)):
        raise ServerBootError(
            f"{family.name}/{profile.name}: the simulated model has no argument '{unknown[0]}'; "
            f"it has {', '.join(_SIM_ARGS)}"
        )
    command = [sys.executable, "-m", "agentbench.sim", "--family", family.name, "--port", str(port)]
    command += ["--arm", profile.name]
    if profile.faults:
        command += ["--faults", ",".join(f"{name}={rate!r}" for name, rate in sorted(profile.faults.items()))]
    return [*command, *_flags(known)]
