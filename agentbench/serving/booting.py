"""From a quant profile to a ready server, or to one sentence that says why not."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

from agentbench.errors import CancelledError, ServerBootError, UsageError
from agentbench.records import ModelFamily, Preflight, QuantProfile, ServerInfo
from agentbench.records.family import EngineArg
from agentbench.serving.commands import HOST, engine_command, engine_env, interpreter_of, look_into, recorded_env
from agentbench.serving.deaths import explain_death
from agentbench.serving.declared import declared_format
from agentbench.serving.demo import prepare_profile
from agentbench.serving.hardware import gpu_count, gpus
from agentbench.serving.loglines import LogFollower, progress_of, read_log
from agentbench.serving.process import EngineProcess
from agentbench.serving.provenance import provenance
from agentbench.serving.readiness import Api, find_model, preflight
from agentbench.serving.resources import checkpoint_of, local_directory, require_checkpoint, write_template
from agentbench.serving.server import Server

Progress = Callable[[str], None]
Answer = TypeVar("Answer")

ENDPOINT_KEY = "AGENTBENCH_ENDPOINT_KEY"
"""Environment variable that holds the key for ``--quant-endpoint``."""
LOG_NAME = "server.log"
_POLL_S = 0.25
_CANCEL_POLL_S = 0.1
_ENDPOINT_PATIENCE_S = 30.0
_PREFLIGHT_TIMEOUT_S = 300.0
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class _Boot:
    """What one boot is about."""

    profile: QuantProfile
    family: ModelFamily
    run_dir: Path
    progress: Progress
    extra_args: Mapping[str, EngineArg]
    cancel: Event

    @property
    def label(self) -> str:
        return f"{self.family.name}/{self.profile.name}"

    def check_cancelled(self) -> None:
        if self.cancel.is_set():
            raise CancelledError(f"{self.label}: cancelled while its server was booting")

    def unless_cancelled(self, ask: Callable[[], Answer]) -> Answer:
        """Return what ``ask`` returns or raises, but do not wait for it once the boot is cancelled.

        A thread that waits for a server's answer cannot be woken, so it is left behind: its end is the request's
        timeout, or the server's.
        """
        answer: Future[Answer] = Future()

        def run() -> None:
            try:
                answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
                answer.set_exception(error)

        Thread(target=run, name=f"asking {self.label}", daemon=True).start()
        while not wait([answer], timeout=_CANCEL_POLL_S).done:
            self.check_cancelled()
        return answer.result()


def boot(
    profile: QuantProfile,
    family: ModelFamily,
    *,
    run_dir: Path,
    progress: Progress,
    extra_args: Mapping[str, EngineArg] | None = None,
    endpoint: str | None = None,
    cancel: Event | None = None,
) -> Server:
    """Start the profile's engine (or reach its endpoint), wait until it is ready, and check how it answers.

    Args:
        profile: What to serve.
        family: Whose template, window and sampling hold.
        run_dir: Where ``server.log`` goes.
        progress: Told in a few words what the boot does.
        extra_args: Engine arguments over the profile's.
        endpoint: Base URL of a running server to use instead; nothing is started.
        cancel: Set to give up.

    Raises:
        ServerBootError: with the cause in one sentence and the log's path.
        UsageError: engine arguments are refused, or given for a server that somebody else runs.
        CancelledError: if ``cancel`` was set.
    """
    job = _Boot(profile, family, run_dir, progress, extra_args or {}, cancel or Event())
    if endpoint is not None or profile.engine.kind == "endpoint":
        return _reach(job, endpoint)
    if profile.engine.kind == "vllm":
        _check_before(job)
    return _start(job)


def _check_before(job: _Boot) -> None:
    """Refuse what is bound to fail, before minutes are spent on it."""
    engine = job.profile.engine
    if engine.gpus != "none":
        count = gpu_count()
        if not count:
            raise ServerBootError(
                f"{job.label} needs an NVIDIA GPU and this machine has none (nvidia-smi does not answer and "
                "there is no /dev/nvidia*); run it on a machine with GPUs, use a running server with --quant-endpoint "
                "URL, or try --quant-model=demo, which needs no GPU"
            )
        if isinstance(engine.gpus, int) and engine.gpus > count:
            raise ServerBootError(f"{job.label} asks for {engine.gpus} GPUs and this machine has {count}")
    prepare_profile(job.profile, job.family, progress=job.progress)
    require_checkpoint(job.profile, job.family)
    found = look_into(interpreter_of(job.profile))
    if not found.distributions:
        raise ServerBootError(
            f"{job.label}: vLLM is not installed in {found.path}; install pytest-agentbench[vllm] there, or set "
            "'python' of the family's [engine] to an interpreter that has it"
        )
    job.check_cancelled()
    write_template(job.family, job.profile)


def _start(job: _Boot) -> Server:
    """Start an engine of ours; a port that somebody else took in between is tried once more."""
    started = time.monotonic()
    for attempt in (1, 2):
        port = _free_port()
        command = engine_command(job.profile, job.family, port, extra_args=job.extra_args)
        env = engine_env(job.profile, job.family)
        job.progress(f"{job.label}: starting {'vLLM' if job.profile.engine.kind == 'vllm' else 'the simulated model'}")
        process = EngineProcess(command, env={**os.environ, **env}, log_path=job.run_dir / LOG_NAME)
        api = Api(f"http://{HOST}:{port}/v1")
        try:
            _wait_until_healthy(job, process, api)
            return _ready(job, process, api, env, boot_s=time.monotonic() - started)
        except _PortTakenError:
            process.stop()
            api.close()
            if attempt == 2:
                raise
        except BaseException:
            process.stop()
            api.close()
            raise
    raise AssertionError("unreachable")


class _PortTakenError(ServerBootError):
    """Another program took the port between the choice and the bind."""


def _wait_until_healthy(job: _Boot, process: EngineProcess, api: Api) -> None:
    follower = LogFollower(process.log_path, process.log_start)
    deadline = time.monotonic() + job.profile.engine.boot_timeout_s
    said = None
    while True:
        healthy = job.unless_cancelled(api.healthy)
        for line in follower.new_lines():
            if (step := progress_of(line)) and step != said:
                job.progress(f"{job.label}: {step}")
                said = step
        if not process.alive():
            raise _death(job, process)
        if healthy:
            return
        if time.monotonic() > deadline:
            raise ServerBootError(
                f"{job.label}: its server was not ready within {job.profile.engine.boot_timeout_s:.0f} s "
                f"(boot_timeout_s; last: {said or 'nothing in the log'}); log: {process.log_path}"
            )
        if job.cancel.wait(_POLL_S):
            job.check_cancelled()


def _death(job: _Boot, process: EngineProcess) -> ServerBootError:
    reason = explain_death(read_log(process.log_path, process.log_start), process.exit_code)
    kind = _PortTakenError if "port is taken" in reason else ServerBootError
    return kind(f"{job.label}: its server died while booting: {reason}; log: {process.log_path}")


def _ready(job: _Boot, process: EngineProcess, api: Api, env: Mapping[str, str], *, boot_s: float) -> Server:
    profile = job.profile
    job.progress(f"{job.label}: checking how it answers")
    wanted = f"{job.family.name}-{profile.name}" if profile.engine.kind == "vllm" else None
    try:
        max_tokens = 64 if profile.engine.gpus == "none" else 256
        model, window, answered = job.unless_cancelled(lambda: _check(job, api, wanted, max_tokens, job.label))
    except ServerBootError as error:
        if not process.alive():
            raise _death(job, process) from error
        raise ServerBootError(f"{error}; log: {process.log_path}") from error
    info = ServerInfo(
        kind=profile.engine.kind,
        base_url=api.base_url,
        model=model,
        max_model_len=window,
        version=api.version(),
        command=process.command,
        env=recorded_env(env),
        log_path=str(process.log_path),
        pid=process.pid,
        gpus=[gpu.text for gpu in gpus()] if profile.engine.gpus != "none" else [],
        preflight=answered,
        boot_s=boot_s,
    )
    if profile.engine.kind == "vllm":
        directory = local_directory(checkpoint_of(profile, job.family), profile.revision)
        lines = read_log(process.log_path, process.log_start)
        info = info.model_copy(update={"provenance": provenance(declared_format(directory), lines, profile.expect)})
    job.progress(f"{job.label}: ready after {boot_s:.0f} s")
    return Server(info, api, process=process)


def _check(job: _Boot, api: Api, wanted: str | None, max_tokens: int, where: str) -> tuple[str, int | None, Preflight]:
    """Return the served model, its window in tokens, if told, and how it answers."""
    model, window = find_model(api, wanted, where=where)
    answered = preflight(
        api,
        model,
        max_tokens=max_tokens,
        timeout_s=_PREFLIGHT_TIMEOUT_S,
        extra_body=job.family.extra_body,
        where=where,
    )
    return model, window, answered


def _reach(job: _Boot, endpoint: str | None) -> Server:
    """Use a server that somebody else runs."""
    engine = job.profile.engine
    started = time.monotonic()
    if endpoint is not None:
        url, key = endpoint, os.environ.get(ENDPOINT_KEY)
    else:
        url = _resolved(engine.url or "", f"{job.label}: 'url'")
        key = _resolved(engine.api_key, f"{job.label}: 'api_key'") if engine.api_key else None
    base_url = _normal_url(url, job.label)
    where = f"{job.label} at {base_url}"
    if job.extra_args:
        raise UsageError(
            f"{where}: --quant-engine-arg {', '.join(sorted(job.extra_args))} does nothing to a server that is up "
            "already; start that server with it, or leave the option out"
        )
    job.progress(f"{where}: connecting")
    api = Api(base_url, key)
    try:
        while job.unless_cancelled(lambda: api.get("/v1/models")) is None:
            if time.monotonic() - started > _ENDPOINT_PATIENCE_S:
                raise ServerBootError(f"{where}: no answer within {_ENDPOINT_PATIENCE_S:.0f} s; is the server up?")
            if job.cancel.wait(_POLL_S):
                job.check_cancelled()
        wanted = engine.served_name if engine.kind == "endpoint" else None
        model, window, answered = job.unless_cancelled(lambda: _check(job, api, wanted, 256, where))
    except BaseException:
        api.close()
        raise
    info = ServerInfo(
        kind="endpoint",
        base_url=base_url,
        model=model,
        max_model_len=window,
        version=api.version(),
        preflight=answered,
        boot_s=time.monotonic() - started,
    )
    return Server(info, api, process=None, api_key=key)


def _resolved(text: str, where: str) -> str:
    """Return ``text`` with each ``${NAME}`` replaced from the environment."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if not found:
            raise ServerBootError(
                f"{where} is read from the environment variable {match[1]}, which is not set; export it"
            )
        return found

    return _VARIABLE.sub(value, text)


def _normal_url(url: str, label: str) -> str:
    url = url.strip().rstrip("/")
    if not re.match(r"https?://[^/\s]+", url):
        raise ServerBootError(f"{label}: the endpoint '{url}' is no URL; expected one like http://host:8000/v1")
    return url if url.endswith("/v1") else f"{url}/v1"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
