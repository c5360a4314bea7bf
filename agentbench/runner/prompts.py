"""Whether two sides were asked the very same: the token ids of every cell's first request.

While a run goes on, each request is compared with the reference's before it is sent. What is stored is compared here:
two runs, or a run and a reference that was recorded or named later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentbench.errors import ReferenceMismatchError
from agentbench.records import ScoredEpisode
from agentbench.runner.trials import graded_by_cell


@dataclass(frozen=True)
class Prompts:
    """What is known of the prompts of the cells that both sides have graded trials of; unequal token ids are refused.

    A cell is verified where every trial of both sides has token ids. Of single requests, equal numbers of prompt tokens
    speak for it, too: another template, or tools that are rendered in another way, hardly ever give the same numbers
    throughout.
    """

    cells: int
    unequal: list[str]
    """Of single requests with other numbers of prompt tokens: ``CELL: 90 here, 100 there``."""
    unknown: list[str]
    """Cells of which nothing is known."""
    blind: tuple[bool, bool]
    """Which side lacks token ids of cells that are not verified."""

    @property
    def verified(self) -> bool:
        """Whether every common cell is."""
        return not (self.unequal or self.unknown)


def compare_prompts(
    ours: Iterable[ScoredEpisode], theirs: Iterable[ScoredEpisode], *, names: tuple[str, str]
) -> Prompts:
    """Compare the first requests of the common cells.

    Args:
        ours: Scored episodes of one side; missing trials do not count.
        theirs: Of the other.
        names: What a sentence calls the two sides.

    Raises:
        ReferenceMismatchError: token ids of a cell differ.
    """
    mine, other = graded_by_cell(ours), graded_by_cell(theirs)
    common = sorted(mine.keys() & other.keys())
    _refuse_other_ids({cell: (_ids(mine[cell]), _ids(other[cell])) for cell in common}, names)
    unequal, unknown, blind = [], [], [False, False]
    for cell in common:
        sides = (mine[cell], other[cell])
        lacking = [any(one.token_digest is None for one in side) for side in sides]
        here, there = (side[0].prompt_tokens if side[0].request is not None else 0 for side in sides)
        if not any(lacking) or (here and here == there):
            continue
        blind = [was or lacks for was, lacks in zip(blind, lacking, strict=True)]
        if here and there:
            unequal.append(f"{cell}: {here} here, {there} there")
        else:
            unknown.append(cell)
    return Prompts(len(common), unequal, unknown, (blind[0], blind[1]))


def _refuse_other_ids(ids: Mapping[str, tuple[list[str], list[str]]], names: tuple[str, str]) -> None:
    found = []
    for cell, (here, there) in ids.items():
        apart = [(a, b) for a in here for b in there if a != b]
        found += [(cell, *apart[0])] if apart else []
    if not found:
        return
    cell, a, b = found[0]
    more = f" (so in {len(found)} of {len(ids)} common cells)" if len(found) > 1 else ""
    raise ReferenceMismatchError(
        f"{cell}: the first request was rendered to other token ids in {names[0]} ({a[:12]}) than in {names[1]} "
        f"({b[:12]}){more}; the chat template or tokenizer differs, and the two cannot be compared. Serve both with "
        f"the same template, and measure again what was not."
    )


def _ids(trials: list[ScoredEpisode]) -> list[str]:
    """Return the different digests of the trials' token ids; one, or none where they are not known."""
    return sorted({one.token_digest for one in trials if one.token_digest is not None})
