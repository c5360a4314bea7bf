"""A context whose filler is still to be cut to size: its messages, and where in them the details are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agentbench.probing import find_whole_word
from agentbench.records import Fact
from agentbench.taskset.passages import Passage, Piece

Part = tuple[str, Fact | Piece | None]
"""A stretch of a message's content, and what it is (None: glue)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said around the passages; the same at every size."""

    opening: str
    """Opens the first user turn; passages given as documents follow in it."""
    have_read: str
    closing: str
    reasoning: str = "I read the next file."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in a request."""

    message: int
    tokens_ahead: float
    """Within the message's content."""
    depth: float
    """Share of the passages ahead of it: depends on the variant, never on the size."""


@dataclass
class Draft:
    """A context whose filler is still to be cut to size."""

    system_prompt: str
    instruction: str
    documents: list[Passage]
    """Given in the first user turn."""
    files: list[Passage]
    """Read by scripted calls, one after the other, behind the documents."""
    wording: Wording
    reasoning_field: str | None

    @property
    def passages(self) -> list[Passage]:
        """All passages in order."""
        return [*self.documents, *self.files]

    @property
    def pieces(self) -> list[Piece]:
        """All pieces of filler in order."""
        return [piece for passage in self.passages for piece in passage.pieces]

    def messages(self) -> list[dict[str, Any]]:
        """Return the whole request as it stands now."""
        return [message for message, _ in self._messages()]

    def _messages(self) -> Iterator[tuple[dict[str, Any], list[Part]]]:
        """Yield every message with the parts that its content is made of."""
        yield from self._plain("system", self.system_prompt)
        opening: list[Part] = [(self.wording.opening, None)]
        for document in self.documents:
            opening.append((f'\n\n<document name="{document.path}">\n', None))
            opening += _trimmed(document.parts())
            opening.append(("</document>", None))
        yield {"role": "user", "content": _joined(opening)}, opening
        for number, file in enumerate(self.files, start=1):
            call = {
                "id": f"call_h{number}",
                "type": "function",
                "function": {"name": "read_file", "arguments": json.dumps({"path": file.path})},
            }
            yield self._assistant("", self.wording.reasoning, [call]), []
            parts = _trimmed(file.parts())
            yield {"role": "tool", "tool_call_id": call["id"], "content": _joined(parts)}, parts
        yield self._assistant(self.wording.have_read, "That was the last one."), []
        yield from self._plain("user", self.wording.closing)
        yield self._assistant("Understood.", "I wait for the task."), []
        yield from self._plain("user", self.instruction)

    def _plain(self, role: str, text: str) -> Iterator[tuple[dict[str, Any], list[Part]]]:
        yield {"role": role, "content": text}, [(text, None)]

    def _assistant(self, content: str, reasoning: str, calls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        turn: dict[str, Any] = {"role": "assistant", "content": content}
        if self.reasoning_field is not None:
            turn[self.reasoning_field] = reasoning
        return turn | {"tool_calls": calls} if calls else turn

    def content_tokens(self, count_text: Callable[[str], int]) -> list[float]:
        """Return the tokens of every message's content; filler by its estimate."""
        sizes: list[float] = []
        for message, parts in self._messages():
            if parts:
                sizes.append(sum(_part_tokens(text, what, count_text) for text, what in parts))
                continue
            calls = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
            said = [message["content"], message.get(self.reasoning_field or "", ""), *calls]
            sizes.append(count_text("\n".join(said)))
        return sizes

    def locate(self, detail_id: str, value: str, count_text: Callable[[str], int]) -> Iterator[Place]:
        """Yield where a detail's current value is told: several places, where several facts tell a part each."""
        slots = {id(fact): slot for slot, passage in enumerate(self.passages) for fact in passage.facts}
        for index, (_, parts) in enumerate(self._messages()):
            ahead = 0.0
            for text, what in parts:
                if isinstance(what, Fact) and detail_id in what.tells:
                    slot = slots[id(what)]
                    passage = self.passages[slot]
                    within = (passage.facts.index(what) + 1) / len(passage.pieces)
                    behind = count_text(text[: find_whole_word(text, value)])
                    yield Place(index, ahead + behind, round((slot + within) / len(self.passages), 4))
                ahead += _part_tokens(text, what, count_text)


def _trimmed(parts: Iterator[Part]) -> list[Part]:
    """Return a passage's parts, ended by one line break."""
    found = list(parts)
    text, what = found[-1]
    return [*found[:-1], (text.rstrip() + "\n", what)]


def _joined(parts: list[Part]) -> str:
    return "".join(text for text, _ in parts)


def _part_tokens(text: str, what: Fact | Piece | None, count_text: Callable[[str], int]) -> float:
    return what.tokens if isinstance(what, Piece) else count_text(text)
