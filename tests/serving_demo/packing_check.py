"""Runs in vLLM's environment: our unpacking against integers packed bit by bit, and against vLLM's own for 4 bits."""

from __future__ import annotations

import torch
from agentbench_vllm_cpu.packing import WORD, unpack
from vllm.model_executor.layers.quantization.utils.quant_utils import unpack_quantized_values_into_int32
from vllm.scalar_type import scalar_types

torch.manual_seed(0)
compared = 0
for bits in range(1, 9):
    for columns in (32, 576, 100):
        values = torch.randint(0, 1 << bits, (7, columns), dtype=torch.int32)
        words = -(-columns * bits // WORD)
        packed = torch.zeros((7, words), dtype=torch.int64)
        for row, numbers in enumerate(values.tolist()):
            whole = sum(number << (at * bits) for at, number in enumerate(numbers))
            for word in range(words):
                packed[row, word] = (whole >> (word * WORD)) & 0xFFFFFFFF
        signed = torch.where(packed >= 1 << (WORD - 1), packed - (1 << WORD), packed).to(torch.int32)
        assert torch.equal(unpack(signed, bits, columns), values), (bits, columns)
        compared += values.numel()
        if bits == 4 and columns % 8 == 0:
            assert torch.equal(unpack_quantized_values_into_int32(signed, scalar_types.uint4, 1), values)
print("equal", compared)
