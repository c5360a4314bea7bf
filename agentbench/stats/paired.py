"""The data every test here works on: errors and units of two arms, paired by cell, grouped in clusters.

One form serves all gated metrics. For the pass rate a cell has one unit per arm and its error is one minus its mean
score; for ratio metrics (invalid per attempted call, wrong per declared detail, ...) a cell has as many units as an
average trial had. So every rate is ``sum(errors) / sum(units)`` and a loss is always the quant's rate minus the
reference's: positive is worse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PairedErrors:
    """Errors and units of both arms, one entry per cell. All arrays have the same length.

    Means over the trials of a cell go in, never sums: then a cell's weight does not depend on how many trials it got.
    """

    clusters: IntArray
    """Cluster number of each cell, from 0 without gaps."""
    quant_errors: FloatArray
    quant_units: FloatArray
    reference_errors: FloatArray
    reference_units: FloatArray
    discordant: FloatArray
    """Units of the cell that differ between the arms at all (a whole number)."""
    discordance: FloatArray
    """Sum over the cell's units of the squared difference in error; equals ``discordant`` with one trial per arm."""

    def __post_init__(self) -> None:
        rates = (self.quant_errors, self.quant_units, self.reference_errors, self.reference_units)
        arrays = (*rates, self.discordant, self.discordance)
        if any(len(array) != len(self.clusters) for array in arrays):
            raise ValueError("all arrays of PairedErrors must have one entry per cell")
        if not all(bool(np.isfinite(array).all()) for array in arrays):
            raise ValueError("PairedErrors holds a number that is not finite")

    def mirrored(self) -> PairedErrors:
        """Return the same data with the arms' names exchanged."""
        return replace(
            self,
            quant_errors=self.reference_errors,
            quant_units=self.reference_units,
            reference_errors=self.quant_errors,
            reference_units=self.quant_units,
        )

    @property
    def n_cells(self) -> int:
        """Cells in both arms."""
        return len(self.clusters)

    @cached_property
    def n_clusters(self) -> int:
        """Clusters with at least one cell."""
        return len(np.unique(self.clusters))

    @cached_property
    def cluster_sums(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Per cluster: quant errors, quant units, reference errors, reference units."""
        return (
            self.by_cluster(self.quant_errors),
            self.by_cluster(self.quant_units),
            self.by_cluster(self.reference_errors),
            self.by_cluster(self.reference_units),
        )

    def by_cluster(self, values: FloatArray) -> FloatArray:
        """Sum a per-cell array within clusters."""
        return np.bincount(self.clusters, weights=values).astype(np.float64)

    @cached_property
    def unit_count(self) -> float:
        """Units that bounds may count on: those of the arm that has fewer."""
        return float(min(self.quant_units.sum(), self.reference_units.sum()))

    @property
    def defined(self) -> bool:
        """Whether both arms have any unit, so that both rates exist."""
        return self.n_cells > 0 and self.unit_count > 0

    @cached_property
    def loss(self) -> float:
        """Error rate of the quant minus that of the reference. Call it only where ``defined``."""
        quant = self.quant_errors.sum() / self.quant_units.sum()
        return float(quant - self.reference_errors.sum() / self.reference_units.sum())
