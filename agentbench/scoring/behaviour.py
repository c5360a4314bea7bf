"""What an agent did beside its task: calls after submit, files outside the task, edits undone. Reported, not gated."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agentbench.probing import states
from agentbench.records import CopySlotKind, Episode, OtherFinding
from agentbench.scoring.replies import Reply, clip
from agentbench.scoring.written import file_of, plain_path

SUBMIT = "submit"
_BY_PRODUCTS = re.compile(
    r"(?:^|/)(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|node_modules|\.git)(?:/|$)|\.(?:pyc|pyo|o|d|class)$"
)
_MOST_FINDINGS = 20


@dataclass
class BehaviourScores:
    """Counts and findings over an episode."""

    calls_after_submit: int = 0
    undone_edits: int = 0
    outside_files: int | None = None
    findings: list[OtherFinding] = field(default_factory=list)

    def add(self, kind: str, reply: Reply | None, text: str, explanation: str) -> None:
        """Keep a finding, up to a number of each kind."""
        if sum(one.kind == kind for one in self.findings) < _MOST_FINDINGS:
            self.findings.append(
                OtherFinding.model_validate(
                    {
                        "kind": kind,
                        "step_id": reply.step_id if reply else 0,
                        "text": clip(text),
                        "explanation": clip(explanation),
                        "prompt_tokens": reply.prompt_tokens if reply else None,
                    }
                )
            )


def score_behaviour(episode: Episode, replies: Sequence[Reply]) -> BehaviourScores:
    """Return what an agent did that its task did not need."""
    scores = BehaviourScores()
    _after_submit(replies, scores)
    _undone(replies, scores)
    _outside(episode, scores)
    return scores


def _after_submit(replies: Sequence[Reply], scores: BehaviourScores) -> None:
    for reply in replies:
        names = [call.name or "" for call in reply.calls]
        behind = names[names.index(SUBMIT) + 1 :] if SUBMIT in names else []
        if behind:
            scores.calls_after_submit += len(behind)
            scores.add("call_after_submit", reply, ", ".join(behind), "called behind submit in the same reply")


@dataclass(frozen=True)
class _Edit:
    path: str
    old: str
    new: str


def _undone(replies: Sequence[Reply], scores: BehaviourScores) -> None:
    """Count edits whose exact inverse is made later; a whole file that gets an earlier content back is one too."""
    open_edits: dict[_Edit, int] = {}
    contents: dict[str, list[str]] = {}
    for reply in replies:
        for edit in _edits(reply):
            inverse = _Edit(edit.path, edit.new, edit.old)
            if open_edits.get(inverse):
                open_edits[inverse] -= 1
                scores.undone_edits += 1
                scores.add("undone_edit", reply, edit.old, f"{edit.path}: this text gives way to what it replaced")
            else:
                open_edits[edit] = open_edits.get(edit, 0) + 1
        for path, content in _whole_files(reply):
            earlier = contents.setdefault(path, [])
            if content in earlier and earlier[-1] != content:
                scores.undone_edits += 1
                scores.add("undone_edit", reply, content, f"{path}: the file gets an earlier content back")
            earlier.append(content)


def _edits(reply: Reply) -> Iterator[_Edit]:
    """Yield the replacements that were made: those of a call whose passages were all found."""
    failed = {slot.call_index for slot in reply.copy_slots if slot.kind is CopySlotKind.EDIT_OLD and not slot.exists}
    for index, arguments in enumerate(reply.parsed):
        path = file_of(arguments)
        edits = arguments.get("edits") if path is not None else None
        if path is None or index in failed or not isinstance(edits, list):
            continue
        for edit in edits:
            old, new = (edit.get("old"), edit.get("new")) if isinstance(edit, dict) else (None, None)
            if isinstance(old, str) and isinstance(new, str) and old != new:
                yield _Edit(path, old, new)


def _whole_files(reply: Reply) -> Iterator[tuple[str, str]]:
    for arguments in reply.parsed:
        path = file_of(arguments)
        if path is not None and isinstance(arguments.get("content"), str):
            yield path, arguments["content"]


def _outside(episode: Episode, scores: BehaviourScores) -> None:
    """Count changed files that neither the solution nor a detail concerns, and that no user turn names.

    By-products of running things (caches, object files) are nobody's decision and are left out.
    """
    if episode.solution_files is None or episode.evidence is None:
        return
    inside = {*episode.solution_files, *(_normal(one.check.file) for one in episode.details if one.check.file)}
    asked = "\n".join(
        step.message for step in (episode.trajectory.steps if episode.trajectory else ()) if step.source == "user"
    )
    outside = [
        path
        for path in episode.evidence.changed_files
        if path not in inside
        and not _BY_PRODUCTS.search(path)
        and not states(asked, path)
        and not states(asked, posixpath.basename(path))
    ]
    scores.outside_files = len(outside)
    for path in outside:
        scores.add("outside_file", None, path, "changed, though neither the solution nor the task's words touch it")


def _normal(path: str) -> str:
    return posixpath.normpath(plain_path(path))
