"""What studies find: plain counts, each one JSON line, from which every promise and table is computed."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from agentbench.records import Metric
from agentbench.selfcheck.counting import Counts
from agentbench.selfcheck.pool import PoolWorld
from agentbench.selfcheck.worlds import Effect, Shape, World


@dataclass(frozen=True)
class Facts:
    """What a reader needs to know of a world."""

    key: str
    clusters: int
    k_ref: int
    cells: int | None = None
    """Per cluster; none for stored episodes, whose clusters differ."""
    difficulty: float | str | None = None
    icc_task: float | None = None
    icc_episode: float | None = None

    @property
    def episodes(self) -> int | None:
        """Of the quant, with one trial per cell."""
        return self.clusters * self.cells if self.cells is not None else None


def facts_of(world: World | PoolWorld) -> Facts:
    """Return a world's facts."""
    if isinstance(world, PoolWorld):
        return Facts(world.key, world.clusters, world.k_ref)
    return Facts(
        world.key, world.clusters, world.k_ref, world.cells, world.difficulty, world.icc_task, world.icc_episode
    )


@dataclass(frozen=True)
class GridResult:
    """One world under one effect."""

    world: Facts
    effect: Effect
    counts: Counts

    @property
    def nights(self) -> int:
        """Nights judged."""
        return int(self.counts["nights"])


@dataclass(frozen=True)
class ReferenceResult:
    """False alarms against each of many references."""

    world: Facts
    nights: int
    """Against each."""
    alarms: list[int]


@dataclass(frozen=True)
class PowerResult:
    """How often a loss of the pass rate was found at several sizes."""

    world: Facts
    """Its number of clusters means nothing here."""
    shape: Shape
    loss: float
    nights: int
    clusters: list[int]
    found: list[int]


@dataclass(frozen=True)
class PracticeResult:
    """How often a fixed threshold objected, and the paired test on the same answers."""

    name: str
    source: str
    questions: int
    runs: int
    losses: list[float]
    practice: list[int]
    paired: list[int]

    @property
    def nights(self) -> int:
        """Runs, as other studies call them."""
        return self.runs


@dataclass(frozen=True)
class SequenceResult:
    """How sequential nights ended under one effect."""

    world: Facts
    effect: Effect
    planned: list[int]
    """Episodes of the fixed design, per night."""
    taken: list[int]
    verdicts: dict[str, int]
    fixed: dict[str, int]
    """The same nights judged in one look after all planned episodes."""

    @property
    def nights(self) -> int:
        """Nights judged."""
        return len(self.planned)

    @property
    def shares(self) -> list[float]:
        """Episodes taken, of those planned, per night; rising."""
        return sorted(taken / planned for taken, planned in zip(self.taken, self.planned, strict=True))


Result = SequenceResult | GridResult | ReferenceResult | PowerResult | PracticeResult
_STUDIES: dict[str, type[Result]] = {
    "grid": GridResult,
    "references": ReferenceResult,
    "power": PowerResult,
    "practice": PracticeResult,
    "sequential": SequenceResult,
}


def key_of(result: Result) -> str:
    """Return what the result is about: a later one with the same key replaces it."""
    study = study_of(result)
    if isinstance(result, GridResult | SequenceResult):
        return f"{study}: {result.world.key} | {result.effect.key}"
    if isinstance(result, PracticeResult):
        return f"{study}: {result.name}"
    return f"{study}: {result.world.key}" + (f" | {result.shape}" if isinstance(result, PowerResult) else "")


def study_of(result: Result) -> str:
    """Return the name of the study that it comes from."""
    return next(name for name, kind in _STUDIES.items() if isinstance(result, kind))


def to_json(result: Result) -> dict[str, Any]:
    """Return the result as JSON data, without NaN, in a stable order."""
    data = asdict(result)
    if isinstance(result, GridResult | SequenceResult):
        data["effect"]["losses"] = {metric.value: loss for metric, loss in result.effect.losses}
    if isinstance(result, GridResult):
        data["counts"] = {name: round(count, 9) for name, count in sorted(result.counts.items())}
    return {"study": study_of(result), **data}


def from_json(data: dict[str, Any]) -> Result:
    """Read what ``to_json`` wrote."""
    fields = {name: value for name, value in data.items() if name != "study"}
    if "world" in fields:
        fields["world"] = Facts(**fields["world"])
    if "shape" in fields:
        fields["shape"] = Shape(fields["shape"])
    if "effect" in fields:
        effect = dict(fields["effect"])
        losses = tuple((Metric(name), loss) for name, loss in effect.pop("losses").items())
        fields["effect"] = Effect(losses=losses, **{**effect, "shape": Shape(effect["shape"])})
    if "counts" in fields:
        fields["counts"] = Counter(fields["counts"])
    return _STUDIES[data["study"]](**fields)
