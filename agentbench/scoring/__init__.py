"""Stored episodes in, scored episodes out. Pure: no sandbox, no server, no clock."""

from agentbench.scoring.episode import SCORING_VERSION, score

__all__ = ["SCORING_VERSION", "score"]
