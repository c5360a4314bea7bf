"""Stored episodes in, scored episodes out. Pure: no sandbox, no server, no clock."""

from agentbench.scoring.episode import SCORING_VERSION, score
from agentbench.scoring.writing import writing_call

__all__ = ["SCORING_VERSION", "score", "writing_call"]
