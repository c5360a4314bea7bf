"""Removing what dead runners left on an engine: containers and workspace volumes, by their labels."""

from __future__ import annotations

import time
from typing import Any

from docker import DockerClient
from docker.errors import APIError, NotFound

from agentbench.errors import SandboxError
from agentbench.sandbox import owner

_GONE = 404
_BUSY = 409


def reap(client: DockerClient) -> list[str]:
    """Remove containers and volumes of dead owners on this host, and of any owner past their expiry.

    Returns:
        One line per removed thing, with its run and case.

    Raises:
        SandboxError: The engine refused.
    """
    now_s = time.time()
    ours = {"label": [f"{owner.LABEL}=sandbox"]}
    removed = []
    for container in client.api.containers(all=True, filters=ours):
        found = container.get("Labels") or {}
        if owner.is_left_over(found, now_s):
            remove_container(client, container["Id"])
            removed.append(_line("container", container["Id"][:12], found))
    for volume in client.api.volumes(filters=ours)["Volumes"] or []:
        found = volume.get("Labels") or {}
        if owner.is_left_over(found, now_s) and remove_volume(client, volume["Name"]):
            removed.append(_line("volume", volume["Name"][:12], found))
    return removed


def remove_container(client: DockerClient, container_id: str) -> None:
    """Kill and remove a container with its anonymous volumes; one that is going already is fine."""
    try:
        client.api.remove_container(container_id, v=True, force=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != _BUSY:  # its removal is in progress
            raise SandboxError(f"container {container_id[:12]} could not be removed: {error.explanation}") from error


def kill_container(client: DockerClient, container_id: str) -> None:
    """Kill a container that removes itself; one that has ended or is gone already is fine."""
    try:
        client.api.kill(container_id)
    except APIError as error:
        if error.status_code not in (_GONE, _BUSY):
            raise SandboxError(f"container {container_id[:12]} could not be killed: {error.explanation}") from error


def remove_volume(client: DockerClient, name: str) -> bool:
    """Remove a volume; return False if it is still in use."""
    try:
        client.api.remove_volume(name)
    except APIError as error:
        if error.status_code == _GONE:
            return True
        if error.status_code == _BUSY:
            return False
        raise SandboxError(f"volume {name[:12]} could not be removed: {error.explanation}") from error
    return True


def _line(kind: str, name: str, found: dict[str, Any]) -> str:
    return f"{kind} {name} of run {found.get(owner.RUN, '?')}, case {found.get(owner.CASE) or '?'}"
