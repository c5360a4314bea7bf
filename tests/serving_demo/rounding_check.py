"""Runs in vLLM's environment: our NVFP4 rounding against vLLM's own, value for value."""

from __future__ import annotations

import torch
from agentbench_vllm_cpu.rounding import reciprocal, round_to_nvfp4
from vllm.model_executor.layers.quantization.utils.nvfp4_emulation_utils import ref_nvfp4_quant_dequant

torch.manual_seed(0)
ties = torch.tensor([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6, -2.5]).repeat(3, 2)
cases = [ties, torch.zeros(2, 64), torch.full((1, 32), 3e38), torch.full((1, 32), 1e-30)]
cases += [torch.randn(rows, 576) * torch.randn(rows, 576).exp() for rows in (1, 7, 200)]
compared = 0
for case in cases:
    for dtype in (torch.float32, torch.bfloat16):
        for scale in (1.0, 82.0, 1848.0):
            x, global_scale = case.to(dtype), torch.tensor(scale)
            ours = round_to_nvfp4(x, global_scale, reciprocal(global_scale))
            theirs = ref_nvfp4_quant_dequant(x, global_scale, 16)
            assert ours.dtype == theirs.dtype == dtype
            assert torch.equal(ours, theirs), (case.shape, dtype, scale)
            compared += ours.numel()
print("equal", compared)
