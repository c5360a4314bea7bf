"""When a written word is a slip of another one, by the shape of the change alone.

Slips of a copying model double, drop, swap or replace something inside a word. People who coin a new name add endings
and beginnings (``item``, ``items``, ``async_item``) or take another word. So a change counts only where it lies inside
the word, or doubles something; and the more of it there is, the longer the word must be.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

_DOUBLED = re.compile(r"(..+?)\1")
_SPELLINGS = ({"s", "z"}, {"-", "_"})
"""Pairs that differ by convention, not by accident: ``normalise``, ``normalize``."""


def most_edits(length: int) -> int:
    """Return how many edits a slip of a word of this length may have."""
    return 1 if length < 6 else max(1, int(0.34 * length))


def is_slip(word: str, written: str) -> bool:
    """Return whether ``written`` is a slip of ``word``; both in lower case and different."""
    if word.startswith(written) or word.endswith(written):
        return False
    if _is_doubling(word, written):
        return len(word) > 2
    if written.startswith(word) or written.endswith(word):
        return False
    longer = max(len(word), len(written))
    distance = OSA.distance(word, written, score_cutoff=most_edits(longer))
    if distance > most_edits(longer):
        return False
    if sorted(word) == sorted(written):
        return len(word) > 3
    if len(word) < 5 or len(written) < 4:
        return False
    ends = 1 if distance == 1 else 2
    if word[:ends] != written[:ends] or word[-ends:] != written[-ends:]:
        return False
    return not _is_spelling(word, written)


def undoubled(text: str) -> list[str]:
    """Return what a text reads with one of its immediate repetitions (of two characters or more) taken out."""
    found = []
    for start in range(len(text) - 3):
        match = _DOUBLED.match(text, start)
        if match is not None:
            found.append(text[:start] + text[start + len(match[1]) :])
    return list(dict.fromkeys(found))


def is_number_slip(number: str, written: str) -> bool:
    """Return whether digits are a slip of others: one changed, lost, doubled or two swapped, of three or more."""
    if min(len(number), len(written)) < 3 or number == written:
        return False
    return bool(OSA.distance(number, written, score_cutoff=1) <= 1)


def _is_doubling(word: str, written: str) -> bool:
    """Return whether one letter stands once more, right beside itself."""
    if len(written) != len(word) + 1:
        return False
    at = next((index for index, letter in enumerate(word) if written[index] != letter), len(word))
    return at > 0 and written[at] == written[at - 1] and written[at + 1 :] == word[at:]


def _is_spelling(word: str, written: str) -> bool:
    if len(word) != len(written):
        return False
    apart = [{one, other} for one, other in zip(word, written, strict=True) if one != other]
    return len(apart) == 1 and apart[0] in _SPELLINGS
