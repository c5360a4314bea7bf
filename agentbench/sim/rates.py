"""The fault rates of one episode: grown with its context, then drawn anew about their mean.

A fixed rate in every episode is the easiest case for statistics. Here a rate may grow with the context, and faults may
come in clumps: an episode's own rate is then drawn from a beta distribution, so that the number of faults per episode
is beta-binomial. Every mean stays what the settings say.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentbench.sim.draws import Draws

FULL_TOKENS = 131_072
"""Context at which rates are as written, where ``context_full`` does not say otherwise."""


class EpisodeRates:
    """Turns written rates into the chances of one episode."""

    def __init__(self, written: Mapping[str, float], draws: Draws, context_tokens: int) -> None:
        """Take the settings, the episode's draws and the tokens of its first request."""
        self._written, self._draws = written, draws
        growth = written.get("context_growth", 0.0)
        self._factor: float = (context_tokens / written.get("context_full", FULL_TOKENS)) ** growth
        self._icc = written.get("episode_icc", 0.0)
        self._chances: dict[tuple[str, float], float] = {}

    def share(self, fault: str) -> float:
        """Return the mean rate of a fault at this context."""
        return min(1.0, self._written.get(fault, 0.0) * self._factor)

    def chance(self, fault: str, mean: float | None = None) -> float:
        """Return the episode's own chance of a fault per opportunity.

        Args:
            fault: Its name.
            mean: Over all episodes at this context; by default the share.

        A beta distribution with a + b = 1/icc - 1 has variance icc * mean * (1 - mean), and icc is then the correlation
        of any two opportunities of one episode.
        """
        mean = self.share(fault) if mean is None else mean
        if not 0 < mean < 1 or not self._icc:
            return mean
        if (fault, mean) not in self._chances:
            self._chances[fault, mean] = self._drawn(fault, mean)
        return self._chances[fault, mean]

    def before(self, fault: str) -> float:
        """Return the chance of a faulty reply before each right one, where the rate is a share of all of them.

        The beta distribution is that of this chance: right replies are a fixed number, so the pooled share of faulty
        ones has the mean that was written.
        """
        share = self.share(fault)
        return self.chance(fault, min(1.0, share / (1 - share)) if share < 1 else 1.0)

    def _drawn(self, fault: str, mean: float) -> float:
        if self._icc >= 1:
            return 1.0 if self._draws.hit(mean, "episode", fault) else 0.0
        size = 1 / self._icc - 1
        return self._draws.stream("episode", fault).betavariate(mean * size, (1 - mean) * size)
