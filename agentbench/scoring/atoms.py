"""Atoms: the pieces of a text that are copied or invented as a whole.

``path`` (words joined by slashes, file names), ``identifier`` (a name of at least two words, as code has it: plain
words are prose and grammar), ``literal`` (words and numbers joined by dots, dashes and the like: keys, addresses,
versions), ``number`` (always with its key: a number by itself says nothing). An atom is a row of *words* with
something between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

AtomKind = Literal["path", "identifier", "number", "literal"]
KINDS: tuple[AtomKind, ...] = ("path", "identifier", "number", "literal")

_CHUNK = re.compile(r"[A-Za-z0-9_./~@+$%&:#-]{3,}+")
"""A row of characters that atoms are made of; a text has far fewer distinct ones than characters."""
_LOOSE = "./~@+$%&:#-"
"""Never the last character of an atom."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,79}")
_PATH = re.compile(r"(?:~|\.{1,2})?/?(?:[\w.@+-]+/)+[\w.@+-]*\w")
_FILE_NAME = re.compile(
    r"[\w+-]+(?:\.[\w+-]+)*\.(?:py|pyi|toml|json|ya?ml|md|rst|txt|cfg|ini|env|sh|js|mjs|ts|tsx|c|h|cc|cpp|hpp|rs|go|"
    r"java|rb|php|sql|csv|tsv|xml|html|css|log|lock|conf|service|mk)"
)
_LITERAL = re.compile(r"[A-Za-z0-9]+(?:[.@+~-]+[A-Za-z0-9_]+)+")
_TELLING = re.compile(r"[0-9@-]|\..*\.")
"""What makes a joined row a literal rather than an attribute (``self.path``)."""
_NUMBER = re.compile(
    r"(?<![\w.])(?P<key>[A-Za-z_][\w.-]{0,60}+)[\"']?\s{0,3}+(?:=|:|:=|=>)\s{0,3}+[\"']?"
    r"(?P<value>-?\d[\d_]{0,30}(?:\.\d{1,30})?)(?![\w.-])"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONGEST = 200
_REMEMBERED = 1 << 16
"""Chunks whose parts are kept: the episodes of a run have most of them in common."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One atom. Numbers carry the name that their value is given to."""

    kind: AtomKind
    text: str
    key: str = ""


def chunks(text: str) -> set[str]:
    """Return the distinct rows of atom characters of a text."""
    return {chunk.rstrip(_LOOSE) for chunk in set(_CHUNK.findall(text))}


def atoms_of_chunk(chunk: str) -> tuple[Atom, ...]:
    """Return the path, the identifiers and the literals in a chunk (no numbers: their key stands outside)."""
    return _known_atoms(chunk) if len(chunk) <= _LONGEST else ()


@lru_cache(maxsize=_REMEMBERED)
def _known_atoms(chunk: str) -> tuple[Atom, ...]:
    return tuple(_find_atoms(chunk))


def _find_atoms(chunk: str) -> Iterator[Atom]:
    address = "://" in chunk
    if not address:
        if "/" in chunk:
            yield from (Atom("path", found[0]) for found in _PATH.finditer(chunk))
        elif "." in chunk and (name := _FILE_NAME.fullmatch(chunk)):
            yield Atom("path", name[0])
    for word in _IDENTIFIER.findall(chunk):
        if not (word.isalpha() and (word.islower() or word.isupper() or word[1:].islower())):
            yield Atom("identifier", word)
    if not address and _TELLING.search(chunk):
        yield from (Atom("literal", found) for found in _LITERAL.findall(chunk) if _TELLING.search(found))


def forget() -> None:
    """Forget the parts of chunks seen so far, as a new process knows none of them."""
    _known_atoms.cache_clear()
    _known_words.cache_clear()


def numbers(text: str) -> set[Atom]:
    """Return the distinct numbers with their keys."""
    return {
        Atom("number", found["value"].replace("_", ""), found["key"])
        for found in _NUMBER.finditer(text)
        if not _FILE_NAME.fullmatch(found["key"])
    }


def word_spans(atom: str) -> list[tuple[int, int]]:
    """Return where the words of an atom stand: ``getUserName`` and ``get_user_name`` have three each."""
    return [found.span() for found in _WORD.finditer(atom)]


def words(chunk: str) -> tuple[str, ...]:
    """Return the words of a chunk, as written."""
    return _known_words(chunk) if len(chunk) <= _LONGEST else tuple(_WORD.findall(chunk))


@lru_cache(maxsize=_REMEMBERED)
def _known_words(chunk: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(chunk))
