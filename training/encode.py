"""From a conversation to token ids, and the spans of them that are learnt."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer

from agentbench.errors import AgentbenchError
from agentbench.taskset import TokenizerCounter
from training.play import Played

_HEAD = "<|im_start|>assistant\n"
_END = "<|im_end|>"


class EncodingError(AgentbenchError):
    """A conversation and its rendering do not fit together."""


def encode(
    played: Played, tools: list[dict[str, Any]], counter: TokenizerCounter, tokenizer: Tokenizer
) -> tuple[list[int], list[list[int]]]:
    """Return a conversation's token ids, and where in them each reply that is learnt begins and ends.

    A span ends behind the token that ends the reply. The ids up to a span are those that a server would see when it is
    asked for that reply.

    Raises:
        EncodingError: The template renders no reply where one should be.

    """
    text = counter.render(played.messages, tools).removesuffix(_HEAD)
    replies = [place for place, message in enumerate(played.messages) if message["role"] == "assistant"]
    starts = _places(text, _HEAD)
    if len(starts) != len(replies):
        raise EncodingError(f"{len(replies)} replies were rendered with {len(starts)} heads")
    ids: list[int] = []
    spans: list[list[int]] = []
    cuts = [0]
    for place, start in zip(replies, starts, strict=True):
        if place in played.good:
            begin = start + len(_HEAD)
            cuts += [begin, text.index(_END, begin) + len(_END)]
    cuts.append(len(text))
    # Cut where a reply begins and ends, as a server's own tokens are.
    for number, (begin, end) in enumerate(pairwise(cuts)):
        piece = tokenizer.encode(text[begin:end], add_special_tokens=False).ids
        if number % 2:
            spans.append([len(ids), len(ids) + len(piece)])
        ids += piece
    return ids, spans


def _places(text: str, part: str) -> Sequence[int]:
    found, at = [], text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + 1)
    return found
