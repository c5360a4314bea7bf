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
from agentbench.runner.cards import card_of
from agentbench.runner.prompts import compare_prompts
from agentbench.runner.references import Compared
from agentbench.store import Journal
from agentbench.verify.failures import failed_checks
from agentbench.verify.planning import NO_TOOLS, NOT_MEASURED
from agentbench.verify.rates import request_rates
from agentbench.verify.references import find_compared, told_of_counts

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
    """Build the scorecard of a request set's run. Raises ReferenceMismatchError: token ids differ."""
    from agentbench.compare import compare  # with it comes scipy, which planning a run can do without

    compared = told_of_counts(compared, scored) if compared else None
    plan, theirs = journal.plan, compared.scored if compared else None
    prompts = _prompts(journal, scored, compared) if compared else None
    comparison = compare(
        scored,
        theirs,
        cells=plan.cells,
        margins=settings.family.margins,
        alpha=plan.alpha,
        seed=plan.seed,
        template_unverified=prompts is not None,
        trials=plan.trials,
        reference_plan=compared.plan if compared else None,
        gated=plan.metrics,
    )
    card = card_of(journal, scored, _told(comparison, plan.metrics, compared, prompts), compared)
    rates = request_rates(plan, scored, theirs)
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


def _prompts(journal: Journal, scored: Sequence[ScoredEpisode], compared: Compared) -> str | None:
    """Return why the prompts cannot be taken to be the reference's, or None if they can."""
    found = compare_prompts(scored, compared.scored, names=(journal.id, f"the reference {compared.id}"))
    end = "no metric can be called non-inferior"
    if found.unequal:
        return (
            f"{len(found.unequal)} of {found.cells} requests have another number of prompt tokens than in the "
            f"reference ({found.unequal[0]}): another chat template or tokenizer, so {end}"
        )
    if found.unknown:
        return (
            f"the prompts of {len(found.unknown)} requests cannot be verified (neither token ids nor counts), so {end}"
        )
    return None
