"""Sandbox images: what is in ``sandboxes/<name>/`` decides the tag, so an unchanged image is never built again."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from docker import DockerClient
from docker.errors import APIError
from requests.exceptions import RequestException

from agentbench.errors import ImageError, SandboxError, UsageError, did_you_mean
from agentbench.records import SandboxNeeds, SandboxProfile, TaskSpec, digest
from agentbench.records.paths import data_dir
from agentbench.sandbox.api import inspect_image
from agentbench.sandbox.base_image import ensure_base, pull
from agentbench.sandbox.engine import ensure_engine

Progress = Callable[[str], None]
BUILD_LABEL = "agentbench"
BUILD_SILENCE_S = 600
"""A step that says nothing for longer is given up: harbor's default for a whole build."""
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""One per image: several episodes may want the same one at once, and different ones build side by side."""


def image_names() -> list[str]:
    """Return the names of the sandboxes that ship."""
    return sorted(path.parent.name for path in data_dir("sandboxes").glob("*/Dockerfile"))


def image_tag(name: str) -> str:
    """Return ``agentbench/<name>:<digest12>`` over every file of the sandbox's directory.

    Raises:
        UsageError: No such sandbox.
    """
    return f"agentbench/{name}:{_directory_digest(_directory(name))}"


def ensure_image(
    name: str, *, build: bool, progress: Progress | None = None, client: DockerClient | None = None
) -> str:
    """Return the tag of a sandbox's image, building it first where it is missing and that is allowed.

    Raises:
        UsageError: No such sandbox.
        ImageError: Missing and not to be built, or not buildable.
    """
    tag = image_tag(name)
    say = progress or (lambda _line: None)
    owned = client is None
    engine = client or ensure_engine()
    try:
        with _locks[tag]:
            if _exists(engine, tag):
                return tag
            if not build:
                raise ImageError(f"image {tag} is not built: run 'agentbench sandboxes build {name}'")
            ensure_base(engine, say)
            _build(engine, _directory(name), tag, say)
            engine.api.tag(tag, f"agentbench/{name}", "latest", force=True)
            return tag
    finally:
        if owned:
            engine.close()


def build_images(names: Iterable[str] | None = None, progress: Progress | None = None) -> dict[str, str]:
    """Build the named sandboxes (all without names) where they changed; return name to tag."""
    client = ensure_engine()
    try:
        return {
            name: ensure_image(name, build=True, progress=progress, client=client)
            for name in (image_names() if names is None else names)
        }
    finally:
        client.close()


def images_for(tasks: Iterable[TaskSpec], progress: Progress | None = None) -> dict[str, str]:
    """Return the image of each task by its id; each image is built or pulled once, where it is missing.

    Raises:
        ImageError: One could not be built or pulled.
    """
    client = ensure_engine()
    found: dict[str, str] = {}
    by_task: dict[str, str] = {}
    try:
        for task in tasks:
            needs = task.sandbox
            if needs.image not in found:
                found[needs.image] = image_for(needs, task.path, progress=progress, client=client)
            by_task[task.id] = found[needs.image]
    finally:
        client.close()
    return by_task


def missing_images(references: Iterable[str], progress: Progress | None = None) -> dict[str, str]:
    """Pull the foreign images that are not on the engine; return why, by reference, of those that cannot be had."""
    client = ensure_engine()
    missing: dict[str, str] = {}
    try:
        for reference in sorted(set(references)):
            try:
                image_for(
                    SandboxNeeds(image=reference, profile=SandboxProfile.HARBOR), "", progress=progress, client=client
                )
            except ImageError as error:
                missing[reference] = f"image {reference} is not on the Docker engine, and {error}"
    finally:
        client.close()
    return missing


class BuiltImage(NamedTuple):
    """An image on the engine."""

    id: str
    """Digest of its contents: another one for every build, since packages move on."""
    size_bytes: int
    """Layers that it shares with others counted in."""


def built_images(references: Iterable[str]) -> dict[str, BuiltImage]:
    """Return what the engine says of images, by reference; those that it does not have are left out."""
    client = ensure_engine()
    try:
        found = {reference: inspect_image(client, reference) for reference in sorted(set(references))}
    finally:
        client.close()
    return {
        reference: BuiltImage(str(image["Id"]), int(image["Size"]))
        for reference, image in found.items()
        if image is not None
    }


def image_status() -> dict[str, str | None]:
    """Return each sandbox's tag, None where that image is not built.

    Raises:
        SandboxError: No engine answers.
    """
    client = ensure_engine()
    try:
        return {name: (tag if _exists(client, tag) else None) for name in image_names() for tag in [image_tag(name)]}
    finally:
        client.close()


def remove_images() -> list[str]:
    """Remove every image that was built here, old versions too; the base stays. Return their tags or ids.

    Raises:
        SandboxError: No engine answers, or an image is in use.
    """
    client = ensure_engine()
    try:
        removed: list[str] = []
        for image in client.api.images(filters={"label": f"{BUILD_LABEL}=image"}):
            tags = image.get("RepoTags") or [image["Id"]]
            for tag in tags:
                client.api.remove_image(tag)
            removed += tags
        return removed
    except APIError as error:
        raise SandboxError(f"an image could not be removed: {error.explanation}") from error
    finally:
        client.close()


def image_for(
    needs: SandboxNeeds, task_dir: Path | str, *, progress: Progress | None = None, client: DockerClient | None = None
) -> str:
    """Return the image a task needs: one of ours, a foreign reference, or the task's own Dockerfile built.

    Raises:
        ImageError: It could not be built or pulled.
    """
    if needs.profile is SandboxProfile.STRICT and needs.image in image_names():
        return ensure_image(needs.image, build=True, progress=progress, client=client)
    say = progress or (lambda _line: None)
    owned = client is None
    engine = client or ensure_engine()
    try:
        with _locks[needs.image]:
            if needs.image.startswith("build:"):
                return _build_environment(engine, Path(task_dir) / "environment", say)
            if not _exists(engine, needs.image):
                pull(needs.image, say)
            return needs.image
    finally:
        if owned:
            engine.close()


def _build_environment(client: DockerClient, environment: Path, say: Progress) -> str:
    dockerfile = environment / "Dockerfile"
    if not dockerfile.is_file():
        raise ImageError(f"{dockerfile}: missing, and the task names no image")
    tag = f"agentbench/task:{_directory_digest(environment)}"
    if _exists(client, tag):
        return tag
    for base in re.findall(r"(?im)^\s*from\s+(?:--\S+\s+)*(\S+)", dockerfile.read_text("utf-8")):
        name, _, version = base.removeprefix("agentbench/").partition(":")
        if base.startswith("agentbench/") and not version and name in image_names():
            ours = ensure_image(name, build=True, progress=say, client=client)
            client.api.tag(ours, f"agentbench/{name}", "latest", force=True)
        elif base.startswith("debian:bookworm"):
            ensure_base(client, say)
    _build(client, environment, tag, say)
    return tag


def _directory(name: str) -> Path:
    directory = data_dir("sandboxes") / name
    if not (directory / "Dockerfile").is_file():
        raise UsageError(f"no sandbox '{name}'{did_you_mean(name, image_names())}")
    return directory


def _directory_digest(directory: Path) -> str:
    entries = [
        [path.relative_to(directory).as_posix(), path.stat().st_mode & 0o111 != 0, digest(path.read_bytes())]
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    ]
    return digest(entries)[:12]


def _exists(client: DockerClient, reference: str) -> bool:
    return inspect_image(client, reference) is not None


def _build(client: DockerClient, directory: Path, tag: str, say: Progress) -> None:
    say(f"building {tag} from {directory}")
    last: list[str] = []
    try:
        for line in client.api.build(
            path=str(directory), tag=tag, rm=True, forcerm=True, decode=True, labels={BUILD_LABEL: "image"},
            timeout=BUILD_SILENCE_S,
        ):  # fmt: skip
            if "error" in line:
                tail = " | ".join(last[-3:])
                raise ImageError(f"{directory / 'Dockerfile'} could not be built: {line['error'].strip()} ({tail})")
            text = str(line.get("stream", "")).strip()
            if text:
                last = [*last[-5:], text]
                if text.startswith("Step "):
                    say(f"{tag}: {text}")
    except (APIError, RequestException) as error:
        raise ImageError(f"{directory / 'Dockerfile'} could not be built: {error}") from error
