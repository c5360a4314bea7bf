"""The Debian base every sandbox image stands on: pulled, or bootstrapped where no registry answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
from docker import DockerClient
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from agentbench.errors import ImageError
from agentbench.sandbox.api import inspect_image
from agentbench.sandbox.engine import apt_install

BASE = "debian:bookworm-slim"
SUITE = "bookworm"
PULL_SILENCE_S = 20
"""A pull that says nothing for this long has no registry to talk to."""

Progress = Callable[[str], None]
_UNNEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale", "var/log")


def ensure_base(client: DockerClient, progress: Progress) -> None:
    """Make sure the base image is there.

    Raises:
        ImageError: It could be neither pulled nor bootstrapped; with both reasons.
    """
    if inspect_image(client, BASE) is not None:
        return
    try:
        pull(BASE, progress)
    except ImageError as unpulled:
        progress(f"{unpulled}; bootstrapping it with debootstrap instead (about a minute)")
        try:
            _bootstrap(client, progress)
        except (ImageError, OSError) as error:
            raise ImageError(f"{unpulled}; and it could not be bootstrapped: {error}") from error


def pull(reference: str, progress: Progress) -> None:
    """Pull an image, giving up soon when no registry answers.

    Raises:
        ImageError: With the engine's reason.
    """
    progress(f"pulling {reference}")
    repository, _, tag = reference.rpartition(":") if ":" in reference.rsplit("/", 1)[-1] else (reference, "", "latest")
    # The SDK's time limit is per read, so a client of our own with a short one notices silence, not slowness.
    api = docker.from_env(timeout=PULL_SILENCE_S).api
    try:
        for line in api.pull(repository, tag=tag, stream=True, decode=True):
            if "error" in line:
                raise ImageError(f"{reference} could not be pulled: {line['error']}")
    except APIError as error:
        raise ImageError(f"{reference} could not be pulled: {error.explanation or error}") from error
    except (DockerException, RequestException) as error:
        raise ImageError(f"{reference} could not be pulled: no answer within {PULL_SILENCE_S} s") from error
    finally:
        api.close()


def _bootstrap(client: DockerClient, progress: Progress) -> None:
    if os.geteuid() != 0:
        raise ImageError("debootstrap needs root: run 'agentbench sandboxes build' once as root")
    if shutil.which("debootstrap") is None:
        apt_install(["debootstrap"], progress)
    with tempfile.TemporaryDirectory(prefix="agentbench-base-") as temporary:
        root = Path(temporary) / "root"
        log = Path(temporary) / "log"
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(root)]
        with log.open("wb") as out:
            code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
        if code != 0:
            tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise ImageError(f"debootstrap failed with code {code}: {' '.join(tail)}")
        for name in _UNNEEDED:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir(parents=True)
        progress(f"importing it as {BASE}")
        _import(client, root)


def _import(client: DockerClient, root: Path) -> None:
    with subprocess.Popen(["tar", "--numeric-owner", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar:
        assert tar.stdout is not None
        stream = tar.stdout

        def pieces() -> Iterator[bytes]:
            while piece := stream.read(1 << 20):
                yield piece

        repository, _, tag = BASE.partition(":")
        params = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": 'CMD ["bash"]'}
        api = client.api
        response = api._post(api._url("/images/create"), data=pieces(), params=params, timeout=None)  # type: ignore[attr-defined]
        api._result(response)  # type: ignore[attr-defined]
    if tar.returncode != 0:
        raise ImageError(f"tar of the bootstrapped base failed with code {tar.returncode}")
