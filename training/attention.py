"""Attention over a past that is not learnt from, for torch on a CPU. It imports nothing of agentbench.

A conversation is long before its first reply. Nothing of that is learnt, so it is run without gradients, once, and only
its keys and values are kept. torch has no kernel for causal attention behind such a past, but its flash kernel gives
the logarithm of each row's sum, with which two parts can be joined, forwards and backwards, as if they were one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "joined"
_forward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


class JoinedAttention(torch.autograd.Function):  # type: ignore[misc]
    """Causal attention among the present, and of all of it over a past. No gradient goes into the past.

    Shapes: (batch, heads, tokens, width), the past with tokens of its own. The scale is ``width ** -0.5``.
    """

    @staticmethod
    def forward(  # noqa: PLR0917
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        past_key: torch.Tensor,
        past_value: torch.Tensor,
    ) -> torch.Tensor:
        """Return the joined output."""
        far, far_sum = _forward(query, past_key, past_value, 0.0, False)
        near, near_sum = _forward(query, key, value, 0.0, True)
        total = torch.logaddexp(far_sum, near_sum)
        out = (far * _share(far_sum, total) + near * _share(near_sum, total)).to(query.dtype)
        ctx.save_for_backward(query, key, value, past_key, past_value, out, total)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients: each part's own, given the joined output and sum."""
        query, key, value, past_key, past_value, out, total = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        far, _, _ = _backward(gradient, query, past_key, past_value, out, total, 0.0, False)
        near, to_key, to_value = _backward(gradient, query, key, value, out, total, 0.0, True)
        return far + near, to_key, to_value, None, None


def _share(part: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    return (part - total).exp().unsqueeze(-1)


def attention(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **__: Any
) -> tuple[torch.Tensor, None]:
    """Attend as transformers asks for it; what the keys have more of than the queries is the past."""
    groups = int(getattr(module, "num_key_value_groups", 1))
    key, value = (one.repeat_interleave(groups, dim=1) for one in (key, value))
    past = key.shape[2] - query.shape[2]
    if past == 0:
        out = scaled_dot_product_attention(query, key, value, is_causal=True)
    else:
        out = JoinedAttention.apply(
            query, key[:, :, past:], value[:, :, past:], key[:, :, :past].detach(), value[:, :, :past].detach()
        )
    return out.transpose(1, 2).contiguous(), None


def register() -> str:
    """Make it known to transformers; return its name."""
    AttentionInterface.register(NAME, attention)
    return NAME
