"""Every rate of a run by itself: outcomes, classes of calls, replies and details, language confusion, pass^k.

All are over graded episodes, except outcomes, which are over all. Unlike the gated comparison these are plain counts:
a numerator and a denominator that a reader can find again in the episodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from agentbench.compare.provider_rates import provider_rates
from agentbench.compare.ratio import ratio
from agentbench.compare.tallies import mean_tally, tally
from agentbench.compare.verdicts import rate_of
from agentbench.records import CallClass, DetailClass, Metric, Outcome, Rate, ScoredEpisode, size_name
from agentbench.stats import pass_hat_k

PASS_HAT = (1, 2, 4, 8)
_WRONG_VALUES = (DetailClass.STALE, DetailClass.NEAR_MISS, DetailClass.HALLUCINATED)


def flat_rates(scored: Iterable[ScoredEpisode]) -> dict[str, Rate]:
    """Return all rates by name, in a fixed order.

    ``outcome.*`` per episode; ``calls.*`` per attempted call; ``replies.*`` per model reply; ``details.*`` per
    declared detail; the others say it in their names.
    """
    episodes = sorted(scored, key=lambda episode: episode.case.id)
    graded = [episode for episode in episodes if episode.outcome.graded]
    return {
        **{f"outcome.{one}": ratio(sum(e.outcome is one for e in episodes), len(episodes)) for one in Outcome},
        **_pass_rates(graded),
        **_call_rates(graded),
        **_detail_rates(graded),
        **_text_rates(graded),
        **provider_rates(graded),
    }


def rates_by_context(scored: Iterable[ScoredEpisode]) -> dict[str, dict[str, Rate]]:
    """Return the gated metrics per context size, smallest first; cells weigh the same within a size."""
    sizes: dict[int, dict[str, list[ScoredEpisode]]] = defaultdict(lambda: defaultdict(list))
    for episode in sorted(scored, key=lambda episode: episode.case.id):
        if episode.outcome.graded:
            sizes[episode.case.cell.context_tokens][episode.case.cell.id].append(episode)
    return {size_name(tokens): rates_over(list(sizes[tokens].values())) for tokens in sorted(sizes)}


def rates_over(cells: Sequence[Sequence[ScoredEpisode]]) -> dict[str, Rate]:
    """Return the gated metrics over cells given as their graded trials, each cell weighing the same."""
    found = {}
    for metric in Metric:
        means = [mean_tally([tally(episode, metric) for episode in trials]) for trials in cells if trials]
        found[metric.value] = rate_of(sum(one.errors for one in means), sum(one.units for one in means), metric)
    return found


def _pass_rates(graded: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    cells: dict[str, list[bool]] = defaultdict(list)
    for episode in graded:
        cells[episode.case.cell.id].append(episode.outcome is Outcome.SOLVED)
    found = {}
    for k in PASS_HAT:
        values = [pass_hat_k(sum(trials), len(trials), k) for trials in cells.values()]
        known = [value for value in values if value is not None]
        # A cell with fewer than k trials says nothing about k of them, and leaving only those out would bias the rest.
        complete = bool(values) and len(known) == len(values)
        found[f"pass^{k}"] = ratio(round(sum(known), 9), len(known)) if complete else ratio(0, 0)
    return found


def _call_rates(graded: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    attempted = sum(episode.attempted_calls for episode in graded)
    replies = sum(episode.replies for episode in graded)
    tallies = [tally(episode, Metric.CALL_VALIDITY) for episode in graded]
    clusters: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for episode, one in zip(graded, tallies, strict=True):
        clusters[episode.case.cell.cluster][0] += one.units - one.errors
        clusters[episode.case.cell.cluster][1] += one.units
    shares = [valid / units for valid, units in clusters.values() if units]
    found = {}
    for kind in CallClass:
        if kind.per_reply:
            found[f"replies.{kind}"] = ratio(sum(e.reply_classes.get(kind, 0) for e in graded), replies)
        else:
            found[f"calls.{kind}"] = ratio(sum(e.calls.get(kind, 0) for e in graded), attempted)
    found["episodes_with_invalid_call"] = ratio(sum(one.errors > 0 for one in tallies), len(graded))
    found["call_validity_mean_over_clusters"] = ratio(round(sum(shares), 9), len(shares))
    return found


def _detail_rates(graded: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    declared = sum(episode.details_declared for episode in graded)
    found = {f"details.{kind}": ratio(sum(e.details.get(kind, 0) for e in graded), declared) for kind in DetailClass}
    for name, recoverable in (("recoverable", True), ("unrecoverable", False)):
        chosen = [
            finding
            for episode in graded
            for finding in episode.detail_findings
            if not finding.is_constraint and finding.recoverable is recoverable
        ]
        found[f"detail_errors_{name}"] = ratio(sum(one.detail_class.is_error for one in chosen), len(chosen))
    submitted = [episode for episode in graded if episode.submitted]
    wrong = sum(e.details.get(kind, 0) for e in submitted for kind in _WRONG_VALUES)
    exact = sum(e.details.get(DetailClass.EXACT, 0) for e in submitted)
    found["wrong_values_of_attempted_when_submitted"] = ratio(wrong, wrong + exact)
    solved = sum(episode.outcome is Outcome.SOLVED for episode in graded)
    found["sloppy_of_solved"] = ratio(sum(episode.sloppy for episode in graded), solved)
    return found


def _text_rates(graded: Sequence[ScoredEpisode]) -> dict[str, Rate]:
    def total(of: Callable[[ScoredEpisode], int]) -> int:
        return sum(of(episode) for episode in graded)

    return {
        "language_runs_per_10k_chars": ratio(total(lambda e: e.language_runs), total(lambda e: e.model_chars) / 10_000),
        "episodes_with_language_confusion": ratio(total(lambda e: e.language_runs > 0), len(graded)),
        "replies_with_language_confusion": ratio(total(lambda e: e.language_replies), total(lambda e: e.replies)),
        "slips_of_new_atoms": ratio(total(lambda e: e.slips), total(lambda e: e.new_atoms)),
        "replies_with_repeated_text": ratio(total(lambda e: e.repeated_replies), total(lambda e: e.replies)),
        "episodes_with_call_after_submit": ratio(total(lambda e: e.calls_after_submit > 0), len(graded)),
        "episodes_with_undone_edit": ratio(total(lambda e: e.undone_edits > 0), len(graded)),
        "episodes_with_outside_file": ratio(
            total(lambda e: bool(e.outside_files)), total(lambda e: e.outside_files is not None)
        ),
        "episodes_with_copy_error": ratio(total(lambda e: e.copy_errors > 0), len(graded)),
        "submitted": ratio(total(lambda e: e.submitted), len(graded)),
        "replies_per_episode": ratio(total(lambda e: e.replies), len(graded)),
        "completion_tokens_per_episode": ratio(total(lambda e: e.completion_tokens), len(graded)),
    }
