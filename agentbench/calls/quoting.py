"""Which parts of a text only show something: fenced blocks, code in backticks, quoted words, quoted lines.

A reply may speak about call syntax (a bug report, an explanation, code that parses it) without making a call. What
stands in quotes is shown, not made. A fence or a backtick that is never closed quotes nothing: a reply that ends inside
one cannot be told from a stray mark.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]{0,3}(?P<mark>`{3,}|~{3,})(?P<language>[^\n`]*)\n(?P<body>.*?)^[ \t]{0,3}(?P=mark)[ \t]*$",
                    re.MULTILINE | re.DOTALL)  # fmt: skip
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)[^`\n]{1,500}?(?<!`)\1(?!`)")
_LINE = re.compile(r"^[ \t]*>[ \t].*$", re.MULTILINE)
_CLOSING = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“"}
_QUOTED_CHARS = 300


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    start: int
    end: int
    language: str
    body: str


class Quoting:
    """The quoted parts of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.fences = [
            Fence(found.start(), found.end(), found["language"].strip().lower(), found["body"])
            for found in (_FENCE.finditer(text) if "```" in text or "~~~" in text else ())
        ]
        spans = [(fence.start, fence.end) for fence in self.fences]
        if "`" in text:
            spans += [found.span() for found in _INLINE.finditer(text)]
        if ">" in text:
            spans += [found.span() for found in _LINE.finditer(text)]
        self._spans = sorted(spans)
        self._starts = [start for start, _ in self._spans]

    def holds(self, start: int, end: int) -> bool:
        """Return whether what stands at ``start`` to ``end`` is quoted."""
        at = bisect_right(self._starts, start) - 1
        # spans may overlap (code inside a fence): the few before are looked at too
        if any(span_end > start for _, span_end in self._spans[max(at - 3, 0) : at + 1]):
            return True
        closing = _CLOSING.get(self._text[start - 1]) if start else None
        if closing is None:
            return False
        line_end = self._text.find("\n", start)
        limit = min(end + _QUOTED_CHARS, len(self._text) if line_end < 0 else line_end)
        return closing in self._text[end:limit]
