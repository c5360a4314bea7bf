"""Makes sandboxes on a Docker engine, and sees to it that none is left."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from types import TracebackType
from typing import Any

from docker import DockerClient
from docker.errors import APIError
from requests.exceptions import RequestException

from agentbench.errors import ImageError, SandboxDiedError, SandboxError
from agentbench.records import CarryReport, SandboxProfile, SandboxSpec
from agentbench.sandbox import owner, reaper
from agentbench.sandbox.api import create_container, inspect_image
from agentbench.sandbox.attach import ATTACH_PARAMS, raw_socket
from agentbench.sandbox.channel import Channel, ChannelClosedError, ChannelTimeoutError
from agentbench.sandbox.container import AGENT, HOME, Plan, config
from agentbench.sandbox.docker_sandbox import DockerSandbox
from agentbench.sandbox.engine import ensure_engine
from agentbench.sandbox.exec_sandbox import IDLE_COMMAND, ExecSandbox
from agentbench.sandbox.post_mortem import cause_of_death
from agentbench.sandbox.program import COMMAND, first_line
from agentbench.sandbox.protocol import Sandbox
from agentbench.sandbox.sweeper import Sweeper

GREETING_TIMEOUT_S = 60
GONE_TIMEOUT_S = 60
_NO_PYTHON = ("exec python3 failed", "SyntaxError", "ImportError", "ModuleNotFoundError")
"""In the last words of a container: its init found no Python, or that is too old or stripped for our server."""


class NoPythonError(SandboxError):
    """The image has no Python that can run the command server; internal."""


class DockerProvider:
    """Creates sandboxes and graders for one run. Thread-safe; creations overlap freely."""

    def __init__(self, run_id: str, client: DockerClient | None = None, *, keep: bool = False) -> None:
        """Connect.

        Args:
            run_id: Goes into a label.
            client: A client to use; without one the engine is looked for, and ``close`` ends that client too.
            keep: Leave containers running for a look when they are closed; they are reaped at their expiry.
        """
        self.run_id = run_id
        self._own_client = client is None
        self.client = client or ensure_engine()
        self._keep = keep
        self._lock = threading.Lock()
        self._open: dict[str, DockerSandbox | ExecSandbox] = {}
        self._carried: dict[str, str] = {}
        """Workspace volumes that graders see, and the sandbox that uses each."""
        self._images: dict[str, dict[str, Any]] = {}
        self._without_python: set[str] = set()
        self._closed = False
        self._creating = 0
        """Creations under way, whose containers the engine may not list yet."""
        self._sweeper = Sweeper()

    def __enter__(self) -> DockerProvider:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        self.close()

    def create(self, spec: SandboxSpec) -> Sandbox:
        """Start a container with an empty workspace and its channel up.

        Raises:
            ImageError: The image is not on the engine.
            SandboxError: The engine refused, or the container did not come up.
        """
        complete = self._complete(spec)
        if spec.image not in self._without_python:
            try:
                return self._start(complete, None)
            except NoPythonError:
                self._without_python.add(spec.image)
        return self._start_plain(complete)

    def create_grader(
        self, spec: SandboxSpec, source: Sandbox, *, keep_source: bool = False
    ) -> tuple[Sandbox, CarryReport]:
        """Start a fresh container, end ``source`` and carry its workspace over.

        With ``keep_source`` only the processes of ``source`` end, so that its workspace can be carried over again.

        The new container sees the old workspace read-only, in a place that only root may enter; it is copied inside,
        without what lies outside plain files, directories and links that stay in the workspace.

        Raises:
            SandboxError: As for ``create``; also when ``source`` has no workspace volume or died.
        """
        if not isinstance(source, DockerSandbox):
            raise SandboxError(
                f"a {type(source).__name__} has no workspace volume to carry over; use its image with python3"
            )
        self._remove_volumes()
        source.seal()
        volume = source.workspace_volume()
        with self._lock:
            self._carried[volume] = source.id
        grader = self._start(self._complete(spec), volume)
        if not keep_source:
            with self._lock:
                self._carried[volume] = grader.id
            source.close()
        try:
            return grader, grader.carry_in()
        except BaseException:
            grader.close()
            raise

    def reap(self) -> list[str]:
        """Remove what dead runners left; return what was removed, one line each."""
        return reaper.reap(self.client)

    def close(self) -> None:
        """Close every sandbox and wait until the engine has removed them."""
        with self._lock:
            self._closed = True
            sandboxes = list(self._open.values())
            self._open.clear()
        for sandbox in sandboxes:
            with contextlib.suppress(SandboxError, RequestException):  # what it leaves is removed below, or told
                sandbox.close()
        try:
            if not self._keep:
                self._await_gone()
                self._await_volumes()
        except RequestException as error:
            raise SandboxError(f"the Docker engine does not answer: {error}") from error
        finally:
            self._sweeper.dismiss()
            if self._own_client:
                self.client.close()

    def _await_gone(self) -> None:
        """Remove containers until none is left and none is on its way; SandboxError where that takes too long."""
        mine = {"label": [f"{owner.RUN}={self.run_id}", f"{owner.OWNER}={owner.current_owner().label()}"]}
        deadline = time.monotonic() + GONE_TIMEOUT_S
        refused: Exception | None = None
        while time.monotonic() < deadline:
            with self._lock:
                creating = self._creating  # before the list, so that one that has just come is in it
            try:
                left = self.client.api.containers(all=True, filters=mine)
                for one in left:
                    reaper.remove_container(self.client, one["Id"])
            except (SandboxError, APIError, RequestException) as error:
                refused = error
            else:
                if not left and not creating:
                    return
            time.sleep(0.02)
        why = f" ({refused})" if refused else ""
        raise SandboxError(
            f"containers of run {self.run_id} are still there after {GONE_TIMEOUT_S} s{why}: docker ps -a"
        )

    def _await_volumes(self) -> None:
        """The engine may hold a volume for a moment longer than its container; a later ``reap`` finds what stays."""
        deadline = time.monotonic() + GONE_TIMEOUT_S
        self._remove_volumes()
        while self._carried and time.monotonic() < deadline:
            time.sleep(0.05)
            self._remove_volumes()

    def _remove_volumes(self) -> None:
        """Remove the source volumes of graders that are closed; an engine removes only nameless ones by itself."""
        with self._lock:
            done = [volume for volume, user in self._carried.items() if self._closed or user not in self._open]
        for volume in done:
            if reaper.remove_volume(self.client, volume):
                with self._lock:
                    self._carried.pop(volume, None)

    def _complete(self, spec: SandboxSpec) -> SandboxSpec:
        """Fill in what a foreign image says of itself; more processors than there are become all."""
        image = self._image(spec.image)
        spec = spec.model_copy(update={"cpus": min(spec.cpus, self._processors)})
        if spec.profile is SandboxProfile.STRICT:
            return spec.model_copy(update={"user": None})
        found = image.get("Config") or {}
        workdir = spec.workdir
        if workdir in ("", SandboxSpec.model_fields["workdir"].default):
            workdir = found.get("WorkingDir") or "/"
        return spec.model_copy(update={"workdir": workdir, "user": spec.user or found.get("User") or "0"})

    @cached_property
    def _processors(self) -> int:
        return int(self.client.info()["NCPU"])

    def _image(self, reference: str) -> dict[str, Any]:
        known = self._images.get(reference)
        if known is None:
            known = inspect_image(self.client, reference)
            if known is None:
                raise ImageError(
                    f"image {reference} is not on the Docker engine: build ours with 'agentbench sandboxes build', "
                    "pull a foreign one with 'docker pull'"
                )
            self._images[reference] = known
        return known

    def _start(self, spec: SandboxSpec, source_volume: str | None) -> DockerSandbox:
        """Start a container with our server in it; NoPythonError where the image cannot run it."""
        plan = Plan(spec, COMMAND, self._labels(spec), self._keep, source_volume=source_volume)
        with self._container(plan) as (container_id, sock, release):
            channel = Channel(sock, release)
            try:
                self._engine_start(container_id)
                strict = spec.profile is SandboxProfile.STRICT
                hello = first_line(AGENT if strict else str(spec.user), HOME if strict else None)
                channel.greet(hello, GREETING_TIMEOUT_S)
            except (ChannelClosedError, ChannelTimeoutError):
                cause = cause_of_death(self.client, container_id, channel.stderr)
                channel.close()
                if any(words in cause for words in _NO_PYTHON):
                    raise NoPythonError(cause) from None
                raise SandboxError(f"no command server came up in {spec.image}: {cause}") from None
            except BaseException:
                channel.close()
                raise
        sandbox = DockerSandbox(self.client, container_id, spec, channel, keep=self._keep)
        self._track(sandbox)
        return sandbox

    def _start_plain(self, spec: SandboxSpec) -> ExecSandbox:
        """Start a container that has no Python."""
        plan = Plan(spec, IDLE_COMMAND, self._labels(spec), self._keep)
        with self._container(plan) as (container_id, sock, release):
            try:
                self._engine_start(container_id)
                sandbox = ExecSandbox(self.client, container_id, spec, (sock, release), keep=self._keep)
            except BaseException:
                release()
                raise
        self._track(sandbox)
        return sandbox

    def _track(self, sandbox: DockerSandbox | ExecSandbox) -> None:
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if not one.closed}
            self._open[sandbox.id] = sandbox

    def _labels(self, spec: SandboxSpec) -> dict[str, str]:
        return owner.labels(self.run_id, spec.case_id, spec.expires_s, keep=self._keep)

    def _engine_start(self, container_id: str) -> None:
        try:
            self.client.api.start(container_id)
        except APIError as error:
            if "python3" in str(error.explanation) and "executable file not found" in str(error.explanation):
                raise NoPythonError(str(error.explanation)) from error
            raise

    @contextlib.contextmanager
    def _container(self, plan: Plan) -> Iterator[tuple[str, socket.socket, Callable[[], None]]]:
        """Create a container and attach to it; what goes wrong before the block ends removes it again."""
        with self._lock:
            if self._closed:
                raise SandboxDiedError(f"the sandboxes of run {self.run_id} are closed")
            self._creating += 1
        container_id = ""
        try:
            container_id = create_container(self.client, config(plan))
            yield (container_id, *raw_socket(self.client.api.attach_socket(container_id, params=ATTACH_PARAMS)))
        except BaseException as error:
            if container_id:
                with contextlib.suppress(SandboxError, RequestException):  # the first error is the one to tell
                    reaper.remove_container(self.client, container_id)
            if isinstance(error, APIError):
                said = error.explanation or error
                raise SandboxError(f"the engine refused a container of {plan.spec.image}: {said}") from error
            if isinstance(error, RequestException):
                raise SandboxError(f"the Docker engine does not answer: {error}") from error
            raise
        finally:
            with self._lock:
                self._creating -= 1
