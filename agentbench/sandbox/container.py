"""What the engine is told about a container: the walls of each profile, as plain API values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agentbench.records import SandboxProfile, SandboxSpec

AGENT = "1000:1000"
HOME = "/home/agent"
CAPABILITIES = ["SETUID", "SETGID", "KILL", "CHOWN"]
"""What the server needs to start commands as others, to end them and to hand over files; nothing overrides modes."""
ROOT_DIRS = ("/tests", "/solution", "/logs")
"""Small writable places for graders, root's own (0700) until ``put_tree`` hands one over."""
CARRY = "/carry"
"""Where a grader sees the source's workspace: below a directory that only root may enter."""
ROOT_DIR_MB = 16
SHM_MB = 32
SLACK_MB = 48
"""For the server and the kernel's own accounts of it."""


@dataclass(frozen=True)
class Plan:
    """What one container is to be."""

    spec: SandboxSpec
    command: list[str]
    """Entry point: the server's loader, or a plain wait where the image has no Python."""
    labels: dict[str, str] = field(default_factory=dict)
    keep: bool = False
    source_volume: str | None = None
    """Name of another container's workspace volume, for graders."""


def has_volume(spec: SandboxSpec) -> bool:
    """Whether the workspace is a bounded volume of its own; foreign tasks use their image's directories."""
    return spec.profile is SandboxProfile.STRICT


def config(plan: Plan) -> dict[str, Any]:
    """Return the body of the engine's create call."""
    spec = plan.spec
    return {
        "Image": spec.image,
        "Entrypoint": plan.command,
        "Cmd": [],
        "User": "0:0",
        "WorkingDir": "/",
        "Env": [f"{name}={value}" for name, value in spec.env.items()],
        "OpenStdin": True,
        "StdinOnce": not plan.keep,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": plan.labels,
        "HostConfig": _shared_walls(plan) | (_strict_walls(plan) if has_volume(spec) else {}),
    }


def _shared_walls(plan: Plan) -> dict[str, Any]:
    spec = plan.spec
    memory = _memory_mb(spec) << 20
    return {
        "AutoRemove": not plan.keep,
        "NetworkMode": "bridge" if spec.network else "none",
        "LogConfig": {"Type": "none"},  # else everything on the channel would land in an unbounded log on the host
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": round(spec.cpus * 1e9),
        "PidsLimit": spec.pids,
        "ShmSize": SHM_MB << 20,
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        "Init": False,  # the server is process 1, which no process in there can end or stop, not even as root
    }


def _strict_walls(plan: Plan) -> dict[str, Any]:
    spec = plan.spec
    tmp = f"rw,exec,nosuid,nodev,size={spec.tmp_mb}m,nr_inodes={spec.workspace_inodes}"
    owner = "uid=1000,gid=1000,mode=755"
    tmpfs = {"/tmp": f"{tmp},mode=1777", HOME: f"{tmp},{owner}"}
    for path in ROOT_DIRS:
        tmpfs[path] = f"rw,exec,nosuid,nodev,size={ROOT_DIR_MB}m,mode=700"
    workspace = f"size={spec.workspace_mb}m,nr_inodes={spec.workspace_inodes},nosuid,nodev,{owner}"
    mounts: list[dict[str, Any]] = [
        {
            "Type": "volume",  # without a name: it goes with its container
            "Target": spec.workdir,
            "VolumeOptions": {
                "NoCopy": True,
                "Labels": plan.labels,
                "DriverConfig": {"Name": "local", "Options": {"type": "tmpfs", "device": "tmpfs", "o": workspace}},
            },
        }
    ]
    if plan.source_volume is not None:
        tmpfs[CARRY] = "rw,noexec,nosuid,nodev,size=1m,mode=700"
        mounts.append(
            {
                "Type": "volume",
                "Source": plan.source_volume,
                "Target": f"{CARRY}/source",
                "ReadOnly": True,
                "VolumeOptions": {"NoCopy": True},
            }
        )
    return {
        "CapDrop": ["ALL"],
        "CapAdd": CAPABILITIES,
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "Tmpfs": tmpfs,
        "Mounts": mounts,
    }


def _memory_mb(spec: SandboxSpec) -> int:
    """Return the limit: what the spec grants to processes, and on top what its tmpfs may hold.

    Their pages count against the same limit; without the addition a full disk would have the kernel kill processes,
    the command server among them.
    """
    if not has_volume(spec):
        return spec.memory_mb + SLACK_MB
    return spec.memory_mb + spec.workspace_mb + 2 * spec.tmp_mb + SHM_MB + SLACK_MB
