"""What a run would do, without doing it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from agentbench.records import Case, PlannedLooks, QuantProfile
from agentbench.runner.plan import cells_of
from agentbench.runner.sequence import looks_line
from agentbench.runner.settings import RunSettings
from agentbench.serving import engine_command, engine_notes


def dry_run_lines(
    settings: RunSettings, profile: QuantProfile, cases: Sequence[Case], looks: PlannedLooks | None = None
) -> list[str]:
    """Return the exact engine command, every case, and the plan's size; of a sequential run its looks, too."""
    lines = [f"{settings.family.name} {profile.name}:"]
    if endpoint := settings.endpoint or (profile.engine.url if profile.engine.kind == "endpoint" else None):
        lines.append(f"  endpoint: {endpoint} (nothing is booted)")
    else:
        command = engine_command(profile, settings.family, extra_args=settings.engine_args)
        lines.append(f"  engine: {shlex.join(command)}")
        lines += [f"  note: {note}" for note in engine_notes(profile, extra_args=settings.engine_args)]
        lines += [f"  env: {key}={value}" for key, value in sorted(profile.engine.env.items())]
    if looks is not None:
        lines.append(f"  trials auto: {looks_line(looks)}")
    lines += [f"  {case.id}" for case in cases]
    cells = cells_of(cases)
    tokens = sum(case.cell.context_tokens for case in cases)
    lines.append(
        f"  {len(cases)} cases in {len(cells)} cells and {len({cell.cluster for cell in cells})} clusters; "
        f"{tokens:,} tokens of first requests; at most {settings.family.limits.turns} turns each"
    )
    return lines
