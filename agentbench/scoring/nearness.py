"""When a written word is a slip of another one, by the shape of the change alone.

Slips of a copying model double, drop, swap or replace something inside a word. People who coin a new name add endings
and beginnings (``item``, ``items``, ``async_item``) or take another word. So a change counts only where it lies inside
the word, or doubles something; and the more of it there is, the longer the word must be.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA, Postfix, Prefix

_DOUBLED = re.compile(r"(?=..?[A-Za-z])([^./-]{2,}?)\1")
"""Not over dots and slashes: ``code.code`` is how modules are named."""
_SEPARATORS = re.compile(r"[_./-]")
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


def is_reshaped(atom: str, written: str) -> bool:
    """Return whether ``written`` is an atom whose pieces were moved about, or that lost or gained one piece inside.

    Only for atoms that hold a word nobody has seen: moving, adding or leaving out whole words is how names are made.
    """
    if len(atom) < 8 or len(written) < 6 or atom.startswith("__") or written.startswith("__"):
        return False  # names of a language's own protocols are much alike
    if _bare(atom) == _bare(written):
        return True
    if len(atom) == len(written):
        return sorted(atom) == sorted(written)
    shorter, longer = sorted((atom, written), key=len)
    if len(longer) - len(shorter) > 0.4 * len(longer):
        return False
    prefix = Prefix.similarity(shorter, longer)
    if prefix + Postfix.similarity(shorter, longer) < len(shorter):
        return False
    return _inside_word(shorter, prefix)


def _inside_word(text: str, at: int) -> bool:
    """Return whether a place lies within a word, where no piece begins or ends when names are made."""
    if not 0 < at < len(text) or not (text[at - 1].isalnum() and text[at].isalnum()):
        return False
    return not (text[at - 1].islower() and text[at].isupper())


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text)


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
