"""What a run is compared with: the family's stored reference, one that was named, or the same quant's last run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agentbench.errors import StoreError
from agentbench.records import Episode, Lock, PlannedRun, ScoredEpisode
from agentbench.records.paths import data_dir
from agentbench.runner.settings import RunSettings
from agentbench.scoring import SCORING_VERSION
from agentbench.store import Reference, as_reference, load_reference, previous_run

LAST = "last"
"""Names the same quant's previous run."""

Scorer = Callable[[Episode], ScoredEpisode]
"""How a kind of run scores a stored episode: ``scoring.score``, or ``verify.score_request``, which knows both kinds."""

EpisodeReader = Callable[[Collection[str]], Iterable[Episode]]
"""Reads whole episodes by case ids."""


@dataclass(frozen=True)
class Compared:
    """The other side of a comparison, whatever it was read from, scored by this version."""

    id: str
    scored: list[ScoredEpisode]
    lock: Lock | None
    """None for other tools' result files: what they were made with is not known."""
    plan: PlannedRun | None = None
    """Of the run that it is; None where it is not known, or in other cells than the scores."""
    episodes: EpisodeReader | None = None
    """None where there are only scores."""
    notes: list[str] = field(default_factory=list)
    """What a reader must know about it, one sentence each."""

    @property
    def token_digests(self) -> dict[str, str]:
        """Cell id to the digest of the token ids that its first request was rendered to."""
        return token_digests(self.scored)


def token_digests(scored: list[ScoredEpisode]) -> dict[str, str]:
    """Return the digest of the token ids of every cell's first request, where it is known."""
    return {one.case.cell.id: one.token_digest for one in scored if one.token_digest is not None}


def find_reference(settings: RunSettings, quant: str, *, before: str = "~") -> Reference | None:
    """Return the reference to compare with, or none if the family has none stored.

    Args:
        settings: ``reference`` is a path (which must exist), ``last``, or none for the family's.
        quant: Whose previous run ``last`` means.
        before: The run that is compared: ``last`` is an earlier one. The default sorts after every run.

    Raises:
        StoreError: what was asked for is missing or damaged.
    """
    if settings.reference and settings.reference != LAST:
        path = Path(settings.reference)
        return load_reference(path if path.is_absolute() else settings.rootdir / path)
    if settings.reference == LAST:
        return last_run_as_reference(settings, quant, before)
    for base in (settings.rootdir / "references", data_dir("references")):
        directory = base / settings.family.name
        if (directory / "reference.json").is_file():
            return load_reference(directory)
    return None


def last_run_as_reference(settings: RunSettings, quant: str, before: str) -> Reference:
    """Present the same quant's previous complete run as a reference: did the upgrade break it?"""
    journal = previous_run(settings.runs_dir, settings.family.name, quant, before=before)
    if journal is None:
        raise StoreError(
            f"--quant-reference last: no complete run of '{quant}' in {settings.runs_dir}; run it once without this"
        )
    return as_reference(journal)


def reference_scores(reference: Reference, score: Scorer) -> list[ScoredEpisode]:
    """Return the reference's scores by this version's definitions, scoring its episodes again if it is older."""
    if all(one.scoring_version == SCORING_VERSION for one in reference.scored):
        return reference.scored
    return [score(episode) for episode in reference.episodes()]


def compared_with(reference: Reference, score: Scorer) -> Compared:
    """Present a stored reference as the other side of a comparison."""
    head = reference.head
    return Compared(
        id=reference.id,
        scored=reference_scores(reference, score),
        lock=head.lock,
        plan=head.plan,
        episodes=reference.episodes,
    )
