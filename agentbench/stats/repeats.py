"""What repeated trials of one cell say: pass^k, and how often a model disagrees with itself."""

from __future__ import annotations

from math import comb


def pass_hat_k(solved: int, trials: int, k: int) -> float | None:
    """Return the chance that k trials drawn from these all succeed: C(c,k)/C(n,k); None for k > n.

    The unbiased estimate of tau-bench (Yao et al. 2024).
    """
    if k > trials or k < 1:
        return None
    return comb(solved, k) / comb(trials, k)


def self_flip_rate(solved: int, trials: int, other_trials: int = 1) -> float | None:
    """Return the chance that a cell's trials, split in two, fall on different sides of one half.

    ``other_trials`` of them (at most all but one) play the other arm, the rest the reference; every split is equally
    likely, so the number solved among them is hypergeometric. None with fewer than two trials: one trial says nothing
    about its own noise.
    """
    if trials < 2:
        return None
    drawn = max(1, min(other_trials, trials - 1))
    flips = 0
    for hit in range(max(0, drawn - (trials - solved)), min(drawn, solved) + 1):
        there = 2 * (solved - hit) >= trials - drawn
        if there != (2 * hit >= drawn):
            flips += comb(solved, hit) * comb(trials - solved, drawn - hit)
    return flips / comb(trials, drawn)
