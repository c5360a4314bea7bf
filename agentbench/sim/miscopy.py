"""Well-formed calls that say something wrong: miscopied passages and paths, and edits that are put right afterwards.

The classes of the tool-call table do not see these. A miscopied passage is a copy error; a mistake that the model
corrects itself must leave no trace in the details.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any

from agentbench.records import RenderedTask
from agentbench.sim.atoms import atoms, doubled, others_like, replaced, slipped
from agentbench.sim.edits import edits_between
from agentbench.sim.solution import Step

COPY_FAULTS = ("doubled_letter", "other_atom")
_LOOKED_FOR = 40


def miscopy(fault: str, step: Step, rendered: RenderedTask, stream: random.Random) -> Step | None:
    """Return a call whose must-copy slot (``edit_file.old``, or the path that is read) is not what stands there.

    None where the call has no such slot, or no place for the fault. Nothing is changed by the call: what it names does
    not exist.
    """
    if step.tool == "edit_file" and step.file is not None:
        before = _text(rendered, step.file)
        edits = step.arguments["edits"]
        order = list(range(len(edits)))
        stream.shuffle(order)
        for index in order:
            old = edits[index]["old"]
            wrong = _wrong(fault, old, [before, *_told(rendered)], lambda text: text in before, stream)
            if wrong is not None:
                changed = [*edits[:index], {**edits[index], "old": wrong}, *edits[index + 1 :]]
                return _with(step, {"edits": changed})
    if step.tool == "read_file":
        path = step.arguments["path"]
        wrong = _wrong(fault, path, rendered.workspace, lambda text: text in rendered.workspace, stream)
        if wrong is not None:
            return _with(step, {"path": wrong})
    return None


def corrected(step: Step, rendered: RenderedTask, after: str, stream: random.Random) -> tuple[Step, Step] | None:
    """Return an edit with one wrong atom among what it writes, and the edit that puts it right.

    Args:
        step: The right call; it must be an ``edit_file``.
        rendered: The task.
        after: What the file is once the right call was made.
        stream: For the choice.

    Returns:
        The wrong call and its repair; None where the edit writes no new atom.

    """
    if step.tool != "edit_file" or step.file is None:
        return None
    before = _text(rendered, step.file)
    for _ in range(_LOOKED_FOR):
        wrong = _with_new_atom_wrong(before, after, stream)
        if wrong is None:
            return None
        first, repair = edits_between(before, wrong), edits_between(wrong, after)
        if first and repair:
            fixing = Step(step.tool, {"path": step.file, "edits": repair}, "That was not right; once more.", step.file)
            return _with(step, {"edits": first}), fixing
    return None


def _wrong(
    fault: str, text: str, context: Iterable[str], stands: Callable[[str], bool], stream: random.Random
) -> str | None:
    """Return a text with one atom wrong, so that it does not stand where it must."""
    words = [match for match in atoms(text) if not match[0].isdigit()]
    numbers = [match for match in atoms(text) if match[0].isdigit()]  # what models confuse, so they come first
    kinds = [words] if fault == "doubled_letter" else [numbers, words]
    for places in kinds:
        stream.shuffle(places)
        for match in places:
            ways = [doubled(match[0], stream)] if fault == "doubled_letter" else others_like(match[0], context)
            stream.shuffle(ways)
            for way in ways[:_LOOKED_FOR]:
                wrong = None if way is None else replaced(text, match, way)
                if wrong is not None and not stands(wrong):
                    return wrong
    return None


def _with_new_atom_wrong(before: str, after: str, stream: random.Random) -> str | None:
    """Return the finished text with a slip in one atom that the edit brings in."""
    known = {match[0] for match in atoms(before)}
    spans = _new_spans(before, after)
    fresh = [
        match
        for match in atoms(after)
        if match[0] not in known and any(start <= match.start() < end for start, end in spans)
    ]
    if not fresh:
        return None
    match = stream.choice(fresh)
    slip = slipped(match[0], stream)
    return None if slip is None else replaced(after, match, slip)


def _new_spans(before: str, after: str) -> list[tuple[int, int]]:
    """Return the stretches of the finished text whose lines are new."""
    lines = after.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    matcher = difflib.SequenceMatcher(None, before.splitlines(keepends=True), lines, autojunk=False)
    return [(starts[code[3]], starts[code[4]]) for code in matcher.get_opcodes() if code[0] != "equal"]


def _told(rendered: RenderedTask) -> list[str]:
    return [rendered.instruction, *(fact.text for fact in rendered.facts)]


def _text(rendered: RenderedTask, path: str) -> str:
    return rendered.workspace[path].data.decode()


def _with(step: Step, changed: Mapping[str, Any]) -> Step:
    return Step(step.tool, {**step.arguments, **changed}, step.says, step.file)
