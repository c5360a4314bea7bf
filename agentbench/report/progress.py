"""Progress on the real terminal: a live line where there is one, else a line a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from agentbench.records import Case, Outcome, ScoredEpisode, ServerInfo
from agentbench.report.observer import RunObserver

LINE_EVERY_S = 60.0


class Progress(RunObserver):
    """Counts cases, episodes in flight and tokens, and shows them with what the server does now."""

    def __init__(self, quant: str, stream: TextIO):
        self._quant = quant
        self._console = Console(file=stream, highlight=False)
        self._guard = threading.Lock()
        self._cases = self._done = self._solved = 0
        self._in_flight: set[str] = set()
        self._tokens: list[tuple[float, int]] = []
        self._status = "starting"
        self._last_line = 0.0
        self._started = time.monotonic()

    def status(self, text: str) -> None:
        """Show what goes on; without a terminal, boot news are printed as they come, at most one a second."""
        with self._guard:
            changed, self._status = text != self._status, text
        if changed and not self._cases and not self._console.is_terminal:
            self._line(1.0)

    def booted(self, server: ServerInfo) -> None:
        """Print the server and its kernels: what the numbers will belong to."""
        kernels = ", ".join(f"{k.layer} {k.name} ({k.kernel_class.value})" for k in server.provenance.ran) \
            if server.provenance and server.provenance.ran else "kernels not known"  # fmt: skip
        seconds = f" in {server.boot_s:.0f} s" if server.boot_s is not None else ""
        self.print(f"{self._quant}: {server.kind} {server.version or ''} ready{seconds}: {kernels}")

    def planned(self, cases: int, stored: int) -> None:
        """Start counting."""
        with self._guard:
            self._cases, self._done = cases, stored

    def started(self, case: Case) -> None:
        """Count it as in flight."""
        with self._guard:
            self._in_flight.add(case.id)

    def turn(self, case: Case, completion_tokens: int) -> None:
        """Count its tokens over the last minute."""
        del case
        now = time.monotonic()
        with self._guard:
            self._tokens.append((now, completion_tokens))
            while self._tokens and self._tokens[0][0] < now - LINE_EVERY_S:
                self._tokens.pop(0)
        self.tick()

    def retrying(self, case: Case, outcome: Outcome, error: str) -> None:
        """Say why."""
        with self._guard:
            self._in_flight.discard(case.id)
        first_line = error.splitlines()[0] if error else ""
        self.print(f"{case.id}: {outcome.value}, will run again: {first_line}")

    def finished(self, scored: ScoredEpisode) -> None:
        """Count it as done."""
        with self._guard:
            self._in_flight.discard(scored.case.id)
            self._done += 1
            self._solved += scored.reward is not None and scored.reward >= 1
        self.tick()

    def tick(self) -> None:
        """Without a terminal: print the line if a minute has passed."""
        if not self._console.is_terminal:
            self._line(LINE_EVERY_S)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show the live line while the caller waits; it vanishes afterwards, so pytest's own output stays whole."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._text, console=self._console, refresh_per_second=4, transient=True):
            yield

    def print(self, text: str) -> None:
        """Print a line of news past pytest's capture."""
        self._console.print(Text("\n" + text if not self._console.is_terminal else text), soft_wrap=True)

    def _line(self, every_s: float) -> None:
        now = time.monotonic()
        with self._guard:
            if now - self._last_line < every_s:
                return
            self._last_line = now
        self.print(self._text().plain)

    def _text(self) -> Text:
        with self._guard:
            recent = [tokens for at, tokens in self._tokens if at > time.monotonic() - LINE_EVERY_S]
            span = min(LINE_EVERY_S, max(1.0, time.monotonic() - self._started))
            parts = [f"{self._quant}:"]
            if self._cases:
                parts.append(f"{self._done}/{self._cases} cases, {len(self._in_flight)} in flight,")
                parts.append(f"{sum(recent) / span:.0f} tokens/s |")
            parts.append(self._status)
        return Text(" ".join(parts), no_wrap=True, overflow="ellipsis")
