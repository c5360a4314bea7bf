"""A workspace without a container gives and words everything as a container does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agentbench.errors import SandboxFileError
from agentbench.records import FileContent, SandboxSpec
from agentbench.sandbox import DockerProvider, Sandbox, ensure_image
from training.workspace import DirectoryWorkspace

TREE = {
    "app/settings.toml": FileContent(data=b"port = 1\n"),
    "app/ü.txt": FileContent(data="ä\n".encode()),
    "README.md": FileContent(data=b""),
    "run": FileContent(data=b"#!/bin/sh\n", mode=0o755),
}


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Sandbox, DirectoryWorkspace]]:
    image = ensure_image("python", build=True)
    with DockerProvider("training-workspace") as provider, DirectoryWorkspace(TREE) as workspace:
        sandbox = provider.create(SandboxSpec(image=image))
        sandbox.put_tree("/workspace", TREE, owner="agent")
        yield sandbox, workspace


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call gives or raises; how large a directory itself is, is the file system's business."""
    try:
        found = call()
        if isinstance(found, list):
            return [one.model_copy(update={"size_bytes": 0}) if one.kind == "dir" else one for one in found]
        return found
    except SandboxFileError as error:
        return f"refused: {error}"


@pytest.mark.docker
@pytest.mark.parametrize(
    "ask",
    [
        lambda place: place.list_files("."),
        lambda place: place.list_files("app"),
        lambda place: place.list_files("nowhere"),
        lambda place: place.read_file("app/ü.txt"),
        lambda place: place.read_file("./README.md"),
        lambda place: place.read_file("app/none.toml"),
        lambda place: place.read_file("app"),
        lambda place: place.read_file("run", max_bytes=3),
        lambda place: place.stat("run"),
        lambda place: place.stat("none"),
        lambda place: (place.write_file("new/deep/file", b"x"), place.read_file("new/deep/file")),
        lambda place: (place.write_file("run", b"y"), place.stat("run")),
        lambda place: place.write_file("app", b"z"),
    ],
)
def test_the_same_as_in_a_container(ask: Callable[[Any], Any], both: tuple[Sandbox, DirectoryWorkspace]) -> None:
    sandbox, workspace = both
    assert outcome(lambda: ask(workspace)) == outcome(lambda: ask(sandbox))


def test_nothing_outside_and_no_command() -> None:
    with DirectoryWorkspace(TREE) as workspace:
        with pytest.raises(ValueError, match="outside the workspace"):
            workspace.read_file("../etc/passwd")
        with pytest.raises(NotImplementedError, match="no command can be run"):
            workspace.run("true", timeout_s=1)
