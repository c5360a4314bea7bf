"""Finding the Docker engine, and starting one where that is asked for."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import docker
from docker import DockerClient
from docker.errors import DockerException
from requests.exceptions import RequestException

from agentbench.errors import SandboxError

API_TIMEOUT_S = 120
START_TIMEOUT_S = 60


def ensure_engine() -> DockerClient:
    """Return a client of a running engine.

    Raises:
        SandboxError: None answers; the message says what to do here.
    """
    try:
        _knock()
        client = docker.from_env(timeout=API_TIMEOUT_S)
    except (DockerException, RequestException, OSError) as error:
        raise SandboxError(_how_to_mend(error)) from error
    try:
        client.ping()
    except (DockerException, RequestException) as error:
        client.close()
        raise SandboxError(_how_to_mend(error)) from error
    return client


def _knock() -> None:
    """Connect to a local engine's socket once; raises OSError. The SDK would leak the socket of a failed connect."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(host.removeprefix("unix://"))


def start_engine(*, install: bool = False, progress: Callable[[str], None] | None = None) -> DockerClient:
    """Return a client, starting ``dockerd`` in its own session first where none answers and we are root.

    Args:
        install: Also install ``docker.io`` with apt-get where dockerd is missing (Debian, as root).
        progress: Told what is being done.

    Raises:
        SandboxError: It cannot be started here, or did not come up in time.
    """
    say = progress or (lambda _line: None)
    try:
        return ensure_engine()
    except SandboxError:
        if os.geteuid() != 0 or os.environ.get("DOCKER_HOST"):
            raise
    if shutil.which("dockerd") is None:
        if not install:
            raise SandboxError(_how_to_mend(None))
        apt_install(["docker.io"], say)
    log = Path("/var/log/agentbench-dockerd.log")
    say(f"starting dockerd (log: {log})")
    with log.open("ab") as out:
        process = subprocess.Popen(
            ["dockerd"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    return _await_engine(process, log)


def _await_engine(process: subprocess.Popen[bytes], log: Path) -> DockerClient:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            client = ensure_engine()
        except SandboxError:
            try:
                code = process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
            tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise SandboxError(f"dockerd ended at once with code {code}: {' '.join(tail)} (log: {log})") from None
        process.returncode = 0  # it outlives us on purpose; without this its Popen warns at collection
        return client
    raise SandboxError(f"dockerd did not answer within {START_TIMEOUT_S} s; see {log}")


def apt_install(packages: list[str], progress: Callable[[str], None]) -> None:
    """Install Debian packages as root.

    Raises:
        SandboxError: There is no apt-get, we are not root, or it failed; with its last line.
    """
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SandboxError(f"{', '.join(packages)} is needed: install it with your package manager, as root")
    progress(f"apt-get install {' '.join(packages)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-q", *command], env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            tail = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise SandboxError(f"apt-get {command[0]} failed: {' '.join(tail)}")


def _how_to_mend(error: Exception | None) -> str:
    host = os.environ.get("DOCKER_HOST")
    where = f"DOCKER_HOST={host}" if host else "/var/run/docker.sock"
    if error is not None and "Permission denied" in str(error):
        return f"no right to use the Docker engine at {where}: add yourself to the group 'docker' and log in again"
    if host:
        return f"no Docker engine answers at {where}: start it there, or unset DOCKER_HOST"
    if shutil.which("dockerd") is None:
        return (
            "no Docker engine answers and dockerd is not installed: install Docker (Debian: apt-get install docker.io)"
        )
    return (
        f"no Docker engine answers at {where}: start it ('systemctl start docker', or as root without systemd "
        "'setsid dockerd >/var/log/dockerd.log 2>&1 &'); 'agentbench doctor' checks it"
    )
