"""How many of a cell's units differ between the arms, and by how much: one rule, for episodes and for arrays.

Units pair differently: a cell pairs with itself and a detail with the same detail, but calls and copy slots of two
runs have no partners; of those, at least the difference of their error counts is discordant, and that is what counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agentbench.records import Metric

FloatArray = npt.NDArray[np.float64]

WITH_PARTNERS = frozenset({Metric.PASS_RATE, Metric.DETAIL_ERRORS})
"""Metrics whose units have partners in the other arm."""
_EPSILON = 1e-9


def discordance(quant: FloatArray, reference: FloatArray, *, partners: bool) -> tuple[FloatArray, FloatArray]:
    """Return how many of each cell's units differ at all, and the sum of their squared differences.

    Args:
        quant: Errors as means over trials, shape cells x units: a unit beside its partner in the other arm; or, for
            units without partners, cells x 1: their sum.
        reference: Likewise, of the same shape.
        partners: Whether units have partners.

    Returns:
        two arrays with one entry per cell; the first holds whole numbers.

    """
    apart = np.abs(quant - reference)
    differ = apart > _EPSILON if partners else np.ceil(apart - _EPSILON)
    squares = apart**2 if partners else apart
    return differ.sum(axis=1).astype(np.float64), squares.sum(axis=1)
