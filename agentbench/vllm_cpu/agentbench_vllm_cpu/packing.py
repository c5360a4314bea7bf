"""Integers of any width as compressed-tensors packs them: bit after bit, across the borders of 32-bit words."""

from __future__ import annotations

import torch

WORD = 32


def unpack(packed: torch.Tensor, bits: int, columns: int) -> torch.Tensor:
    """Return the packed integers, each between 0 and ``2**bits - 1``.

    Args:
        packed: int32, shape (rows, words).
        bits: Width of an integer, 1 to 8.
        columns: How many integers a row holds; what follows them is padding.

    Returns:
        int32, shape (rows, columns).

    """
    words = torch.nn.functional.pad(packed.to(torch.int64) & 0xFFFFFFFF, (0, 1))
    first = torch.arange(columns, device=packed.device) * bits
    word, shift = first // WORD, first % WORD
    pairs = words[:, word] | (words[:, word + 1] << WORD)
    return ((pairs >> shift) & ((1 << bits) - 1)).to(torch.int32)
