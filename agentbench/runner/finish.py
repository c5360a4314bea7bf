"""From a journal to a scorecard: find the reference, compare, write. Also for stored runs (``score``, ``report``)."""

from __future__ import annotations

from pathlib import Path

from agentbench.errors import StoreError
from agentbench.records import (
    Cell,
    Comparison,
    Margins,
    RunComparison,
    Scorecard,
    ScoredEpisode,
    SequentialResult,
    ServerInfo,
)
from agentbench.records.paths import data_dir
from agentbench.runner.settings import RunSettings
from agentbench.scoring import SCORING_VERSION, score
from agentbench.store import (
    Journal,
    Reference,
    as_reference,
    load_reference,
    previous_run,
    soft_differences,
    write_scorecard,
)


def find_reference(settings: RunSettings, quant: str, *, before: str = "~") -> Reference | None:
    """Return the reference to compare with, or none if the family has none stored.

    Args:
        settings: ``reference`` is a path (which must exist), ``last``, or none for the family's.
        quant: Whose previous run ``last`` means.
        before: The run that is compared: ``last`` is an earlier one. The default sorts after every run.

    Raises:
        StoreError: what was asked for is missing or damaged.
    """
    if settings.reference and settings.reference != "last":
        path = Path(settings.reference)
        return load_reference(path if path.is_absolute() else settings.rootdir / path)
    if settings.reference == "last":
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


def reference_scores(reference: Reference) -> list[ScoredEpisode]:
    """Return the reference's scores by this version's definitions, scoring its episodes again if it is older."""
    if reference.head.scoring_version == SCORING_VERSION:
        return reference.scored
    return [score(episode) for episode in reference.episodes()]


def compare_journal(
    settings: RunSettings, journal: Journal, reference: Reference | None
) -> tuple[Scorecard, list[str]]:
    """Compare a run with its reference and write the scorecard into the run and the scorecards directory.

    A subset's scorecard goes to ``<quant>.subset.json`` and never overwrites a full one.

    Returns:
        the scorecard, and the paths of the files written.
    """
    card = scorecard_of(settings, journal, list(journal.scored().values()), reference)
    name = f"{journal.plan.quant}.subset.json" if journal.plan.subset else f"{journal.plan.quant}.json"
    public = settings.scorecards_dir / journal.plan.family / name
    written = [str(journal.write_scorecard(card))]
    write_scorecard(public, card)
    return card, [*written, str(public)]


def scorecard_of(
    settings: RunSettings, journal: Journal, scored: list[ScoredEpisode], reference: Reference | None
) -> Scorecard:
    """Build a run's scorecard against a reference."""
    from agentbench.compare import build_scorecard  # with it comes scipy, which planning a run can do without

    plan, server = journal.plan, journal.server() or ServerInfo(kind="none", base_url="", model="")
    theirs = reference_scores(reference) if reference else None
    comparison = _comparison_of(settings, journal, scored, theirs)
    if comparison.sequential is not None:
        seen = set(plan.cases[: comparison.sequential.looks[-1].episodes])
        scored = [one for one in scored if one.case.id in seen]
    return build_scorecard(
        family=plan.family,
        quant=plan.quant,
        run_id=journal.id,
        plan=plan,
        lock=journal.lock,
        server=server,
        scored=scored,
        reference=theirs or [],
        reference_id=reference.id if reference else None,
        reference_lock=reference.head.lock if reference else None,
        soft_differences=soft_differences(journal.lock.soft, reference.head.lock.soft) if reference else [],
        comparison=comparison,
        trajectory_paths=journal.trajectory_paths(),
    )


def _comparison_of(
    settings: RunSettings, journal: Journal, scored: list[ScoredEpisode], reference: list[ScoredEpisode] | None
) -> Comparison:
    """Compare at the planned looks where the run has any, else once at the end."""
    from agentbench.compare import compare, compare_in_looks

    plan, margins, unverified = journal.plan, settings.family.margins, _unverified(journal.server())
    if plan.looks is not None and reference is not None:
        return compare_in_looks(scored, reference, plan=plan, margins=margins, template_unverified=unverified)
    return compare(
        scored,
        reference,
        cells=plan.cells,
        margins=margins,
        alpha=plan.alpha,
        seed=plan.seed,
        template_unverified=unverified,
        trials=plan.trials if plan.looks is None else None,
    )


def look_at_journal(
    settings: RunSettings, journal: Journal, reference: list[ScoredEpisode], blocks: int
) -> SequentialResult:
    """Take the looks of a sequential run's blocks that have ended, against the reference's scores."""
    from agentbench.compare import look_at

    return look_at(
        list(journal.scored().values()),
        reference,
        plan=journal.plan,
        margins=settings.family.margins,
        template_unverified=_unverified(journal.server()),
        most=blocks,
    )


def pair_of(a: Journal, b: Journal, reference: Reference | None, margins: Margins) -> RunComparison:
    """Compare two stored runs of one family, scored by this version, with their common reference beside them."""
    from agentbench.compare import Arm, compare_runs

    arms = [
        Arm(
            run_id=journal.id,
            quant=journal.plan.quant,
            scored=reference_scores(as_reference(journal)),
            cells=_cells_run(journal),
            trials=journal.plan.trials if journal.plan.looks is None else 1,
            subset=journal.plan.subset,
            template_unverified=_unverified(journal.server()),
        )
        for journal in (a, b)
    ]
    return compare_runs(
        *arms,
        family=a.plan.family,
        reference=reference_scores(reference) if reference else None,
        reference_id=reference.id if reference else None,
        margins=margins,
        alpha=min(a.plan.alpha, b.plan.alpha),
        seed=a.plan.seed,
        soft_differences=soft_differences(a.lock.soft, b.lock.soft),
        gated=[metric for metric in a.plan.metrics if metric in b.plan.metrics],
    )


def _cells_run(journal: Journal) -> list[Cell]:
    """Return the planned cells, without those that a sequential run did not come to."""
    plan = journal.plan
    if plan.looks is None:
        return plan.cells
    ran = {one.case.cell.id for one in journal.scored().values()}
    return [cell for cell in plan.cells if cell.id in ran]


def _unverified(server: ServerInfo | None) -> bool:
    return server is not None and server.preflight is not None and not server.preflight.tokenize
