"""From a journal of replies to a scorecard, by the same comparison and the same builder as every other run."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.records import (
    Cell,
    Comparison,
    FirstScreenWarning,
    Metric,
    RequestLine,
    Scorecard,
    ScoredEpisode,
)
from agentbench.runner import RunSettings
from agentbench.store import Journal, soft_differences, write_scorecard
from agentbench.verify.failures import failed_checks
from agentbench.verify.planning import NO_TOOLS, NOT_MEASURED
from agentbench.verify.rates import request_rates
from agentbench.verify.references import Compared, find_compared, server_of

NO_REFERENCE = (
    "no reference: record one with `agentbench verify --quant REFERENCE --save-reference PATH`, or name one with "
    "--reference PATH (a stored reference, a run, or result files of MiniMax-Provider-Verifier or K2-Vendor-Verifier)"
)


def requests_of(journal: Journal) -> list[tuple[Cell, RequestLine]]:
    """Return what a stored run asked, cell by cell, for comparing it again."""
    found: dict[str, tuple[Cell, RequestLine]] = {}
    for case_id, scored in journal.scored().items():
        if scored.case.cell.id not in found and (line := journal.episode(case_id).request) is not None:
            found[scored.case.cell.id] = (scored.case.cell, line)
    return list(found.values())


def compare_again(settings: RunSettings, journal: Journal, scored: Sequence[ScoredEpisode]) -> Scorecard:
    """Build a stored run's scorecard again. Raises what ``find_compared`` raises."""
    plan = journal.plan
    asked = requests_of(journal)
    return scorecard_of(
        settings, journal, scored, find_compared(settings, plan.quant, plan, journal.lock, asked, before=journal.id)
    )


def scorecard_of(
    settings: RunSettings, journal: Journal, scored: Sequence[ScoredEpisode], compared: Compared | None
) -> Scorecard:
    """Build the scorecard of a request set's run."""
    from agentbench.compare import build_scorecard, compare  # with it comes scipy, which planning a run can do without

    plan, server, theirs = journal.plan, server_of(journal), compared.lock if compared else None
    prompts = _prompts(scored, compared) if compared else None
    comparison = compare(
        scored,
        compared.scored if compared else None,
        cells=plan.cells,
        margins=settings.family.margins,
        alpha=plan.alpha,
        seed=plan.seed,
        template_unverified=prompts is not None,
        trials=plan.trials,
        gated=plan.metrics,
    )
    card = build_scorecard(
        family=plan.family,
        quant=plan.quant,
        run_id=journal.id,
        plan=plan,
        lock=journal.lock,
        server=server,
        scored=scored,
        reference_id=compared.id if compared else None,
        reference_lock=theirs,
        soft_differences=soft_differences(journal.lock.soft, theirs.soft) if theirs else [],
        comparison=_told(comparison, plan.metrics, compared, prompts),
        trajectory_paths=journal.trajectory_paths(),
    )
    rates = request_rates(plan, scored, compared.scored if compared else None)
    return card.model_copy(
        update={
            "details_wrong": failed_checks(scored, first=comparison.lost),
            "rates": {name: rate for name, rate in card.rates.items() if name not in rates} | rates,
            "by_context": {
                size: {name: rate for name, rate in found.items() if name in plan.metrics}
                for size, found in card.by_context.items()
            },
        }
    )


def write(settings: RunSettings, journal: Journal, card: Scorecard, set_name: str) -> list[str]:
    """Write the scorecard into the run and the scorecards directory, and return the paths.

    A run's scorecard of tasks is another file and is never touched.
    """
    public = settings.scorecards_dir / journal.plan.family / f"{journal.plan.quant}.requests-{set_name}.json"
    written = [str(journal.write_scorecard(card))]
    write_scorecard(public, card)
    return [*written, str(public)]


def _told(
    comparison: Comparison, gated: Sequence[Metric], compared: Compared | None, prompts: str | None
) -> Comparison:
    """Return a comparison with what a reader must know about runs of this kind, and without sizes of contexts."""
    warnings = [one for one in comparison.warnings if one.code != "template_unverified"]
    found = [("not_measured", NOT_MEASURED)]
    if Metric.CALL_VALIDITY not in gated:
        found.append(("not_measured", NO_TOOLS))
    if prompts is not None:
        found.append(("template_unverified", prompts))
    found += [("reference", note) for note in (compared.notes if compared else [])]
    reason = comparison.reason if compared else NO_REFERENCE
    warnings += [FirstScreenWarning(code=code, text=text) for code, text in found]
    return comparison.model_copy(update={"warnings": warnings, "reason": reason, "effective_context": {}})


def _prompts(scored: Sequence[ScoredEpisode], compared: Compared) -> str | None:
    """Return why the prompts cannot be taken to be the reference's, or None if they can.

    Equal token ids prove it. Where one side has none, equal token counts of every common request speak for it: another
    template, or tools that are rendered in another way, hardly ever give the same counts throughout.
    """
    ours, theirs = _first_by_cell(scored), _first_by_cell(compared.scored)
    unequal, unknown = [], 0
    for cell in sorted(ours.keys() & theirs.keys()):
        here, there = ours[cell], theirs[cell]
        if here.token_digest and there.token_digest:
            continue  # compared when it was asked
        if not here.prompt_tokens or not there.prompt_tokens:
            unknown += 1
        elif here.prompt_tokens != there.prompt_tokens:
            unequal.append(f"{cell}: {here.prompt_tokens} here, {there.prompt_tokens} there")
    end = "no metric can be called non-inferior"
    if unequal:
        return (
            f"{len(unequal)} of {len(ours)} requests have another number of prompt tokens than in the reference "
            f"({unequal[0]}): another chat template or tokenizer, so {end}"
        )
    if unknown:
        return f"the prompts of {unknown} requests cannot be verified (neither token ids nor counts), so {end}"
    return None


def _first_by_cell(scored: Sequence[ScoredEpisode]) -> dict[str, ScoredEpisode]:
    found: dict[str, ScoredEpisode] = {}
    for one in sorted(scored, key=lambda one: one.case.trial):
        if one.outcome.graded:
            found.setdefault(one.case.cell.id, one)
    return found
