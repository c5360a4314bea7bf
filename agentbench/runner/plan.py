"""From tasks and settings to cells, cases and locks. Pure and cheap: nothing is rendered, nothing is booted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from agentbench import __version__
from agentbench.agent import system_prompt, tool_schemas
from agentbench.errors import ContextPlanError
from agentbench.records import (
    Case,
    Cell,
    HardLock,
    Lock,
    ModelFamily,
    PlannedLooks,
    PlannedRun,
    QuantProfile,
    ServerInfo,
    SoftLock,
    TaskSpec,
    digest,
    size_name,
    takes,
)
from agentbench.runner.settings import RunSettings
from agentbench.taskset import CONTEXT_PLAN_VERSION, plan_of

ROOM_FOR_RESULTS_TOKENS = 1024
"""What must fit behind a context beside one reply of the largest allowed length."""


def check_room(family: ModelFamily, contexts: Sequence[int]) -> None:
    """Assert that a reply and its tool results still fit behind every context.

    Raises:
        ContextPlanError: names the context size, the window and what would be left.
    """
    for size in contexts:
        left = family.context_window - size
        needed = family.limits.max_output_tokens + ROOM_FOR_RESULTS_TOKENS
        if left < needed:
            raise ContextPlanError(
                f"--quant-context {size_name(size)}: leaves {left} of the {family.context_window} tokens of family "
                f"'{family.name}', and a reply with its results needs {needed}; choose a smaller context"
            )


def in_suite(task: TaskSpec, settings: RunSettings) -> bool:
    """Tell whether the suite takes a task; foreign tasks are always taken when they were collected."""
    return not task.native or takes(settings.task_globs, task.id)


def cases_of(task: TaskSpec, settings: RunSettings) -> list[Case]:
    """Return a task's cases in run order: trials of one cell back to back, so that they share a cached prefix.

    A foreign task has no variables and takes no scripted context: one cell of size 0, ``plain``.
    """
    variants = range(settings.variants) if task.variables else range(1)
    contexts = settings.contexts if task.native else [0]
    cells = [
        Cell(
            task_id=task.id,
            cluster=task.cluster,
            variant=variant,
            context_tokens=size,
            context_plan=plan_of(settings.plans, variant=variant, cluster=task.cluster),
        )
        for size in contexts
        for variant in variants
    ]
    return [Case(cell=cell, trial=trial) for cell in cells for trial in range(settings.trials)]


def cells_of(cases: Iterable[Case]) -> list[Cell]:
    """Return the distinct cells in first-seen order."""
    return list({case.cell.id: case.cell for case in cases}.values())


def planned_run(
    settings: RunSettings, quant: str, cases: Sequence[Case], *, subset: bool, looks: PlannedLooks | None = None
) -> PlannedRun:
    """Describe what the run sets out to do; ``looks`` if it is a sequential one."""
    return PlannedRun(
        family=settings.family.name,
        family_source=settings.family.source,
        quant=quant,
        suite=settings.suite,
        contexts=settings.contexts,
        variants=settings.variants,
        trials=settings.trials if looks is None else 1 + max(case.trial for case in cases),
        seed=settings.seed,
        alpha=settings.alpha,
        cases=[case.id for case in cases],
        cells=cells_of(cases),
        subset=subset,
        looks=looks,
    )


def hard_lock(settings: RunSettings, tasks: Iterable[TaskSpec]) -> HardLock:
    """Return what must be equal for two runs to be compared; token ids are checked cell by cell as they start."""
    family = settings.family
    return HardLock(
        family=family.name,
        tasks={task.id: task.digest for task in sorted(tasks, key=lambda task: task.id)},
        tools=digest(tool_schemas(family.tools)),
        prompts=digest(
            {
                "system": system_prompt(family.tools),
                "context_plan": CONTEXT_PLAN_VERSION,
                "plans": [plan.value for plan in settings.plans],
            }
        ),
        template=template_digest(family),
        sampling=family.sampling,
        limits=family.limits,
        seed=settings.seed,
    )


def template_digest(family: ModelFamily) -> str:
    """Return the digest of the pinned chat template, or of the checkpoint that it is taken from."""
    if not family.chat_template.startswith("from:"):
        return digest(Path(family.chat_template).read_bytes())
    profile = family.quants[family.reference]
    return digest({"template_of": profile.checkpoint, "revision": profile.revision})


def soft_lock(
    settings: RunSettings,
    profile: QuantProfile,
    server: ServerInfo | None,
    image_ids: Mapping[str, str] = MappingProxyType({}),
) -> SoftLock:
    """Return what is compared and shown. Kernels and version are known only once the server is up."""
    provenance = server.provenance if server else None
    args = {**profile.engine.args, **settings.engine_args}
    return SoftLock(
        served={"checkpoint": profile.checkpoint, "revision": profile.revision, "endpoint": settings.endpoint},
        engine=f"{server.kind} {server.version or 'unknown version'}" if server else None,
        engine_args=args,
        gpus=server.gpus if server else [],
        concurrency=settings.concurrency or profile.concurrency,
        kernels={kernel.layer: kernel.name for kernel in provenance.ran} if provenance else {},
        kv_cache_dtype=str(args.get("kv-cache-dtype", "auto")),
        sandbox={"allow_network": settings.allow_network},
        images={tag.partition(":")[0].removeprefix("agentbench/"): tag for tag in sorted(image_ids)},
        image_ids=dict(sorted(image_ids.items())),
        agentbench_version=__version__,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def lock_of(
    settings: RunSettings,
    profile: QuantProfile,
    tasks: Iterable[TaskSpec],
    server: ServerInfo | None = None,
    image_ids: Mapping[str, str] = MappingProxyType({}),
) -> Lock:
    """Return both locks of a run; what its server is and its images are comes to be known as it starts."""
    return Lock(hard=hard_lock(settings, tasks), soft=soft_lock(settings, profile, server, image_ids))
