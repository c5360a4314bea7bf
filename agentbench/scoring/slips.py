"""Slips: atoms in what a model writes that are not in its context, and a near miss of one that is.

For each new atom, targets are looked for in the context (everything before the reply, the model's own earlier text
included):

1. one of its words is unknown to the context, and putting a word of the context in its place gives an atom of the
   context of which the unknown word is a slip (``agentbench.scoring.nearness``);
2. taking out an immediate repetition gives an atom of the context;
3. an opaque atom (letters and digits mixed, as keys and hashes are) is one edit away from an opaque one;
4. a number is one digit away from a value of the same key, if that key has few values and the number stands nowhere.

Each (atom, target) counts once per episode. Left out: must-copy slots, which have a metric of their own; numbers that
say how much to look at (offsets, limits, timeouts); plain words. Reported and compared only at equal context size,
since the chance that a new atom is near some old one grows with the context.

Words are indexed by length, atoms by their text; an atom costs a look-up unless it has an unknown word. So the cost is
that of reading the context once, whatever its size.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agentbench.records import CopySlotKind, OtherFinding
from agentbench.scoring.atoms import KINDS, Atom, atoms_of_chunk, chunks, numbers, word_spans, words
from agentbench.scoring.nearness import is_number_slip, is_reshaped, is_slip, most_edits, undoubled
from agentbench.scoring.replies import Reply, clip
from agentbench.scoring.written import leaves

MOST_FINDINGS = 50
"""Findings kept per episode; all slips are counted."""
MOST_VALUES = 3
"""A key with more values in the context is no single fact, and a new value of it no slip."""
_LOOKING = re.compile(
    r"(?:^|[_.-])(?:offset|limit|timeout|depth|lines?|head|tail|page|max_?results)(?:$|[_.-])", re.IGNORECASE
)


@dataclass
class SlipScores:
    """Counts and findings over an episode."""

    slips: Counter[str] = field(default_factory=Counter)
    """By kind of atom."""
    new_atoms: int = 0
    """Distinct atoms written that were not in the context: the denominator."""
    findings: list[OtherFinding] = field(default_factory=list)


def score_slips(replies: Sequence[Reply]) -> SlipScores:
    """Return the slips in what the model wrote."""
    scores = SlipScores()
    context = Context()
    pairs: list[tuple[str, str]] = []
    for reply in replies:
        for text in reply.before:
            context.add(text)
        written = list(_written(reply))
        slots = {slot.written for slot in reply.copy_slots}
        for atom in new_atoms(written, context):
            if atom.text in slots:
                continue
            scores.new_atoms += 1
            target = context.target(atom)
            # a name that slipped inside a path has slipped once, not twice
            if target is None or any(atom.text in one and target in other for one, other in pairs):
                continue
            pairs.append((atom.text, target))
            scores.slips[atom.kind] += 1
            if len(scores.findings) < MOST_FINDINGS:
                scores.findings.append(_finding(reply, atom, target))
        for text in written:
            context.add(text)
        for slot in reply.copy_slots:
            context.add(slot.written)
    return scores


def new_atoms(texts: Sequence[str], context: Context) -> list[Atom]:
    """Return the distinct atoms of texts that the context does not hold, in a fixed order."""
    fresh = {chunk for text in texts for chunk in chunks(text)} - context.chunks
    found: set[Atom] = set()
    for chunk in fresh:
        here = [atom for atom in atoms_of_chunk(chunk) if atom.text not in context.atoms]
        found.update(one for one in here if not any(_part_of(one.text, other.text) for other in here))
    for text in texts:
        found |= {atom for atom in numbers(text) if atom.text not in context.values.get(atom.key, ())}
    found = {atom for atom in found if not (atom.kind == "number" and _LOOKING.search(atom.key))}
    return sorted(found, key=lambda atom: (KINDS.index(atom.kind), atom.text, atom.key))


class Context:
    """The atoms and words that a context holds; grows by texts."""

    def __init__(self) -> None:
        self.chunks: set[str] = set()
        self.atoms: set[str] = set()
        self.values: dict[str, set[str]] = defaultdict(set)
        """Numbers by key."""
        self._forms: dict[str, list[str]] = {}
        """Words by their lower case, as written."""
        self._near: dict[str, list[str]] = {}
        """Answers of ``_near_words`` since the last new word."""
        self._lengths: dict[int, list[str]] = defaultdict(list)
        """Words in lower case by length."""
        self._opaque: dict[int, list[str]] = defaultdict(list)
        self._ends: dict[tuple[str, str], list[str]] = defaultdict(list)
        """Atoms by their first two and last two characters."""
        self._digits: set[str] = set()

    def add(self, text: str) -> None:
        """Take a text into the context."""
        fresh = chunks(text) - self.chunks
        self.chunks |= fresh
        for chunk in sorted(fresh):
            for atom in atoms_of_chunk(chunk):
                if atom.text not in self.atoms:
                    self.atoms.add(atom.text)
                    if _is_opaque(atom.text):
                        self._opaque[len(atom.text)].append(atom.text)
                    else:
                        self._ends[_ends(atom.text)].append(atom.text)
            for word in words(chunk):
                self._add_word(word)
        for number in numbers(text):
            self.values[number.key].add(number.text)

    def _add_word(self, word: str) -> None:
        if word.isdigit():
            self._digits.add(word)
            return
        lower = word.lower()
        forms = self._forms.get(lower)
        if forms is None:
            self._forms[lower] = [word]
            self._near.clear()
            self._lengths[len(lower)].append(lower)
        elif word not in forms:
            forms.append(word)

    def target(self, atom: Atom) -> str | None:
        """Return what in the context a new atom is a slip of, or None."""
        if atom.kind == "number":
            return self._number_target(atom)
        if _is_opaque(atom.text):
            return self._opaque_target(atom.text)
        unknown = self._unknown_words(atom.text)
        if unknown:
            return self._word_target(atom.text, unknown) or self._shape_target(atom.text) or self._doubled(atom.text)
        return self._doubled(atom.text)

    def _number_target(self, atom: Atom) -> str | None:
        values = self.values.get(atom.key, ())
        if not values or len(values) > MOST_VALUES or atom.text.lstrip("-").split(".")[0] in self._digits:
            return None
        return next((value for value in sorted(values) if is_number_slip(value, atom.text)), None)

    def _opaque_target(self, text: str) -> str | None:
        for length in range(len(text) - 1, len(text) + 2):
            near = process.extractOne(text, self._opaque.get(length, ()), scorer=OSA.distance, score_cutoff=1)
            if near is not None:
                target: str = near[0]
                return target
        return None

    def _unknown_words(self, text: str) -> list[tuple[int, int]]:
        spans = ((start, end) for start, end in word_spans(text) if end - start > 2)
        return [
            (start, end)
            for start, end in spans
            if not text[start:end].isdigit() and text[start:end].lower() not in self._forms
        ]

    def _word_target(self, text: str, unknown: list[tuple[int, int]]) -> str | None:
        for start, end in unknown:
            for word in self._near_words(text[start:end].lower()):
                for form in self._forms[word]:
                    target = text[:start] + form + text[end:]
                    if target in self.atoms:
                        return target
        return None

    def _shape_target(self, text: str) -> str | None:
        """Return an atom with the same ends that is this one with its pieces moved, or with one lost or added."""
        near = self._ends.get(_ends(text), ())
        return next((atom for atom in near if is_reshaped(atom, text)), None)

    def _near_words(self, lower: str) -> list[str]:
        """Return the words of which this one is a slip, nearest first."""
        if lower in self._near:
            return self._near[lower]
        most = most_edits(len(lower) + 1)
        near: list[tuple[float, str]] = []
        for length in range(len(lower) - most, len(lower) + most + 1):
            near += [
                (distance, word)
                for word, distance, _ in process.extract(
                    lower, self._lengths.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=None
                )
                if is_slip(word, lower)
            ]
        self._near[lower] = found = [word for _, word in sorted(near)]
        return found

    def _doubled(self, text: str) -> str | None:
        return next((found for found in undoubled(text) if found in self.atoms), None)


def _part_of(text: str, other: str) -> bool:
    return len(text) < len(other) and text in other


def _ends(text: str) -> tuple[str, str]:
    return text[:2], text[-2:]


def _is_opaque(text: str) -> bool:
    """Return whether an atom is a key or a hash rather than a name: short rows of letters and digits in turn."""
    if len(text) < 7 or text.isalpha():
        return False
    if sum(map(str.isdigit, text)) < 2:
        return False
    rows = len(word_spans(text))
    return rows > 3 and len(text) < 3 * rows


def _written(reply: Reply) -> Iterator[str]:
    """Yield what the model wrote outside must-copy slots, numbers in arguments with their names."""
    if reply.content:
        yield reply.content
    if reply.reasoning:
        yield reply.reasoning
    slots = {(slot.call_index, slot.json_path) for slot in reply.copy_slots if slot.kind is not CopySlotKind.IDENTIFIER}
    for leaf in leaves(reply):
        if (leaf.call_index, leaf.json_path) not in slots:
            yield leaf.value if isinstance(leaf.value, str) else f"{leaf.key} = {leaf.value}"


def _finding(reply: Reply, atom: Atom, target: str) -> OtherFinding:
    named = f" of {atom.key}" if atom.key else ""
    return OtherFinding(
        kind="slip",
        step_id=reply.step_id,
        text=clip(atom.text),
        explanation=clip(f"{atom.kind}{named}: not in the context, but close to {target}, which is"),
        nearest=clip(target),
        prompt_tokens=reply.prompt_tokens,
    )
