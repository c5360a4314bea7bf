"""The behaviours that any Sandbox must show, as a list that tests and ``agentbench doctor`` both run.

Each behaviour is a function that takes a :class:`Bench` and raises ``AssertionError`` with what it saw. They share one
sandbox as far as they leave it usable, since staying usable after what a hostile command does is part of the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agentbench.errors import AgentbenchError
from agentbench.records import SandboxSpec
from agentbench.sandbox.protocol import Sandbox

MEMORY_MB = 192
PIDS = 64
WORKSPACE_MB = 24
TMP_MB = 16


class Provider(Protocol):
    """What the checks need of a provider."""

    def create(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox."""


@dataclass(frozen=True)
class CheckResult:
    """Whether one behaviour was shown, and what was seen if not."""

    name: str
    ok: bool
    detail: str = ""


class Bench:
    """Gives each behaviour a usable sandbox: the shared one, or a fresh one."""

    def __init__(self, provider: Provider, image: str) -> None:
        self._provider = provider
        self.spec = SandboxSpec(
            image=image,
            memory_mb=MEMORY_MB,
            pids=PIDS,
            workspace_mb=WORKSPACE_MB,
            workspace_inodes=4096,
            tmp_mb=TMP_MB,
            case_id="self-check",
            env={"FROM_SPEC": "spec value"},
        )
        self._shared: Sandbox | None = None

    @property
    def sandbox(self) -> Sandbox:
        """The shared sandbox."""
        if self._shared is None or self._shared.closed:
            self._shared = self.fresh()
        return self._shared

    def fresh(self) -> Sandbox:
        """Return a new sandbox; the caller closes it."""
        return self._provider.create(self.spec)

    def out(self, command: str, timeout_s: float = 20) -> str:
        """Return a command's standard output; it must succeed."""
        result = self.sandbox.run(command, timeout_s=timeout_s)
        assert result.exit_code == 0, f"{command!r} gave {result!r}"
        return result.stdout

    def close(self) -> None:
        """Close the shared sandbox."""
        if self._shared is not None:
            self._shared.close()


Behaviour = Callable[[Bench], None]
BEHAVIOURS: dict[str, Behaviour] = {}
"""By name, in the order they run; filled by the modules imported below."""


def behaviour(name: str) -> Callable[[Behaviour], Behaviour]:
    """Register a behaviour under a name that says what must hold."""

    def register(function: Behaviour) -> Behaviour:
        assert name not in BEHAVIOURS, name
        BEHAVIOURS[name] = function
        return function

    return register


def behaviours() -> dict[str, Behaviour]:
    """Return all behaviours by name."""
    from agentbench.sandbox import behaviours_commands, behaviours_files, behaviours_hostile

    assert behaviours_commands and behaviours_files and behaviours_hostile
    return BEHAVIOURS


def check_one(name: str, bench: Bench) -> CheckResult:
    """Run one behaviour."""
    try:
        behaviours()[name](bench)
    except AssertionError as error:
        return CheckResult(name, False, str(error))
    except AgentbenchError as error:
        return CheckResult(name, False, f"{type(error).__name__}: {error}")
    return CheckResult(name, True)


def self_check(provider: Provider, image: str) -> list[CheckResult]:
    """Run every behaviour on an image; takes about half a minute.

    Raises:
        SandboxError: Not even the first sandbox could be made.
    """
    bench = Bench(provider, image)
    assert bench.sandbox
    try:
        return [check_one(name, bench) for name in behaviours()]
    finally:
        bench.close()
