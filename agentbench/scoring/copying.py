"""Copy errors in must-copy slots: places where only something that exists makes sense.

The agent noted, when each call ran, whether what was written exists and what stands closest. A slot is an
*opportunity* if what was written exists, or is an error. It is an *error* if what was written does not exist and

1. is close to something that does (a slip of the pen), or
2. stands in the context, word for word: another atom was taken, as 44 for 15, or
3. is a name in a call site or an import: a module that can be read whole has no names to guess at.

A path or a name that the model itself makes at some point of the episode is one yet to be written, not a copy; so is
the name of a Python module or package whose file it makes. A text that does not exist, resembles nothing and stands
nowhere is no failed copy either (a guess). Both are left out of errors and opportunities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from agentbench.probing import whole_word
from agentbench.records import CopyFinding, CopySlot, CopySlotKind, Episode
from agentbench.scoring.replies import Reply, clip
from agentbench.scoring.written import file_of, leaves, plain_path, puts_somewhere, written_texts

LEAST_CHARS = 2
"""A shorter text stands in any context."""


@dataclass
class CopyScores:
    """Errors, opportunities and findings over an episode."""

    opportunities: int = 0
    findings: list[CopyFinding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Slots that were written wrongly."""
        return len(self.findings)


def score_copying(episode: Episode, replies: Sequence[Reply]) -> CopyScores:
    """Return the copy errors of an episode."""
    scores = CopyScores()
    made = _made_files(episode, replies)
    modules = _modules(made)
    texts: list[str] = []
    for reply in replies:
        texts += reply.before
        for slot in reply.copy_slots:
            if slot.exists:
                scores.opportunities += 1
                continue
            if slot.kind is CopySlotKind.PATH and plain_path(slot.written) in made:
                continue
            if slot.kind is CopySlotKind.IDENTIFIER and (slot.written in modules or _defines(replies, slot.written)):
                continue
            explanation = _error(slot, texts)
            if explanation is not None:
                scores.opportunities += 1
                scores.findings.append(_finding(reply, slot, explanation))
        texts += (text for _, text in written_texts(reply))
    return scores


def _made_files(episode: Episode, replies: Sequence[Reply]) -> set[str]:
    """Return the paths that the model wrote as whole files, or that stand in the workspace at the end only."""
    made = {
        path
        for reply in replies
        for arguments in reply.parsed
        if (path := file_of(arguments)) is not None and isinstance(arguments.get("content"), str)
    }
    return made | set(episode.evidence.changed_files if episode.evidence else ())


def _modules(files: Iterable[str]) -> set[str]:
    """Return the names that Python files and the directories around them are imported by."""
    paths = [PurePosixPath(file) for file in files if file.endswith(".py")]
    return {name for path in paths for name in (path.stem, *path.parent.parts)}


def _defines(replies: Sequence[Reply], name: str) -> bool:
    """Return whether the model itself writes a definition of a name somewhere."""
    pattern = re.compile(
        rf"\b(?:def|class)\s+{re.escape(name)}\b|^\s*{re.escape(name)}\s*(?::[^=\n]+)?=[^=]", re.MULTILINE
    )
    texts = (leaf.value for reply in replies for leaf in leaves(reply) if puts_somewhere(leaf))
    return any(isinstance(text, str) and pattern.search(text) is not None for text in texts)


def _error(slot: CopySlot, texts: Sequence[str]) -> str | None:
    """Return why a text that does not exist is a failed copy, or None if it is none."""
    if slot.nearest is not None:
        likeness = "" if slot.similarity is None else f" (likeness {slot.similarity:.2f})"
        return f"written text does not exist; the nearest that does stands beside it{likeness}"
    if slot.kind is CopySlotKind.IDENTIFIER:
        return "the name does not exist where it is taken from, nor anything like it"
    written = slot.written.strip()
    if len(written) >= LEAST_CHARS and any(_stands_in(text, written) for text in texts):
        return "written text does not exist there; it stands elsewhere in the context"
    return None


def _stands_in(text: str, written: str) -> bool:
    return written in text and re.search(whole_word(written), text) is not None


def _finding(reply: Reply, slot: CopySlot, explanation: str) -> CopyFinding:
    return CopyFinding(
        step_id=reply.step_id,
        call_index=slot.call_index,
        kind=slot.kind.value,
        json_path=clip(slot.json_path),
        written=clip(slot.written),
        nearest=None if slot.nearest is None else clip(slot.nearest),
        explanation=explanation,
        prompt_tokens=reply.prompt_tokens,
    )
