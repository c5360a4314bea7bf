"""Repeated text: a reply that goes round in circles.

Two definitions, both per reply, both reported and not gated:

1. *Repeated text* (ours): somewhere in the content or the reasoning the same passage stands at least four times right
   behind itself, over at least 200 characters. That is what a stuck model writes. Rulers (``-----``), blank space and
   tables' frames are passages without a letter or digit and do not count. Files that a call writes are left out: data
   may well repeat itself.
2. ``error_repeating`` of MiniMax-Provider-Verifier: any three characters standing four times or more, anywhere in the
   content. Any page of prose does that; the name is theirs, and it says something only of replies that should be
   short.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentbench.records import OtherFinding
from agentbench.scoring.replies import Reply, clip

TIMES = 4
LEAST_CHARS = 200
"""Over which a passage must repeat."""
_LONGEST_PASSAGE = 400
_CHARACTER = re.compile(r"[^\W_]")


@dataclass
class RepeatScores:
    """Counts and findings over an episode."""

    replies: int = 0
    error_repeating: int = 0
    findings: list[OtherFinding] = field(default_factory=list)


def score_repeats(replies: Sequence[Reply]) -> RepeatScores:
    """Return the replies that repeat themselves."""
    scores = RepeatScores()
    for reply in replies:
        scores.error_repeating += repeats_n_gram(reply.content)
        for channel, text in (("content", reply.content), ("reasoning", reply.reasoning)):
            found = repeated_passage(text)
            if found is None:
                continue
            passage, times = found
            scores.replies += 1
            scores.findings.append(
                OtherFinding(
                    kind="repeated_text",
                    step_id=reply.step_id,
                    text=clip(passage),
                    explanation=f"{len(passage)} characters of {channel} stand {times} times in a row",
                    prompt_tokens=reply.prompt_tokens,
                )
            )
            break
    return scores


def repeats_n_gram(text: str, size: int = 3, times: int = 4) -> bool:
    """Return whether any ``size`` characters stand in a text ``times`` times or more, overlaps included."""
    seen: dict[str, int] = {}
    for start in range(len(text) - size + 1):
        gram = text[start : start + size]
        seen[gram] = count = seen.get(gram, 0) + 1
        if count >= times:
            return True
    return False


def repeated_passage(text: str) -> tuple[str, int] | None:
    """Return the first passage that stands at least four times in a row over 200 characters, and how often it does.

    Linear in the text for each probe: a passage that repeats over L characters holds, at every multiple of a third of
    ``LEAST_CHARS``, a window that returns a period later. Only windows whose next return is near are looked at.
    """
    window, step = 16, LEAST_CHARS // 4
    at = 0
    while at + window <= len(text):
        back = text.find(text[at : at + window], at + 1, at + window + _LONGEST_PASSAGE)
        behind = at + step
        if back > 0:
            period = back - at
            start, end = _extent(text, at, period)
            passage = text[start : start + period]
            if end - start >= max(LEAST_CHARS, TIMES * period) and _CHARACTER.search(passage):
                return passage, (end - start) // period
            behind = max(behind, end - window)
        at = behind
    return None


def _extent(text: str, at: int, period: int) -> tuple[int, int]:
    """Return where the repetition with this period that goes through ``at`` begins and ends."""
    end = at
    while end + period < len(text) and text[end] == text[end + period]:
        end += 1
    start = at
    while start > 0 and text[start - 1] == text[start - 1 + period]:
        start -= 1
    return start, end + period
