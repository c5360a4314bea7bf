"""Counting tokens as the server itself renders them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentbench.agent.client import ChatClient
from agentbench.errors import ModelRequestError


class ServerCounter:
    """Counts tokens as the server renders them: taskset's ``TokenCounter`` over ``/tokenize``.

    ``extra_body`` is instead of the client's own.
    """

    name = "server"

    def __init__(self, client: ChatClient, extra_body: Mapping[str, Any] | None = None) -> None:
        self._client = client
        self._extra_body = extra_body

    def count(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> int:
        """Return the tokens of a whole request; ModelRequestError if the server cannot tell."""
        ids = self.ids(messages, tools)
        if ids is None:
            raise ModelRequestError(f"{self._client.base_url} has no /tokenize; count with the family's tokenizer")
        return len(ids)

    def count_text(self, text: str) -> int:
        """Return the tokens of a plain text; ModelRequestError if the server cannot tell."""
        ids = self._client.tokenize_text(text)
        if ids is None:
            raise ModelRequestError(f"{self._client.base_url} has no /tokenize; count with the family's tokenizer")
        return len(ids)

    def ids(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> list[int] | None:
        """Return the token ids of a whole request, or None."""
        return self._client.tokenize(messages, tools, extra_body=self._extra_body)
