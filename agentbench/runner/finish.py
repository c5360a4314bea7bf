"""From a journal of tasks to a scorecard: compare, build, write. Also for stored runs (``score``, ``compare``)."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.records import Comparison, Margins, RunComparison, Scorecard, ScoredEpisode, SequentialResult
from agentbench.runner.cards import card_of, write_card
from agentbench.runner.contrasts import contrasts_of
from agentbench.runner.prompts import compare_prompts
from agentbench.runner.references import Compared, Scorer, reference_scores
from agentbench.runner.settings import RunSettings
from agentbench.store import Journal, Reference, soft_differences


def compare_journal(settings: RunSettings, journal: Journal, compared: Compared | None) -> tuple[Scorecard, list[str]]:
    """Compare a run with its reference and write the scorecard into the run and the scorecards directory.

    A subset's scorecard goes to ``<quant>.subset.json`` and never overwrites a full one.

    Returns:
        the scorecard, and the paths of the files written.

    Raises:
        ReferenceMismatchError: token ids differ from the reference's.
    """
    card = scorecard_of(settings, journal, list(journal.scored().values()), compared)
    return card, write_card(settings, journal, card, suffix=".subset" if journal.plan.subset else "")


def scorecard_of(
    settings: RunSettings, journal: Journal, scored: list[ScoredEpisode], compared: Compared | None
) -> Scorecard:
    """Build a run's scorecard against a reference. Raises as ``compare_journal``."""
    comparison = _comparison_of(settings, journal, scored, compared)
    if comparison.sequential is not None:
        seen = set(journal.plan.cases[: comparison.sequential.looks[-1].episodes])
        scored = [one for one in scored if one.case.id in seen]
    return card_of(
        journal,
        scored,
        comparison,
        compared,
        beside=compared.scored if compared else (),
        contrasts=contrasts_of(journal, scored, compared),
    )


def _comparison_of(
    settings: RunSettings, journal: Journal, scored: list[ScoredEpisode], compared: Compared | None
) -> Comparison:
    """Compare at the planned looks where the run has any, else once at the end."""
    from agentbench.compare import compare, compare_in_looks, planned_part  # with it comes scipy

    plan, margins, unverified = journal.plan, settings.family.margins, _unverified(journal, scored, compared)
    if plan.looks is not None and compared is not None:
        return compare_in_looks(
            scored,
            compared.scored,
            plan=plan,
            margins=margins,
            reference_plan=compared.plan,
            template_unverified=unverified,
        )
    planned = planned_part(plan, scored)
    return compare(
        scored,
        compared.scored if compared else None,
        cells=planned.cells,
        margins=margins,
        alpha=plan.alpha,
        seed=plan.seed,
        template_unverified=unverified,
        trials=planned.trials,
        reference_plan=compared.plan if compared else None,
    )


def look_at_journal(settings: RunSettings, journal: Journal, compared: Compared, blocks: int) -> SequentialResult:
    """Take the looks of a sequential run's blocks that have ended. Raises as ``compare_journal``."""
    from agentbench.compare import look_at

    scored = list(journal.scored().values())
    return look_at(
        scored,
        compared.scored,
        plan=journal.plan,
        margins=settings.family.margins,
        reference_plan=compared.plan,
        template_unverified=_unverified(journal, scored, compared),
        most=blocks,
    )


def _unverified(journal: Journal, scored: Sequence[ScoredEpisode], compared: Compared | None) -> bool:
    """Tell whether the prompts may be other ones than the reference's; without one, whether that can never be told."""
    theirs, name = (compared.scored, f"the reference {compared.id}") if compared else (scored, "other trials of it")
    return not compare_prompts(scored, theirs, names=(journal.id, name)).verified


def pair_of(a: Reference, b: Reference, reference: Reference | None, margins: Margins, scorer: Scorer) -> RunComparison:
    """Compare two runs of one family, both scored by this version, with their common reference beside them.

    Raises:
        ReferenceMismatchError: the token ids of a cell that both ran differ.
    """
    from agentbench.compare import Arm, compare_runs

    heads, scored = (a.head, b.head), [reference_scores(one, scorer) for one in (a, b)]
    prompts = compare_prompts(*scored, names=(f"run A {a.head.run_id}", f"run B {b.head.run_id}"))
    arms = [
        Arm(run_id=head.run_id, plan=head.plan, scored=own, template_unverified=blind)
        for head, own, blind in zip(heads, scored, prompts.blind, strict=True)
    ]
    return compare_runs(
        *arms,
        reference=reference_scores(reference, scorer) if reference else None,
        reference_id=reference.id if reference else None,
        margins=margins,
        soft_differences=soft_differences(a.head.lock.soft, b.head.lock.soft),
    )
