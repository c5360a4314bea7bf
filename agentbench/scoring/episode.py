"""One stored episode in, its numbers and findings out. Pure: the same episode always gives the same result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from agentbench.records import CallClass, DetailClass, Episode, EpisodeEnd, Outcome, ScoredEpisode
from agentbench.scoring.atoms import KINDS
from agentbench.scoring.behaviour import score_behaviour
from agentbench.scoring.copying import score_copying
from agentbench.scoring.details import score_details
from agentbench.scoring.language import score_language
from agentbench.scoring.loops import score_loops
from agentbench.scoring.repeats import score_repeats
from agentbench.scoring.replies import Reply, clip, read_replies
from agentbench.scoring.slips import score_slips
from agentbench.scoring.tool_calls import score_calls

SCORING_VERSION = 6
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
    details = score_details(episode, replies)
    copying = score_copying(episode, replies)
    language = score_language(replies)
    slips = score_slips(replies)
    repeats = score_repeats(replies)
    behaviour = score_behaviour(episode, replies)
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
        language_replies=language.replies,
        slips=sum(slips.slips.values()),
        slips_by_kind={kind: slips.slips[kind] for kind in KINDS if slips.slips[kind]},
        new_atoms=slips.new_atoms,
        repeated_replies=repeats.replies,
        error_repeating_replies=repeats.error_repeating,
        calls_after_submit=behaviour.calls_after_submit,
        outside_files=behaviour.outside_files,
        undone_edits=behaviour.undone_edits,
        finish_reasons=dict(sorted(Counter(reply.finish_reason or "none" for reply in replies).items())),
        valid_replies=calls.valid_replies,
        only_reasoning_replies=sum(_only_reasons(reply) for reply in replies),
        triggered=[reply.finish_reason == "tool_calls" for reply in replies],
        calls_per_reply={str(n): c for n, c in sorted(Counter(len(reply.calls) for reply in replies).items())},
        completion_tokens=usage.completion_tokens or sum(reply.completion_tokens for reply in replies),
        prompt_tokens=usage.prompt_tokens or sum(reply.prompt_tokens or 0 for reply in replies),
        duration_s=episode.duration_s,
        token_digest=episode.context.token_digest if episode.context else None,
        call_findings=sorted([*calls.findings, *loops], key=lambda finding: finding.step_id),
        detail_findings=details,
        copy_findings=copying.findings,
        other_findings=sorted(
            [*language.findings, *slips.findings, *repeats.findings, *behaviour.findings],
            key=lambda finding: (finding.step_id, finding.kind),
        ),
        error=None if episode.error is None else clip(episode.error),
        server_deaths=episode.server_deaths,
    )


def _only_reasons(reply: Reply) -> bool:
    return bool(reply.reasoning.strip()) and not reply.content.strip() and not reply.calls


def _ordered(counts: Counter[_Class], kinds: type[_Class]) -> dict[_Class, int]:
    """Return the counts in the closed set's own order, so that equal scores are equal text."""
    return {kind: counts[kind] for kind in kinds if counts[kind]}
