"""The context plan ``history``: scripted earlier turns of the same job.

A fixed number of ``read_file`` calls on handover files, whose results hold the task's facts between filler. The number
of turns and calls is the same at every size, since a longer history of calls would teach the call syntax. The files
are no longer in the workspace: what was told there can only be remembered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agentbench.probing import find_whole_word, whole_word
from agentbench.records import Fact, RenderedTask
from agentbench.taskset.depth import SLOTS, fact_slots
from agentbench.taskset.filler import KINDS, clean_units
from agentbench.taskset.filler.scene import Scene
from agentbench.taskset.variables import seeded

FOLDER = "handover"
_OPENING = (
    f"Before the task itself: the engineer before you left {SLOTS} files in {FOLDER}/. Read them one by one. "
    "Most of it is about other work; some of it you will need."
)
_READ_ALL = f"I have read all {SLOTS} files."
_CLOSING = (
    f"The folder {FOLDER}/ has been removed from the workspace; rely on what you read. Its notes were in no particular "
    "order: a note that says that it replaces another one counts, wherever it stood. The task follows."
)
_READY = "Understood."
_REASONING = "I read the next handover file."
_NOTE = "\n\nNote: "

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
class Handover:
    """One scripted file: a heading, then pieces of filler with facts between them."""

    path: str
    heading: str
    facts: list[Fact]
    pieces: list[Piece]
    """One more than facts: piece i stands before fact i."""

    @property
    def content(self) -> str:
        """The file's text, as the tool gave it."""
        return "".join(text for text, _ in self.parts()).rstrip() + "\n"

    def parts(self) -> Iterator[tuple[str, Fact | Piece | None]]:
        """Yield the text in order, each with what it is (None: glue)."""
        yield self.heading, None
        for index, piece in enumerate(self.pieces):
            if piece.chars > 0:
                yield "\n" + piece.text, piece
            if index < len(self.facts):
                yield _NOTE + self.facts[index].text + "\n", self.facts[index]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in a request."""

    message: int
    tokens_ahead: float
    """Within the message's content."""
    depth: float
    """Share of the scripted results ahead of it: depends on the variant, never on the size."""


@dataclass
class Draft:
    """A history whose filler is still to be cut to size."""

    system_prompt: str
    instruction: str
    files: list[Handover]
    reasoning_field: str | None

    @property
    def pieces(self) -> list[Piece]:
        """All pieces of filler in order."""
        return [piece for file in self.files for piece in file.pieces]

    def messages(self) -> list[dict[str, Any]]:
        """Return the whole request as it stands now."""
        turns: list[dict[str, Any]] = [
            {"role": "system", "content": self.system_prompt},
            {"role": "user", "content": _OPENING},
        ]
        for number, file in enumerate(self.files, start=1):
            call = {
                "id": f"call_h{number}",
                "type": "function",
                "function": {"name": "read_file", "arguments": json.dumps({"path": file.path})},
            }
            turns.append(self._assistant("", _REASONING, [call]))
            turns.append({"role": "tool", "tool_call_id": call["id"], "content": file.content})
        turns.append(self._assistant(_READ_ALL, "That was the last one."))
        turns.append({"role": "user", "content": _CLOSING})
        turns.append(self._assistant(_READY, "I wait for the task."))
        turns.append({"role": "user", "content": self.instruction})
        return turns

    def _assistant(self, content: str, reasoning: str, calls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        turn: dict[str, Any] = {"role": "assistant", "content": content}
        if self.reasoning_field is not None:
            turn[self.reasoning_field] = reasoning
        return turn | {"tool_calls": calls} if calls else turn

    def content_tokens(self, count_text: Callable[[str], int]) -> list[float]:
        """Return the tokens of every message's content from the third on; filler by its estimate."""
        results = iter(self.files)
        sizes: list[float] = []
        for message in self.messages()[2:]:
            if message["role"] == "tool":
                sizes.append(sum(_part_tokens(text, what, count_text) for text, what in next(results).parts()))
                continue
            calls = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
            sizes.append(
                count_text("\n".join([message["content"], message.get(self.reasoning_field or "", ""), *calls]))
            )
        return sizes

    def locate(self, detail_id: str, value: str, count_text: Callable[[str], int]) -> Place | None:
        """Return where a detail's current value is told."""
        for slot, file in enumerate(self.files):
            ahead = 0.0
            for text, what in file.parts():
                if isinstance(what, Fact) and detail_id in what.tells:
                    within = (file.facts.index(what) + 1) / len(file.pieces)
                    ahead += count_text(text[: find_whole_word(text, value)])
                    return Place(3 + 2 * slot, ahead, round((slot + within) / SLOTS, 4))
                ahead += _part_tokens(text, what, count_text)
        return None


def _part_tokens(text: str, what: Fact | Piece | None, count_text: Callable[[str], int]) -> float:
    return what.tokens if isinstance(what, Piece) else count_text(text)


def draft_history(
    rendered: RenderedTask, *, system_prompt: str, seed: int, reasoning_field: str | None = None
) -> Draft:
    """Lay out a history without filler: which files, which facts in which of them."""
    task, variant = rendered.task, rendered.variant
    values = told_values(rendered)
    stream = seeded("history", seed, task.cluster, variant)
    scene = Scene.make(stream, values)
    forbidden = re.compile("|".join(map(whole_word, values)) or r"(?!)", re.IGNORECASE)
    slots = fact_slots(rendered.facts, variant=variant, cluster=task.cluster)
    files = []
    for slot, kind in enumerate(stream.sample(KINDS, SLOTS)):
        facts = [fact for fact, where in zip(rendered.facts, slots, strict=True) if where == slot]
        pieces = [
            Piece(
                clean_units(
                    kind,
                    scene,
                    seeded("filler", seed, task.cluster, variant, slot, index),
                    lambda unit: forbidden.search(unit) is not None,
                    f"{task.id}[v{variant}]",
                )
            )
            for index in range(len(facts) + 1)
        ]
        path = f"{FOLDER}/{slot + 1}-{kind.file}"
        files.append(Handover(path, f"# {scene.project}: {kind.title}\n", facts, pieces))
    return Draft(system_prompt, rendered.instruction, files, reasoning_field)


def told_values(rendered: RenderedTask) -> list[str]:
    """Return every text that no filler may state: drawn values, details' values and stale values; longest first."""
    values = {*rendered.values.values()}
    for detail in rendered.details:
        values |= {text for text in (detail.value, detail.stale) if text}
    return sorted(values, key=lambda text: (-len(text), text))
