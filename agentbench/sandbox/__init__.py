"""Sandboxes: containers that a hostile command can neither leave, outlive, fill without bound nor make dumb.

Importing this package does not import the Docker SDK; its names are loaded at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentbench.sandbox.behaviours import CheckResult, self_check
    from agentbench.sandbox.docker_sandbox import DockerSandbox
    from agentbench.sandbox.engine import ensure_engine, start_engine
    from agentbench.sandbox.images import (
        build_images,
        built_images,
        ensure_image,
        image_for,
        image_names,
        image_status,
        image_tag,
        images_for,
        missing_images,
        remove_images,
    )
    from agentbench.sandbox.protocol import Sandbox, UserName
    from agentbench.sandbox.provider import DockerProvider

_HOMES = {
    "CheckResult": "behaviours",
    "DockerProvider": "provider",
    "DockerSandbox": "docker_sandbox",
    "Sandbox": "protocol",
    "UserName": "protocol",
    "build_images": "images",
    "built_images": "images",
    "ensure_engine": "engine",
    "ensure_image": "images",
    "image_for": "images",
    "image_names": "images",
    "image_status": "images",
    "image_tag": "images",
    "images_for": "images",
    "missing_images": "images",
    "remove_images": "images",
    "self_check": "behaviours",
    "start_engine": "engine",
}

__all__ = [
    "CheckResult",
    "DockerProvider",
    "DockerSandbox",
    "Sandbox",
    "UserName",
    "build_images",
    "built_images",
    "ensure_engine",
    "ensure_image",
    "image_for",
    "image_names",
    "image_status",
    "image_tag",
    "images_for",
    "missing_images",
    "remove_images",
    "self_check",
    "start_engine",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
