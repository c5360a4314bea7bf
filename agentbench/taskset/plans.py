"""The context plans: what stands before a task, laid out without filler yet.

Every plan has the same number of passages, and facts stand at the same depths in all of them:

- ``history``: earlier turns of the same job. Scripted ``read_file`` calls on handover files.
- ``documents``: the same files, given in the first user turn. No call is shown, so nothing teaches the call syntax.
- ``distractors``: scripted calls on files of *other* installations of the same thing: near-duplicates of the task's own
  files and notes, with other values.
- ``mixed``: two documents, three calls; filler and near-duplicates by turns.

The number of turns and calls is the same at every size, since a longer history of calls would teach the call syntax.
The files are no longer in the workspace: what was told there can only be remembered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agentbench.probing import whole_word
from agentbench.records import ContextPlanKind, RenderedTask
from agentbench.taskset.depth import SLOTS, fact_slots
from agentbench.taskset.distractors import near_duplicates
from agentbench.taskset.draft import Draft, Wording
from agentbench.taskset.filler import KINDS, clean_units
from agentbench.taskset.filler.scene import Scene
from agentbench.taskset.passages import Passage, Piece
from agentbench.taskset.variables import seeded

FOLDER = "handover"
"""Where scripted files are said to have lain; no workspace may hold this name."""

_ORDER = (
    "Its notes were in no particular order: a note that says that it replaces another one counts, wherever it stood."
)
_GONE = f"The folder {FOLDER}/ has been removed from the workspace; rely on what you read. {_ORDER}"
_OTHERS = (
    "Most of it was about other installations, which have values of their own; only notes that begin with "
    "'This installation' are about the one that you work on."
)
_TASK = " The task follows."


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a plan gives its passages."""

    documents: int
    """So many of the passages, from the first on, stand in the first user turn."""
    near_duplicates: frozenset[int]
    """The passages whose filler is near-duplicates of the task's own material."""
    wording: Wording


_FROM_BEFORE = f"Before the task itself: the engineer before you left {SLOTS} files in {FOLDER}/. "
_LAYOUTS = {
    ContextPlanKind.HISTORY: _Layout(
        0,
        frozenset(),
        Wording(
            opening=f"{_FROM_BEFORE}Read them one by one. Most of it is about other work; some of it you will need.",
            have_read=f"I have read all {SLOTS} files.",
            closing=_GONE + _TASK,
            reasoning="I read the next handover file.",
        ),
    ),
    ContextPlanKind.DOCUMENTS: _Layout(
        SLOTS,
        frozenset(),
        Wording(
            opening=f"Before the task itself: {SLOTS} documents that the engineer before you left. Most of it is about "
            "other work; some of it you will need.",
            have_read=f"I have read all {SLOTS} documents.",
            closing=f"The documents are not in the workspace; rely on what you read. {_ORDER}{_TASK}",
        ),
    ),
    ContextPlanKind.DISTRACTORS: _Layout(
        0,
        frozenset(range(SLOTS)),
        Wording(
            opening=f"{_FROM_BEFORE}They collect what is known about all installations. Read them one by one.",
            have_read=f"I have read all {SLOTS} files.",
            closing=f"{_GONE} {_OTHERS}{_TASK}",
            reasoning="I read the next handover file.",
        ),
    ),
    ContextPlanKind.MIXED: _Layout(
        2,
        frozenset((1, 3)),
        Wording(
            opening=f"Before the task itself: 2 documents, and {SLOTS - 2} more files in {FOLDER}/, left by the "
            "engineer before you. Read those one by one. Some of it you will need.",
            have_read=f"I have read the documents and all {SLOTS - 2} files.",
            closing=f"{_GONE} {_OTHERS}{_TASK}",
            reasoning="I read the next handover file.",
        ),
    ),
}


def draft_context(
    rendered: RenderedTask,
    plan: ContextPlanKind,
    *,
    system_prompt: str,
    seed: int,
    reasoning_field: str | None = None,
) -> Draft:
    """Lay out a context without filler: which passages, and which facts in which of them."""
    task, variant = rendered.task, rendered.variant
    layout = _LAYOUTS[plan]
    values = told_values(rendered)
    stream = seeded("history", seed, task.cluster, variant)
    scene = Scene.make(stream, values)
    forbidden = re.compile("|".join(map(whole_word, values)) or r"(?!)", re.IGNORECASE)
    slots = fact_slots(rendered.facts, variant=variant, cluster=task.cluster)
    marked = bool(layout.near_duplicates)
    passages = []
    for slot, kind in enumerate(stream.sample(KINDS, SLOTS)):
        facts = [fact for fact, where in zip(rendered.facts, slots, strict=True) if where == slot]
        title, file, units = kind.title, kind.file, kind.units
        if slot in layout.near_duplicates:
            title, file, units = "other installations", "installations.md", near_duplicates(rendered, seed)
        pieces = [
            Piece(
                clean_units(
                    units(scene, seeded("filler", seed, task.cluster, variant, slot, index)),
                    lambda unit: forbidden.search(unit) is not None,
                    f"{task.id}[v{variant}]: filler '{title}'",
                )
            )
            for index in range(len(facts) + 1)
        ]
        heading = f"# {scene.project}: {title}\n"
        note = f"{_THIS if marked else _NOTE}"
        passages.append(Passage(f"{FOLDER}/{slot + 1}-{file}", heading, facts, pieces, note))
    return Draft(
        system_prompt=system_prompt,
        instruction=rendered.instruction,
        documents=passages[: layout.documents],
        files=passages[layout.documents :],
        wording=layout.wording,
        reasoning_field=reasoning_field,
    )


_NOTE = "Note: "
_THIS = "This installation: "


def told_values(rendered: RenderedTask) -> list[str]:
    """Return every text that no filler may state: drawn values, details' values and stale values; longest first."""
    values = {*rendered.values.values()}
    for detail in rendered.details:
        values |= {text for text in (detail.value, detail.stale) if text}
    return sorted(values, key=lambda text: (-len(text), text))


def plan_of(plans: Sequence[ContextPlanKind], *, variant: int, cluster: str) -> ContextPlanKind:
    """Return a cell's plan: the same at every size.

    Plans change with every fifth variant, after a whole turn of the depths: every detail stands at every depth in every
    plan. Clusters begin with different ones, so that a run of few variants has them all.
    """
    return plans[(variant // SLOTS + seeded("plan", cluster).randrange(len(plans))) % len(plans)]
