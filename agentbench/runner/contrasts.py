"""The wrong details that say most, each beside the reference's own call in the same cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from agentbench.records import Contrast, DetailClass, DetailFinding, ScoredEpisode, WritingCall
from agentbench.runner.references import Compared, EpisodeReader
from agentbench.scoring import writing_call
from agentbench.store import Journal

MOST = 3
_TRIED = 30
"""Whole episodes are read for so many at most: a value that no call wrote literally gives no contrast."""
_SAYS_MOST = (DetailClass.NEAR_MISS, DetailClass.STALE, DetailClass.HALLUCINATED)
"""Another value was written, the kinds of inattention before invention; what was left out shows no call."""
_LEAST_RIGHT = 0.5
"""Of the reference's trials: what it gets wrong itself is no contrast."""


@dataclass(frozen=True)
class _Candidate:
    ours: ScoredEpisode
    finding: DetailFinding
    right: list[ScoredEpisode]
    """The reference's trials in which the detail is right."""
    trials: int

    @property
    def rank(self) -> tuple[float, int, str, str]:
        share = len(self.right) / self.trials
        return -share, _SAYS_MOST.index(self.finding.detail_class), self.ours.case.id, self.finding.detail_id


def contrasts_of(journal: Journal, scored: Sequence[ScoredEpisode], compared: Compared | None) -> list[Contrast]:
    """Return the contrasts of a run with its reference, those that say most first; one per cluster, at most ``MOST``.

    First come details that the reference gets right in every trial of the cell; among these near misses before
    superseded values, and those before any other value.

    Raises:
        StoreError: the reference's episodes are damaged.

    """
    if compared is None or compared.episodes is None:
        return []
    ranked = sorted(_candidates(scored, compared.scored), key=lambda one: one.rank)
    candidates = list(islice(_first_per_cluster(ranked), _TRIED))
    theirs = _their_calls(candidates, compared.episodes)
    found: list[Contrast] = []
    for one in candidates:
        finding, case = one.finding, one.ours.case
        reference = theirs[one.right[0].case.id]
        quant = writing_call(journal.episode(case.id), finding.detail_id, finding.found or "")
        if quant is None or reference is None:
            continue
        found.append(
            Contrast(
                cell_id=case.cell.id,
                detail_id=finding.detail_id,
                detail_class=finding.detail_class,
                told_in=finding.told_in,
                depth=finding.depth,
                distance_tokens=finding.distance_tokens,
                reference_right=len(one.right),
                reference_trials=one.trials,
                quant=quant,
                reference=reference,
            )
        )
        if len(found) == MOST:
            break
    return found


def _their_calls(candidates: Sequence[_Candidate], episodes: EpisodeReader) -> dict[str, WritingCall | None]:
    """Return the reference's call for each candidate, by case id; whole episodes are read one at a time."""
    findings = {one.right[0].case.id: one.finding for one in candidates}
    calls = {}
    for episode in episodes(findings) if findings else ():
        finding = findings[episode.case.id]
        calls[episode.case.id] = writing_call(episode, finding.detail_id, finding.expected or "")
    return calls


def _candidates(scored: Sequence[ScoredEpisode], reference: Sequence[ScoredEpisode]) -> Iterator[_Candidate]:
    trials: dict[str, list[ScoredEpisode]] = defaultdict(list)
    for one in reference:
        if one.detail_findings:
            trials[one.case.cell.id].append(one)
    for ours in scored:
        theirs = trials[ours.case.cell.id]
        for finding in ours.detail_findings:
            if finding.detail_class not in _SAYS_MOST:
                continue
            right = [one for one in theirs if _is_right(one, finding.detail_id)]
            if right and len(right) >= _LEAST_RIGHT * len(theirs):
                yield _Candidate(ours, finding, right, len(theirs))


def _is_right(scored: ScoredEpisode, detail_id: str) -> bool:
    return any(one.detail_id == detail_id and one.detail_class is DetailClass.EXACT for one in scored.detail_findings)


def _first_per_cluster(candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
    seen: set[str] = set()
    for one in candidates:
        cluster = one.ours.case.cell.cluster
        if cluster not in seen:
            seen.add(cluster)
            yield one
