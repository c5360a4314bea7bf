"""What a run tells whoever watches it. The base class ignores everything."""

from __future__ import annotations

from agentbench.records import Case, Outcome, ScoredEpisode, ServerInfo


class RunObserver:
    """Receives the events of a run, from many threads."""

    def status(self, text: str) -> None:
        """A sentence about what goes on: boot and download progress, the server's load, restarts."""

    def booted(self, server: ServerInfo) -> None:
        """The model server is ready."""

    def planned(self, cases: int, stored: int) -> None:
        """The run has ``cases`` cases, ``stored`` of which an earlier run finished."""

    def started(self, case: Case) -> None:
        """An attempt at a case began."""

    def turn(self, case: Case, completion_tokens: int) -> None:
        """The model replied once."""

    def retrying(self, case: Case, outcome: Outcome, error: str) -> None:
        """An attempt failed for a reason that is not the model's, and will be made again."""

    def finished(self, scored: ScoredEpisode) -> None:
        """A case has its final score."""
