"""What one pytest session asked for, resolved: options over ini over family."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from agentbench.records import ContextPlanKind, Gate, ModelFamily
from agentbench.records.family import EngineArg


@dataclass(frozen=True)
class RunSettings:
    """Everything that the conductor needs besides the profile, the tasks and the cases."""

    family: ModelFamily
    suite: str
    contexts: list[int]
    """Tokens."""
    variants: int
    trials: int
    """Per cell; 1 where they are planned from the reference (``sequential``)."""
    seed: int
    alpha: float
    rootdir: Path
    tasks_root: Path
    """Directory that task ids are relative to."""
    runs_dir: Path
    scorecards_dir: Path
    gate: Gate = Gate.VERDICT
    task_globs: list[str] | None = None
    """The suite's own choice of tasks; none means all collected ones."""
    plans: list[ContextPlanKind] = field(default_factory=lambda: [ContextPlanKind.HISTORY])
    """Context plans, by turns."""
    concurrency: int | None = None
    """Episodes in flight; none means the profile's."""
    endpoint: str | None = None
    engine_args: dict[str, EngineArg] = field(default_factory=dict)
    reference: str | None = None
    """A path, ``last``, or none for the family's."""
    save_reference: str | None = None
    """The quant profile whose run becomes the family's reference."""
    sequential: bool = False
    """Plan the trials from the reference and stop when the verdict stands (``--quant-trials=auto``)."""
    resume: bool = False
    replay: bool = False
    """Reuse graded episodes of the newest run with the same plan and lock (``--lf``)."""
    keep_sandboxes: bool = False
    allow_network: bool = False
