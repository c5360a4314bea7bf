"""Atoms (numbers, identifiers, words) in a text, and how a quantized model gets one wrong.

The ways are those of a real NVFP4 model: a letter doubled (``TTTL_SECONDS`` for ``TTL_SECONDS``), and another atom of
the context in an atom's place (15 for 44).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

_ATOM = re.compile(r"(?<![A-Za-z0-9_])(?:[A-Za-z_][A-Za-z0-9_]{2,}|[0-9]{2,})(?![A-Za-z0-9_])")


def atoms(text: str) -> Iterator[re.Match[str]]:
    """Yield the identifiers of three letters and more and the numbers of two digits and more."""
    return _ATOM.finditer(text)


def doubled(atom: str, stream: random.Random) -> str | None:
    """Return an atom with one letter written twice; None if it has none."""
    letters = [index for index, char in enumerate(atom) if char.isalpha()]
    if not letters:
        return None
    place = stream.choice(letters)
    return atom[: place + 1] + atom[place:]


def slipped(atom: str, stream: random.Random) -> str | None:
    """Return an atom with the slip of its kind: a number with one digit changed, a word with a letter doubled."""
    if not atom.isdigit():
        return doubled(atom, stream)
    place = stream.randrange(len(atom))
    other = stream.choice([digit for digit in "123456789" if digit != atom[place]])
    return atom[:place] + other + atom[place + 1 :]


def replaced(text: str, match: re.Match[str], other: str) -> str:
    """Return a text with another atom in one place."""
    return text[: match.start()] + other + text[match.end() :]


def others_like(atom: str, texts: Iterable[str]) -> list[str]:
    """Return the other atoms of the same kind (number or word) that stand in texts, in a fixed order."""
    found = {match[0] for text in texts for match in atoms(text)}
    return sorted(other for other in found if other != atom and other.isdigit() == atom.isdigit())
