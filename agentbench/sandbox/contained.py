"""What both kinds of sandbox share: a container, its paths, and being closed once."""

from __future__ import annotations

import posixpath
import threading

from docker import DockerClient

from agentbench.errors import SandboxFileError
from agentbench.records import SandboxSpec
from agentbench.sandbox.reaper import kill_container

FILE_TIMEOUT_S = 60.0
"""For one file operation."""


class Contained:
    """A sandbox that is one container of the engine's."""

    def __init__(self, client: DockerClient, container_id: str, spec: SandboxSpec, *, keep: bool) -> None:
        self._client = client
        self._id = container_id
        self._spec = spec
        self._keep = keep
        self._closed = False
        self._closing = threading.Lock()

    @property
    def id(self) -> str:
        """Container id."""
        return self._id

    @property
    def spec(self) -> SandboxSpec:
        """The spec as carried out."""
        return self._spec

    @property
    def closed(self) -> bool:
        """Whether it was closed or is known to be dead."""
        return self._closed

    def close(self) -> None:
        """Kill the container, unless it is to be kept; the engine removes it and its volume."""
        with self._closing:
            already, self._closed = self._closed, True
        if already:
            return
        self._hang_up()
        if not self._keep:
            kill_container(self._client, self._id)

    def _hang_up(self) -> None:
        """Let go of every connection; a call under way raises at once."""
        raise NotImplementedError

    def _path(self, path: str) -> str:
        if "\0" in path:
            raise SandboxFileError(f"{path!r}: a path cannot hold a NUL character")
        return self._spec.workdir if path == "." else posixpath.join(self._spec.workdir, path)


def below(path: str) -> str:
    """Return what a listing of ``path`` puts before each name."""
    return "" if path in ("", ".") else path.rstrip("/") + "/"
