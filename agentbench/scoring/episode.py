"""One stored episode in, its numbers and findings out. Pure: the same episode always gives the same result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from agentbench.records import CallClass, DetailClass, Episode, EpisodeEnd, Outcome, ScoredEpisode
from agentbench.scoring.copying import score_copying
from agentbench.scoring.details import score_details
from agentbench.scoring.language import score_language
from agentbench.scoring.loops import score_loops
from agentbench.scoring.replies import clip, read_replies
from agentbench.scoring.tool_calls import score_calls

SCORING_VERSION = 3
"""Raise it with any change of a definition; stored runs of another version are scored again."""

_Class = TypeVar("_Class", bound=StrEnum)


def score(episode: Episode, tools: Sequence[Mapping[str, Any]] | None = None) -> ScoredEpisode:
    """Score one episode. Never raises, whatever the model wrote.

    Args:
        episode: As stored.
        tools: Definitions of the offered tools; by default those in the trajectory.

    """
    trajectory = episode.trajectory
    if tools is None:
        tools = (trajectory.agent.tool_definitions if trajectory else None) or []
    replies = read_replies(trajectory)
    calls = score_calls(replies, tools)
    loops = score_loops(replies)
    details = score_details(episode)
    copying = score_copying(replies)
    language = score_language(replies)
    kinds = Counter(finding.detail_class for finding in details)
    wrong = any(kind.is_error for kind in kinds)
    reply_classes = calls.reply_classes
    if loops:
        reply_classes[CallClass.LOOP] = len(loops)
    usage = episode.usage
    return ScoredEpisode(
        scoring_version=SCORING_VERSION,
        case=episode.case,
        quant=episode.quant,
        outcome=episode.outcome,
        reward=episode.evidence.reward if episode.evidence else None,
        calls=_ordered(calls.calls, CallClass),
        replies=len(replies),
        reply_classes=_ordered(reply_classes, CallClass),
        details=_ordered(kinds, DetailClass),
        details_declared=len(details),
        copy_errors=copying.errors,
        copy_opportunities=copying.opportunities,
        submitted=episode.end is EpisodeEnd.SUBMITTED,
        sloppy=episode.outcome is Outcome.SOLVED and wrong,
        model_chars=language.chars,
        language_runs=language.runs,
        completion_tokens=usage.completion_tokens or sum(reply.completion_tokens for reply in replies),
        prompt_tokens=usage.prompt_tokens or sum(reply.prompt_tokens or 0 for reply in replies),
        duration_s=episode.duration_s,
        token_digest=episode.context.token_digest if episode.context else None,
        call_findings=sorted([*calls.findings, *loops], key=lambda finding: finding.step_id),
        detail_findings=details,
        copy_findings=copying.findings,
        other_findings=language.findings,
        error=None if episode.error is None else clip(episode.error),
        server_deaths=episode.server_deaths,
    )


def _ordered(counts: Counter[_Class], kinds: type[_Class]) -> dict[_Class, int]:
    """Return the counts in the closed set's own order, so that equal scores are equal text."""
    return {kind: counts[kind] for kind in kinds if counts[kind]}
