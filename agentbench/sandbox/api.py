"""The engine calls whose types the SDK's stubs lack, typed once."""

from __future__ import annotations

from typing import Any

from docker import DockerClient
from docker.errors import ImageNotFound


def inspect_image(client: DockerClient, reference: str) -> dict[str, Any] | None:
    """Return the engine's description of an image, None if it has none of that name or id."""
    try:
        found: dict[str, Any] = client.api.inspect_image(reference)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return None
    return found


def create_container(client: DockerClient, body: dict[str, Any]) -> str:
    """Create a container from the API's own body; return its id. One round trip, nothing inspected."""
    created: dict[str, Any] = client.api.create_container_from_config(body)  # type: ignore[no-untyped-call]
    return str(created["Id"])


def events_before(client: DockerClient, container_id: str, since_s: float, until_s: float) -> list[dict[str, Any]]:
    """Return a container's recorded events between two Unix times; the engine keeps the last few hundred of all."""
    api: Any = client.api  # the API takes fractions of a second as text, the stubs do not
    filters = {"container": container_id, "event": ["oom", "die", "kill"]}
    return list(api.events(since=f"{since_s:.0f}", until=f"{until_s:.9f}", filters=filters, decode=True))
