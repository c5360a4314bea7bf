"""The limits of one episode: what is spent, and whether the next request still fits.

Token counts are the server's own, from each reply's usage. Only what was added since (tool results) is estimated, at
a cautious three characters a token; near the window the server's ``/tokenize`` decides, where it has one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from agentbench.agent.replies import RawReply
from agentbench.records import EpisodeEnd, Limits, Usage

_CHARS_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 8


class Budget:
    """Counts what an episode used, and says which limit ends it."""

    def __init__(self, limits: Limits, context_window: int, first_chars: int, count: Callable[[], int | None]) -> None:
        """Start the clock.

        Args:
            limits: The family's limits.
            context_window: Tokens that prompt and output share.
            first_chars: Characters of JSON of the first request.
            count: Returns the exact tokens of the next request, or None if the server cannot tell.

        """
        self._limits = limits
        self._room = context_window - limits.max_output_tokens
        self._count = count
        self._estimate = first_chars / _CHARS_PER_TOKEN
        self._started = time.monotonic()
        self.usage = Usage()

    @property
    def deadline(self) -> float:
        """When the wall limit is reached, on the monotonic clock."""
        return self._started + self._limits.wall_s

    def spent(self) -> EpisodeEnd | None:
        """Return the limit that forbids another request, if any does."""
        if self.usage.requests >= self._limits.turns:
            return EpisodeEnd.LIMIT_TURNS
        if self.usage.prompt_tokens + self.usage.completion_tokens >= self._limits.total_tokens:
            return EpisodeEnd.LIMIT_TOKENS
        if time.monotonic() >= self.deadline:
            return EpisodeEnd.LIMIT_WALL
        return None if self._fits() else EpisodeEnd.LIMIT_CONTEXT

    def add_reply(self, reply: RawReply, reply_chars: int) -> None:
        """Count one reply; from here the size of the conversation is the server's figure again."""
        prompt, completion = reply.prompt_tokens or 0, reply.completion_tokens or 0
        if reply.prompt_tokens is not None and reply.completion_tokens is not None:
            self._estimate = prompt + completion
        else:
            self._estimate += reply_chars / _CHARS_PER_TOKEN
        before = self.usage
        self.usage = Usage(
            requests=before.requests + 1,
            prompt_tokens=before.prompt_tokens + prompt,
            completion_tokens=before.completion_tokens + completion,
            cached_tokens=before.cached_tokens + (reply.cached_tokens or 0),
            model_s=before.model_s + reply.duration_s,
            tools_s=before.tools_s,
        )

    def add_message(self, chars: int) -> None:
        """Count a message that the next request carries in addition."""
        self._estimate += chars / _CHARS_PER_TOKEN + _TOKENS_PER_MESSAGE

    def add_tools(self, seconds: float) -> None:
        """Count time spent in tools."""
        self.usage = self.usage.model_copy(update={"tools_s": self.usage.tools_s + seconds})

    def pause(self, seconds: float) -> None:
        """Leave out time that is not the agent's."""
        self._started += seconds

    def _fits(self) -> bool:
        if self._estimate <= self._room:
            return True
        exact = self._count()
        if exact is None:
            # without /tokenize the first request's size is known to the context plan alone, which asserted it
            return self.usage.requests == 0
        self._estimate = exact
        return exact <= self._room
