"""Counting the tokens of a request: over the rendered chat template with tools, generation prompt included.

Message and tool dictionaries are those of the OpenAI chat completions format. Counters are safe for threads.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Messages = Sequence[Mapping[str, Any]]
Tools = Sequence[Mapping[str, Any]]


class TokenCounter(Protocol):
    """Says how many tokens a request has."""

    @property
    def name(self) -> str:
        """``server``, ``tokenizer`` or ``words``: what is written beside a count."""

    def count(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> int:
        """Return the number of prompt tokens of a request."""

    def count_text(self, text: str) -> int:
        """Return the number of tokens of a text by itself, without special tokens."""

    def ids(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> list[int] | None:
        """Return the token ids of a request, or None where they cannot be known."""


class WordsCounter:
    """The built-in tokenizer ``words``: no vocabulary, no download; the simulated server counts with it too.

    A token is a run of at most 8 letters, a run of at most 3 digits, a line break, or any other single character that
    is no white space; other white space is free. Its id is the CRC-32 of its UTF-8. On English, code and logs that
    comes near to the counts of the byte-pair vocabularies in use.
    """

    name = "words"

    def count(self, messages: Messages, tools: Tools) -> int:
        """Return the number of tokens of the fixed rendering (``render_words``)."""
        return self.count_text(render_words(messages, tools))

    def count_text(self, text: str) -> int:
        """Return the number of tokens of a text, block by block: a list of all of them would take 8 MB at 128k."""
        count = start = 0
        while start < len(text):
            end = text.find("\n", start + _BLOCK_CHARS) + 1 or len(text)  # no token goes beyond a line break
            count += len(_WORD.findall(text, start, end))
            start = end
        return count

    def ids(self, messages: Messages, tools: Tools) -> list[int]:
        """Return the token ids of the fixed rendering."""
        return [zlib.crc32(token.encode(errors="replace")) for token in _WORD.findall(render_words(messages, tools))]


_BLOCK_CHARS = 16_384
_WORD = re.compile(r"[^\W\d_]{1,8}|\d{1,3}|\n|[^\s\w]|_")
_REASONING_FIELDS = ("reasoning_content", "reasoning")


def render_words(messages: Messages, tools: Tools) -> str:
    """Render a request as the fixed text of the ``words`` tokenizer.

    One line of JSON per tool under ``<|tools|>``; then each message under its role: reasoning, content, and one line
    of JSON per tool call; at the end the assistant's turn is opened.
    """
    parts = ["<|tools|>", *(json.dumps(tool, ensure_ascii=False) for tool in tools)] if tools else []
    for message in messages:
        parts.append(f"<|{message['role']}|>")
        parts.extend(f"<think>{message[field]}</think>" for field in _REASONING_FIELDS if message.get(field))
        parts.append(_content_text(message.get("content")))
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            parts.append(f'<|call|>{{"name": "{function.get("name")}", "arguments": {function.get("arguments")}}}')
    parts.append("<|assistant|>\n")
    return "\n".join(parts)


def _content_text(content: Any) -> str:
    """Return the text of a content that is a string, none, or a list of text parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content or ""
