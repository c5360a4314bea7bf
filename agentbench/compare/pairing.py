"""Episodes of both arms, put side by side by cell, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agentbench.records import Cell, CellComparison, Outcome, ScoredEpisode

CRASHES = 2
"""A cell during which the server died so often is an engine crash, not bad luck."""


@dataclass(frozen=True)
class CellPair:
    """One planned cell with the graded trials of both arms, in trial order."""

    cell: Cell
    quant: list[ScoredEpisode]
    reference: list[ScoredEpisode]
    quant_missing: int
    reference_missing: int
    crashed: bool
    """Engine crash in the quant's arm."""
    reference_crashed: bool = False

    @property
    def paired(self) -> bool:
        """Both arms have a graded trial."""
        return bool(self.quant and self.reference)


@dataclass(frozen=True)
class Pairing:
    """All planned cells, sorted by id."""

    cells: list[CellPair]
    planned: int
    """Trials of the quant, over all cells."""
    reference_planned: int
    """Trials of the reference, over all cells; where its plan is not known, over those that it ran."""

    @property
    def paired(self) -> list[CellPair]:
        """Cells that both arms have graded trials of."""
        return [pair for pair in self.cells if pair.paired]

    @property
    def quant_missing(self) -> int:
        """Planned trials of the quant without a graded result."""
        return sum(pair.quant_missing for pair in self.cells)

    @property
    def reference_missing(self) -> int:
        """Planned trials of the reference without a graded result."""
        return sum(pair.reference_missing for pair in self.cells)

    @property
    def quant_missing_share(self) -> float:
        """Of the planned trials."""
        return self.quant_missing / self.planned if self.planned else 0.0

    @property
    def reference_missing_share(self) -> float:
        """Of the reference's planned trials."""
        return self.reference_missing / self.reference_planned if self.reference_planned else 0.0

    @property
    def unreferenced(self) -> list[CellPair]:
        """Cells without a graded reference trial: nothing to compare them with."""
        return [pair for pair in self.cells if not pair.reference]

    @property
    def crashes(self) -> list[CellPair]:
        """Cells that killed the server repeatedly."""
        return [pair for pair in self.cells if pair.crashed]

    @property
    def k_ref(self) -> float | None:
        """Mean graded reference trials of the cells that have any."""
        counts = [len(pair.reference) for pair in self.cells if pair.reference]
        return sum(counts) / len(counts) if counts else None


def pair_cells(
    quant: Sequence[ScoredEpisode],
    reference: Sequence[ScoredEpisode],
    cells: Iterable[Cell],
    trials: int | Mapping[str, int] | None = None,
    reference_trials: Mapping[str, int] | None = None,
) -> Pairing:
    """Pair by cell id. Episodes of cells that were not planned are left out.

    Args:
        quant: Any order; a case that occurs twice counts as its last graded episode.
        reference: Likewise.
        cells: The plan.
        trials: Planned trials per cell, or of each cell by id; by default one more than the highest trial number seen.
        reference_trials: Those of the reference, of each cell by id, where its plan is known. By default one more than
            the highest trial number seen, for the cells that it ran.

    """
    ours, theirs = _by_cell(quant), _by_cell(reference)
    planned = {cell.id: cell for cell in cells}
    each = trials if isinstance(trials, Mapping) else dict.fromkeys(planned, trials or _trials(ours, planned))
    if reference_trials is None:
        ran = [cell_id for cell_id in planned if cell_id in theirs]
        reference_trials = dict.fromkeys(ran, _trials(theirs, ran))
    pairs = []
    for cell_id in sorted(planned):
        mine, other = ours.get(cell_id, []), theirs.get(cell_id, [])
        graded, referenced = _graded(mine), _graded(other)
        pairs.append(
            CellPair(
                cell=planned[cell_id],
                quant=graded,
                reference=referenced,
                quant_missing=max(0, each.get(cell_id, 0) - len(graded)),
                reference_missing=max(0, reference_trials.get(cell_id, 0) - len(referenced)),
                crashed=any(_crashed(episode) for episode in mine),
                reference_crashed=any(_crashed(episode) for episode in other),
            )
        )
    return Pairing(pairs, *(sum(arm.get(cell_id, 0) for cell_id in planned) for arm in (each, reference_trials)))


def compare_cell(pair: CellPair) -> CellComparison:
    """Return one cell's row: ``lost`` is a reference of at least one half and a quant below, ``gained`` the reverse."""
    quant, reference = mean_solved(pair.quant), mean_solved(pair.reference)
    change = "missing"
    if quant is not None and reference is not None:
        was, now = reference >= 0.5, quant >= 0.5
        change = "same" if was == now else "lost" if was else "gained"
    return CellComparison(
        cell_id=pair.cell.id,
        cluster=pair.cell.cluster,
        context_tokens=pair.cell.context_tokens,
        quant_trials=len(pair.quant),
        quant_solved=quant,
        reference_trials=len(pair.reference),
        reference_solved=reference,
        change=change,
    )


def mean_solved(episodes: Sequence[ScoredEpisode]) -> float | None:
    """Return the share of graded episodes that were solved; None without any."""
    if not episodes:
        return None
    return sum(episode.outcome is Outcome.SOLVED for episode in episodes) / len(episodes)


def _by_cell(episodes: Sequence[ScoredEpisode]) -> dict[str, list[ScoredEpisode]]:
    cases: dict[str, ScoredEpisode] = {}
    for episode in episodes:
        kept = cases.get(episode.case.id)
        if kept is None or episode.outcome.graded or not kept.outcome.graded:
            cases[episode.case.id] = episode
    found: dict[str, list[ScoredEpisode]] = defaultdict(list)
    for episode in sorted(cases.values(), key=lambda episode: episode.case.trial):
        found[episode.case.cell.id].append(episode)
    return dict(found)


def _trials(episodes: dict[str, list[ScoredEpisode]], planned: Iterable[str]) -> int:
    return max((episode.case.trial + 1 for cell in planned for episode in episodes.get(cell, [])), default=1)


def _graded(episodes: list[ScoredEpisode]) -> list[ScoredEpisode]:
    return [episode for episode in episodes if episode.outcome.graded]


def _crashed(episode: ScoredEpisode) -> bool:
    return episode.outcome is Outcome.INFRA_SERVER and episode.server_deaths >= CRASHES
