"""What is sent, and what was planted in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentbench.sim.details import PlantedDetail


@dataclass(frozen=True, slots=True)
class Call:
    """One structured call as it is sent."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault in one reply."""

    fault: str
    """The setting's name, as in ``stray_quote``."""
    scored_as: str
    """What scoring must find at this reply; ``""`` where it must find nothing (a mistake that is put right)."""
    detail_id: str | None = None
    """The detail that is wrong by it, if it is about one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as it is sent, and what was planted in it."""

    content: str | None
    calls: list[Call] = field(default_factory=list)
    finish_reason: str = "tool_calls"
    reasoning: str | None = None
    valid_calls: int = 0
    """Calls that nothing is wrong with but, perhaps, what they say."""
    faults: list[Planted] = field(default_factory=list)
    details: list[PlantedDetail] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """What scoring must count in this reply by class; details are counted by themselves."""
        found = [fault.scored_as for fault in self.faults if fault.scored_as and fault.detail_id is None]
        return ["valid"] * self.valid_calls + found
