"""Cuts a draft's filler so that the whole request has the wanted size, in few counts.

A count of a long request is slow, and counts of parts do not quite add up. So every piece of filler is measured once by
itself, cut to its share, and the whole is then counted and corrected, mostly once.
"""

from __future__ import annotations

from collections.abc import Callable

from agentbench.errors import ContextPlanError
from agentbench.taskset.history import Draft, Piece

_ROUNDS = 12


def fill(
    draft: Draft, size_tokens: int, floor_tokens: int, count: Callable[[], int], count_text: Callable[[str], int]
) -> int:
    """Cut the draft's filler to size.

    Args:
        draft: Changed in place.
        size_tokens: Wanted for the whole request.
        floor_tokens: Its size without filler.
        count: Counts the whole request as it stands.
        count_text: Counts a text by itself.

    Returns:
        The tokens of the whole request; within 0.1 % as a rule, within 1 % always.

    Raises:
        ContextPlanError: The counter's answers do not settle.

    """
    need = size_tokens - floor_tokens
    if need <= 0:
        return floor_tokens
    share_out(draft, need, count_text)
    for piece in draft.pieces:
        _cut_to(piece, need * piece.share, count_text)
    tolerance = max(1, size_tokens // 1000)
    last = best = count()
    kept = _state(draft)
    for _ in range(_ROUNDS):
        if abs(best - size_tokens) <= tolerance:
            break
        _correct(draft, size_tokens - last)
        last = count()
        if abs(last - size_tokens) < abs(best - size_tokens):
            kept, best = _state(draft), last
    for piece, (chars, mid_word) in zip(draft.pieces, kept, strict=True):
        piece.chars, piece.mid_word = chars, mid_word
    if abs(best - size_tokens) > max(1, size_tokens // 100):
        raise ContextPlanError(f"a context of {size_tokens} tokens could not be met: the nearest had {best} tokens")
    return best


def _state(draft: Draft) -> list[tuple[int, bool]]:
    return [(piece.chars, piece.mid_word) for piece in draft.pieces]


def share_out(draft: Draft, need: float, count_text: Callable[[str], int]) -> None:
    """Give every piece its share, so that all results get the same length, facts included.

    Facts then stand at the same relative depths at every size: those of one result evenly between its pieces.
    """
    facts = [float(sum(count_text(fact.text) for fact in file.facts)) for file in draft.files]
    level = _level(facts, need)
    total = sum(max(0.0, level - size) for size in facts)
    for file, size in zip(draft.files, facts, strict=True):
        for piece in file.pieces:
            piece.share = max(0.0, level - size) / total / len(file.pieces)


def _level(sizes: list[float], volume: float) -> float:
    """Return the height to which a volume fills vessels of one width whose floors lie at the sizes."""
    floors = sorted(sizes)
    for count in range(1, len(floors) + 1):
        level = (volume + sum(floors[:count])) / count
        if count == len(floors) or level <= floors[count]:
            return level
    raise AssertionError("no vessels")


def _cut_to(piece: Piece, tokens: float, count_text: Callable[[str], int]) -> None:
    """Cut a piece to about so many tokens, measuring its own characters per token."""
    piece.chars = round(tokens * piece.chars_per_token)
    text = piece.text
    measured = count_text(text) if text else 0
    if measured:
        piece.chars_per_token = len(text) / measured
        piece.chars = round(tokens * piece.chars_per_token)


def _correct(draft: Draft, missing: int) -> None:
    """Lengthen or shorten the filler by some tokens: a little at the longest piece, much in proportion."""
    pieces = [piece for piece in draft.pieces if piece.chars > 0] or draft.pieces[-1:]
    longest = max(pieces, key=lambda piece: piece.tokens)
    if abs(missing) <= max(20, longest.tokens * 0.05):
        longest.mid_word = True
        longest.chars = max(1, longest.chars + round(missing * longest.chars_per_token))
        return
    filler = sum(piece.tokens for piece in pieces)
    for piece in pieces:
        part = piece.tokens / filler if filler else 1 / len(pieces)
        piece.chars = max(1, piece.chars + round(missing * part * piece.chars_per_token))
