"""NVFP4 rounding of activations in few tensor operations."""

from __future__ import annotations

import torch

BLOCK = 16
E2M1_MAX = 6.0
E4M3_MAX = 448.0


def round_to_nvfp4(x: torch.Tensor, global_scale: torch.Tensor, inverse_scale: torch.Tensor) -> torch.Tensor:
    """Return ``x`` as NVFP4 would hold it: E2M1 values with an E4M3 scale for each block of 16.

    The same arithmetic as vLLM's ``ref_nvfp4_quant_dequant``, equal in every value, at a fraction of its time: there
    the eight E2M1 values are written by masks, here a value is rounded half to even in units of its own E2M1 step.

    Args:
        x: Activations, shape (rows, columns), columns divisible by 16.
        global_scale: The checkpoint's ``input_global_scale``: float32, one positive element.
        inverse_scale: ``reciprocal(global_scale)``, computed once for a layer.

    Returns:
        A tensor of the shape and dtype of ``x``.
    """
    blocks = x.reshape(x.shape[0], -1, BLOCK).to(torch.float32)
    scale = global_scale * (blocks.abs().amax(dim=-1, keepdim=True) * (1 / E2M1_MAX))
    scale = scale.clamp_(max=E4M3_MAX).to(torch.float8_e4m3fn).to(torch.float32)
    value = blocks * reciprocal(scale * inverse_scale)
    value.clamp_(-E2M1_MAX, E2M1_MAX)
    size = value.abs()
    step = torch.where(size < 4.0, 1.0, 2.0)
    step = torch.where(size < 2.0, 0.5, step)
    value.div_(step).round_().mul_(step).mul_(scale / global_scale)
    return value.reshape(x.shape).to(x.dtype)


def reciprocal(x: torch.Tensor) -> torch.Tensor:
    """Return 1/x, and 1e-8 where x is 0, as vLLM does: a block of zeros stays zero."""
    return 1.0 / (x + (x == 0) * 1e8)
