r"""Language confusion: text in a script that nothing in the context called for.

A *run* is a longest row of characters that are Han, Kana, Hangul, Cyrillic, full-width forms, CJK punctuation or
U+FFFD. Model-written text is content, reasoning and call arguments (decoded, so that ``\u4f60`` is seen). A run that
stands in the context before the reply is copied, not confused: single runs are forgiven, never whole scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentbench.records import OtherFinding
from agentbench.scoring.replies import Reply, clip
from agentbench.scoring.written import written_texts

MOST_FINDINGS = 50
"""Findings kept per episode; all runs are counted."""

SCRIPTS = {
    "CJK punctuation": "\u3000-\u303f\ufe30-\ufe4f",
    "Han": "\u2e80-\u2fdf\u31c0-\u31ef\u3200-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
    "Kana": "\u3040-\u30ff\u31f0-\u31ff\u3100-\u312f",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff",
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "full-width forms": "\uff00-\uffef",
    "U+FFFD": "\ufffd",
}
_RUN = re.compile(f"[{''.join(SCRIPTS.values())}]+")
_SCRIPT = {name: re.compile(f"[{ranges}]") for name, ranges in SCRIPTS.items()}


@dataclass
class LanguageScores:
    """Counts and findings over an episode."""

    chars: int = 0
    """Characters that the model wrote."""
    runs: int = 0
    replies: int = 0
    """Replies with at least one run."""
    findings: list[OtherFinding] = field(default_factory=list)


def score_language(replies: Sequence[Reply]) -> LanguageScores:
    """Return the runs of unexpected scripts in what the model wrote."""
    scores = LanguageScores()
    context = _ContextRuns()
    for reply in replies:
        context.add(reply.before)
        before = scores.runs
        for channel, text in written_texts(reply):
            scores.chars += len(text)
            if text.isascii():
                continue
            for match in _RUN.finditer(text):
                run = match[0]
                if run in context:
                    continue
                scores.runs += 1
                if len(scores.findings) < MOST_FINDINGS:
                    scores.findings.append(_finding(reply, channel, text, match))
        scores.replies += scores.runs > before
    return scores


class _ContextRuns:
    """The runs that the context holds. Only they are kept, since a run can occur nowhere else."""

    def __init__(self) -> None:
        self._text = "\n"
        self._known: dict[str, bool] = {}

    def add(self, texts: Sequence[str]) -> None:
        fresh = [match[0] for text in texts if not text.isascii() for match in _RUN.finditer(text)]
        if fresh:
            self._text += "\n".join(dict.fromkeys(fresh)) + "\n"
            self._known = {run: True for run, there in self._known.items() if there}

    def __contains__(self, run: str) -> bool:
        if run not in self._known:
            self._known[run] = run in self._text
        return self._known[run]


def _finding(reply: Reply, channel: str, text: str, match: re.Match[str]) -> OtherFinding:
    scripts = [name for name, pattern in _SCRIPT.items() if pattern.search(match[0])]
    around = text[max(0, match.start() - 40) : match.end() + 40]
    return OtherFinding(
        kind="language_confusion",
        step_id=reply.step_id,
        text=clip(match[0]),
        explanation=clip(f"{', '.join(scripts)} in {channel}: {' '.join(around.split())}"),
        prompt_tokens=reply.prompt_tokens,
    )
