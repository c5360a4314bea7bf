"""Whole nights as arrays: what an arm's episodes did, and both arms paired as the statistics want them.

An ``Arm`` holds every trial of every cell. ``pair`` makes of two arms what ``compare`` makes of their scored episodes;
``to_episodes`` writes the same arms out as scored episodes, so that a test can hold the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from agentbench.compare.discordance import WITH_PARTNERS, discordance
from agentbench.records import CallClass, Case, Cell, DetailClass, DetailFinding, Metric, Outcome, ScoredEpisode
from agentbench.stats import PairedErrors

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Night = Mapping[Metric, PairedErrors]
"""Both arms of one night, per gated metric."""


@dataclass(frozen=True)
class Arm:
    """All trials of all cells of one arm. First axis cells, second trials, third details."""

    solved: BoolArray
    invalid_calls: IntArray
    calls: IntArray
    wrong: BoolArray
    """Per detail; False where the cell has fewer details than others."""
    details: IntArray
    """Details declared, per cell: a property of the task, the same in every trial and arm."""
    copy_errors: IntArray
    copy_slots: IntArray

    @property
    def trials(self) -> int:
        """Trials per cell."""
        return int(self.solved.shape[1])

    @cached_property
    def means(self) -> dict[Metric, tuple[FloatArray, FloatArray]]:
        """Errors and units per cell, means over trials."""
        return {
            Metric.PASS_RATE: (1.0 - _mean(self.solved), np.ones(len(self.solved))),
            Metric.CALL_VALIDITY: (_mean(self.invalid_calls), _mean(self.calls)),
            Metric.DETAIL_ERRORS: (self.mean_marks.sum(axis=1), self.details.astype(np.float64)),
            Metric.COPY_ERRORS: (_mean(self.copy_errors), _mean(self.copy_slots)),
        }

    @cached_property
    def mean_marks(self) -> FloatArray:
        """Mean error of each detail over trials."""
        return _mean(self.wrong)

    def parts(self, metric: Metric) -> FloatArray:
        """Return mean errors as ``discordance`` wants them: cells x details for details, else cells x 1."""
        return self.mean_marks if metric is Metric.DETAIL_ERRORS else self.means[metric][0][:, None]


def pair(
    clusters: IntArray, quant: Arm, reference: Arm, metrics: Sequence[Metric] = tuple(Metric)
) -> dict[Metric, PairedErrors]:
    """Return the arms paired by cell, with means over trials, as ``compare`` pairs scored episodes."""
    found = {}
    for metric in metrics:
        ours, our_units = quant.means[metric]
        theirs, their_units = reference.means[metric]
        apart = discordance(quant.parts(metric), reference.parts(metric), partners=metric in WITH_PARTNERS)
        found[metric] = PairedErrors(clusters, ours, our_units, theirs, their_units, *apart)
    return found


def _mean(trials: BoolArray | IntArray) -> FloatArray:
    """Return the mean over trials (axis 1), quickly for few of them."""
    total: FloatArray = np.zeros((len(trials), *trials.shape[2:]))
    for trial in range(trials.shape[1]):
        total += trials[:, trial]
    return total / float(trials.shape[1])


def to_episodes(cells: Sequence[Cell], arm: Arm, quant: str) -> list[ScoredEpisode]:
    """Return the arm's trials as scored episodes; ``cells`` in the arm's order."""
    return [_episode(cell, arm, row, trial, quant) for row, cell in enumerate(cells) for trial in range(arm.trials)]


def _episode(cell: Cell, arm: Arm, row: int, trial: int, quant: str) -> ScoredEpisode:
    wrong = [bool(one) for one in arm.wrong[row, trial, : arm.details[row]]]
    classes = [DetailClass.STALE if one else DetailClass.EXACT for one in wrong]
    findings = [
        DetailFinding(
            detail_id=f"d{index}",
            detail_class=kind,
            is_constraint=False,
            expected="new",
            found="old" if kind is DetailClass.STALE else "new",
            told_in="history",
            explanation="",
        )
        for index, kind in enumerate(classes)
    ]
    invalid, calls = int(arm.invalid_calls[row, trial]), int(arm.calls[row, trial])
    solved = bool(arm.solved[row, trial])
    return ScoredEpisode(
        scoring_version=0,
        case=Case(cell=cell, trial=trial),
        quant=quant,
        outcome=Outcome.SOLVED if solved else Outcome.UNSOLVED,
        reward=float(solved),
        calls={CallClass.VALID: calls - invalid, CallClass.BAD_JSON: invalid},
        details={kind: classes.count(kind) for kind in sorted(set(classes))},
        details_declared=len(classes),
        detail_findings=findings,
        copy_errors=int(arm.copy_errors[row, trial]),
        copy_opportunities=int(arm.copy_slots[row, trial]),
        submitted=True,
    )
