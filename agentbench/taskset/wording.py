"""Which words of a text carry its content: what a paraphrase must not share with what it paraphrases."""

from __future__ import annotations

import re

_LEAST_LETTERS = 3
_STEM_LETTERS = 5
"""Words that begin alike for so long count as one: ``limit``, ``limits``, ``limited``."""

_COMMON = frozenset(
    """
about above after again against all also and another any are because been before being below between both but can
could does doing done down during each either else ever every few for from further had has have having her here hers
his how however into its itself just last least less let like made make many may might more most much must nor not now
off once one only other our ours out over own please same shall she should since some still such take than that the
their them then there these they this those through too two under until upon use used using very was were what when
where whether which while who whom whose why will with within without would yes yet you your
""".split()  # noqa: SIM905
)
"""Words of grammar, and a few that every instruction needs."""
_UNITS = frozenset(
    "byte bytes cent cents day days hour hours minute minutes month months second seconds week".split()  # noqa: SIM905
)
"""Units: whoever asks for a number of them has no other word."""


def content_words(text: str) -> set[str]:
    """Return the stems of a text's content words, lower case; names in snake, kebab and camel case are taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = (word.lower() for word in re.findall(r"[A-Za-z]+", apart))
    return {_stem(word) for word in words if len(word) >= _LEAST_LETTERS and word not in _COMMON | _UNITS}


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_LETTERS:
            word = word[: -len(ending)]
            break
    return word[:_STEM_LETTERS]
