"""Turns two versions of a text into the edits that ``edit_file`` takes."""

from __future__ import annotations

import difflib

Edit = dict[str, str]
_MOST_CONTEXT = 8


def edits_between(before: str, after: str) -> list[Edit] | None:
    """Return edits whose ``old`` passages are unique when they are applied in order, with as few lines as that takes.

    None where no passage of up to eight lines of context is unique, or the file is empty: write it as a whole.
    """
    if not before or before == after:
        return None
    old_lines, new_lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for context in range(_MOST_CONTEXT + 1):
        edits = [
            {
                "old": "".join(old_lines[group[0][1] : group[-1][2]]),
                "new": "".join(new_lines[group[0][3] : group[-1][4]]),
            }
            for group in matcher.get_grouped_opcodes(context)
        ]
        if _apply(before, edits) == after:
            return edits
    return None


def _apply(text: str, edits: list[Edit]) -> str | None:
    for edit in edits:
        if not edit["old"] or text.count(edit["old"]) != 1:
            return None
        text = text.replace(edit["old"], edit["new"])
    return text
