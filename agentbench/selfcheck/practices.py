"""What people do today, each at its own size: how often it cries wolf, and what it lets through.

Questions differ: each is answered rightly with a chance from a Beta distribution with the base rate as its mean. Both
models answer the same questions once each. Nothing else varies, which favours the practices: served models also
differ by kernels, batches and dates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from agentbench.selfcheck.arms import BoolArray, FloatArray
from agentbench.selfcheck.judging import ALPHA

_BLOCK = 250

Rule = Callable[[FloatArray, FloatArray, FloatArray], BoolArray]
"""(rates of the quant, of the reference, and expected of the reference on these questions) -> whether it objects."""


@dataclass(frozen=True)
class Practice:
    """A fixed threshold somewhere in use."""

    name: str
    source: str
    rule: Rule
    questions: int
    base: float
    disagreement: float = 0.1
    """Share of the questions on which the model differs from itself."""

    @property
    def spread(self) -> float:
        """Sum of the Beta distribution's parameters."""
        share = self.disagreement / (2 * self.base * (1 - self.base))
        return share / (1 - share)


def _recovery(threshold: float, quant: FloatArray, reference: FloatArray, _expected: FloatArray) -> BoolArray:
    """Accuracy of the quant over the reference's, rounded to two decimals as llm-compressor's tests do."""
    return np.round(quant / np.maximum(reference, 1e-9), 2) < threshold


def _points_below(points: float, quant: FloatArray, _reference: FloatArray, expected: FloatArray) -> BoolArray:
    """More than so many points below a stored constant."""
    return quant < expected - points


def _share_below(share: float, quant: FloatArray, _reference: FloatArray, expected: FloatArray) -> BoolArray:
    return quant < expected * (1 - share)


def _absolute(threshold: float, quant: FloatArray, _reference: FloatArray, _expected: FloatArray) -> BoolArray:
    return quant < threshold


_MINIMAX = 1 - 12 / 840
LOSSES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1)
PRACTICES = (
    Practice(
        "recovery >= 0.95, gsm8k, 1,000 questions", "llm-compressor, default", partial(_recovery, 0.95), 1000, 0.75
    ),
    Practice(
        "recovery >= 0.93, gsm8k, 250 questions", "llm-compressor, nvfp4_qmod", partial(_recovery, 0.93), 250, 0.75
    ),
    Practice(
        "8 points below a constant, gsm8k, 1,319", "vLLM tests/evals/gsm8k", partial(_points_below, 0.08), 1319, 0.75
    ),
    Practice("8 % below a constant, gsm8k, 250", "vLLM lm-eval-harness", partial(_share_below, 0.08), 250, 0.75),
    Practice(
        "recovery >= 0.95, 144 agent episodes", "the same rule on 12 tasks", partial(_recovery, 0.95), 144, 0.5, 0.25
    ),
    Practice("recovery >= 0.95, 1,440 agent episodes", "at nightly size", partial(_recovery, 0.95), 1440, 0.5, 0.25),
    Practice(
        "schema accuracy >= 98 %, 84 calls", "MiniMax verifier, one loop", partial(_absolute, 0.98), 84, _MINIMAX, 0.01
    ),
    Practice(
        "schema accuracy >= 98 %, 840 calls",
        "MiniMax verifier, ten loops",
        partial(_absolute, 0.98),
        840,
        _MINIMAX,
        0.01,
    ),
)
"""MiniMax's own M2.5 had 12 bad calls of 840 in ten published loops, which is taken as its true rate."""


@dataclass(frozen=True)
class Objections:
    """In how many runs the practice objected, and the paired test on the very same answers."""

    practice: int
    paired: int


def count_objections(practice: Practice, loss: float, runs: int, seed: int = 0) -> Objections:
    """Return how often each objects where the true loss is ``loss``; 0 makes them false alarms."""
    generator = np.random.default_rng([seed, practice.questions])
    theirs = ours = 0
    for start in range(0, runs, _BLOCK):
        size = (min(_BLOCK, runs - start), practice.questions)
        chance = generator.beta(practice.base * practice.spread, (1 - practice.base) * practice.spread, size)
        reference = generator.random(size) < chance
        quant = generator.random(size) < chance * (1 - loss / practice.base)
        theirs += int(practice.rule(quant.mean(axis=1), reference.mean(axis=1), chance.mean(axis=1)).sum())
        lost, gained = (reference & ~quant).sum(axis=1), (~reference & quant).sum(axis=1)
        # The label swap of one cell with one trial per cluster.
        ours += int((special.bdtrc(lost - 1.0, lost + gained, 0.5) <= ALPHA).sum())
    return Objections(theirs, ours)
