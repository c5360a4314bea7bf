"""Runs in the quantizer's environment: joined attention against the plain one, forwards and backwards.

python attention_check.py CHECKPOINT
"""

from __future__ import annotations

import sys

import torch
from transformers import AutoModelForCausalLM, DynamicCache

from training.attention import JoinedAttention, register

torch.manual_seed(0)


def plain(query, key, value, past_key, past_value):  # type: ignore[no-untyped-def]
    keys, values = torch.cat([past_key, key], 2), torch.cat([past_value, value], 2)
    past, present = past_key.shape[2], query.shape[2]
    allowed = torch.ones(present, past + present, dtype=torch.bool).tril(past)
    scores = (query @ keys.transpose(2, 3) / query.shape[3] ** 0.5).masked_fill(~allowed, -torch.inf)
    return scores.softmax(-1) @ values


for past, present in ((1, 5), (700, 300), (33, 129)):
    made = [torch.randn(1, 9, size, 64) for size in (present, present, present, past, past)]
    gradient = torch.randn(1, 9, present, 64)
    results = []
    for function in (plain, JoinedAttention.apply):
        tensors = [one.clone().requires_grad_(at < 3) for at, one in enumerate(made)]
        out = function(*tensors)
        out.backward(gradient)
        results.append([out, *(one.grad for one in tensors[:3])])
    for ours, theirs in zip(*results, strict=True):
        assert torch.allclose(ours, theirs, atol=2e-4), (past, present, (ours - theirs).abs().max())

ids = torch.randint(100, 40_000, (1, 400))
whole = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
parts = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32, attn_implementation=register())
with torch.no_grad():
    expected = whole.model(input_ids=ids).last_hidden_state[:, 250:]
    cache = DynamicCache()
    parts.model(input_ids=ids[:, :100], past_key_values=cache)
    parts.model(input_ids=ids[:, 100:250], past_key_values=cache)
    found = parts.model(input_ids=ids[:, 250:], past_key_values=cache).last_hidden_state
assert torch.allclose(found, expected, atol=1e-3, rtol=1e-3), (found - expected).abs().max()
print("equal")
