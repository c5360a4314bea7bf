"""A run's scorecard, whatever it asked: built from the journal and a comparison, and written where it belongs."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.records import Comparison, Contrast, Scorecard, ScoredEpisode, ServerInfo
from agentbench.runner.references import Compared
from agentbench.runner.settings import RunSettings
from agentbench.store import Journal, soft_differences, write_scorecard


def card_of(
    journal: Journal,
    scored: Sequence[ScoredEpisode],
    comparison: Comparison,
    compared: Compared | None,
    *,
    beside: Sequence[ScoredEpisode] = (),
    contrasts: Sequence[Contrast] = (),
) -> Scorecard:
    """Build a run's scorecard.

    Args:
        journal: Of the run.
        scored: The episodes that the comparison is of.
        comparison: With ``compared``.
        compared: The reference; None without one.
        beside: The reference's episodes whose rates are shown beside the run's.
        contrasts: Wrong details beside the reference's own calls.

    """
    from agentbench.compare import build_scorecard  # with it comes scipy, which planning a run can do without

    plan, theirs = journal.plan, compared.lock if compared else None
    return build_scorecard(
        family=plan.family,
        quant=plan.quant,
        run_id=journal.id,
        plan=plan,
        lock=journal.lock,
        server=journal.server() or ServerInfo(kind="none", base_url="", model=""),
        scored=scored,
        reference=beside,
        reference_id=compared.id if compared else None,
        reference_lock=theirs,
        soft_differences=soft_differences(journal.lock.soft, theirs.soft) if theirs else [],
        comparison=comparison,
        contrasts=contrasts,
        trajectory_paths=journal.trajectory_paths(),
    )


def write_card(settings: RunSettings, journal: Journal, card: Scorecard, *, suffix: str = "") -> list[str]:
    """Write a scorecard into the run and as ``<quant><suffix>.json`` into the scorecards directory.

    Returns:
        the paths of the files written.
    """
    public = settings.scorecards_dir / journal.plan.family / f"{journal.plan.quant}{suffix}.json"
    written = [str(journal.write_scorecard(card))]
    write_scorecard(public, card)
    return [*written, str(public)]
