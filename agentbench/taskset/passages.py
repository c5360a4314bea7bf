"""Passages: what stands before a task, as stretches of filler with the task's facts between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agentbench.records import Fact

_DEFAULT_CHARS_PER_TOKEN = 3.0


@dataclass
class Piece:
    """A stretch of filler that can be cut to any length; longer cuts begin with the shorter ones."""

    units: Iterator[str]
    share: float = 0.0
    """Of all filler."""
    chars: int = 0
    mid_word: bool = False
    """Cut at exactly ``chars``: the last piece to be corrected, since some filler has few spaces."""
    chars_per_token: float = _DEFAULT_CHARS_PER_TOKEN
    _pulled: list[str] = field(default_factory=list)
    _pulled_chars: int = 0

    @property
    def text(self) -> str:
        """The first ``chars`` characters; as a rule ended before at a space or line end."""
        if self.chars <= 0:
            return ""
        while self._pulled_chars <= self.chars:
            unit = next(self.units)
            self._pulled.append(unit)
            self._pulled_chars += len(unit)
        text = "".join(self._pulled)
        if self.mid_word:
            return text[: self.chars]
        end = max(text.rfind(" ", 0, self.chars + 1), text.rfind("\n", 0, self.chars + 1))
        return text[: max(end, 0)].rstrip()

    @property
    def tokens(self) -> float:
        """Estimated from the measured characters per token."""
        return max(0, self.chars) / self.chars_per_token


@dataclass
class Passage:
    """One scripted file: a heading, then pieces of filler with facts between them."""

    path: str
    heading: str
    facts: list[Fact]
    pieces: list[Piece]
    """One more than facts: piece i stands before fact i."""
    note: str
    """What a fact begins with."""

    def parts(self) -> Iterator[tuple[str, Fact | Piece | None]]:
        """Yield the text in order, each with what it is (None: glue)."""
        yield self.heading, None
        for index, piece in enumerate(self.pieces):
            if piece.chars > 0:
                yield "\n" + piece.text, piece
            if index < len(self.facts):
                yield f"\n\n{self.note}{self.facts[index].text}\n", self.facts[index]
