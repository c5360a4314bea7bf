"""The scorecard: everything about a run, put together. Deterministic: the order of the episodes does not matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentbench import __version__
from agentbench.compare.breakdown import details_by, rates_by_plan
from agentbench.compare.provider_rates import trigger_rates
from agentbench.compare.rates import flat_rates, rates_by_context
from agentbench.compare.warnings import run_warnings
from agentbench.records import (
    Comparison,
    Contrast,
    DetailClass,
    Lock,
    LockDifference,
    Outcome,
    PlannedRun,
    Scorecard,
    ScoredEpisode,
    ServerInfo,
)

MOST_DETAILS = 200
_WORST_FIRST = (
    DetailClass.STALE,
    DetailClass.HALLUCINATED,
    DetailClass.NEAR_MISS,
    DetailClass.VIOLATED,
    DetailClass.OMITTED,
)
"""A wrong value that looks right is worse than one that is plainly absent."""


def build_scorecard(
    *,
    family: str,
    quant: str,
    run_id: str,
    plan: PlannedRun,
    lock: Lock,
    server: ServerInfo,
    scored: Sequence[ScoredEpisode],
    reference: Sequence[ScoredEpisode] = (),
    reference_id: str | None,
    reference_lock: Lock | None,
    soft_differences: Sequence[LockDifference],
    comparison: Comparison,
    contrasts: Sequence[Contrast] = (),
    trajectory_paths: Mapping[str, str],
) -> Scorecard:
    """Return the scorecard of a run.

    Args:
        family: Name of the model family.
        quant: Name of the quant profile.
        run_id: Of the journal.
        plan: What was planned.
        lock: Of this run.
        server: As it was booted.
        scored: One scored episode per case, any order.
        reference: Scored episodes of the reference, any order; those of cells that were not planned are left out.
        reference_id: Digest of the reference; None without one.
        reference_lock: Its lock.
        soft_differences: To be listed, not refused.
        comparison: From ``compare``.
        contrasts: Wrong details beside the reference's own calls, those that say most first.
        trajectory_paths: Case id to the trajectory file, relative to the run.

    """
    episodes = sorted(scored, key=lambda episode: (episode.case.id, episode.case.trial))
    planned = {cell.id for cell in plan.cells}
    theirs = [episode for episode in reference if episode.case.cell.id in planned]
    warnings = [*comparison.warnings, *run_warnings(server, soft_differences, subset=plan.subset)]
    outcomes = [episode.outcome for episode in episodes]
    return Scorecard(
        scoring_version=max((episode.scoring_version for episode in episodes), default=0),
        agentbench_version=__version__,
        family=family,
        quant=quant,
        run_id=run_id,
        subset=plan.subset,
        lock=lock,
        reference_id=reference_id,
        reference_lock=reference_lock,
        soft_differences=sorted(soft_differences, key=lambda one: one.key),
        server=server,
        comparison=comparison.model_copy(update={"warnings": warnings}),
        rates=flat_rates(episodes) | (trigger_rates(episodes, theirs) if theirs else {}),
        reference_rates=flat_rates(theirs) if theirs else {},
        by_context=rates_by_context(episodes),
        reference_by_context=rates_by_context(theirs),
        by_plan=rates_by_plan(episodes, theirs),
        details_by=details_by(episodes, theirs),
        outcomes={outcome.value: outcomes.count(outcome) for outcome in Outcome if outcome in outcomes},
        totals={
            "episodes": len(episodes),
            "planned_episodes": len(plan.cases),
            "replies": sum(episode.replies for episode in episodes),
            "calls": sum(episode.attempted_calls for episode in episodes),
            "prompt_tokens": sum(episode.prompt_tokens for episode in episodes),
            "completion_tokens": sum(episode.completion_tokens for episode in episodes),
            "episode_seconds": round(sum(episode.duration_s for episode in episodes), 3),
        },
        details_wrong=_wrong_details(episodes),
        contrasts=list(contrasts),
        episodes=[
            {
                "case": episode.case.id,
                "outcome": episode.outcome.value,
                "reward": episode.reward,
                "error": episode.error,
                "trajectory": trajectory_paths.get(episode.case.id),
            }
            for episode in episodes
        ],
    )


def _wrong_details(episodes: Sequence[ScoredEpisode]) -> list[dict[str, Any]]:
    rank = {kind: index for index, kind in enumerate(_WORST_FIRST)}
    found = [
        (rank[finding.detail_class], episode.case.id, finding)
        for episode in episodes
        for finding in episode.detail_findings
        if finding.detail_class.is_error
    ]
    found.sort(key=lambda one: (one[0], one[1], one[2].detail_id))
    return [
        {
            "case": case_id,
            "detail": finding.detail_id,
            "class": finding.detail_class.value,
            "expected": finding.expected,
            "found": finding.found,
            "told_in": finding.told_in,
            "depth": finding.depth,
            "explanation": finding.explanation,
        }
        for _, case_id, finding in found[:MOST_DETAILS]
    ]
