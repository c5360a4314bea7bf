"""The demo's model: real checkpoints of a small model, made on this machine from a Python package.

``bf16`` is what the package's GGUF file holds, dequantized (the package ships 4- and 8-bit blocks; there is nothing
finer); the others are quantized from it by llm-compressor, and vLLM serves all of them on the CPU.
"""

from agentbench.serving.demo.checkpoints import ADAPTER, ADAPTER_FILES, CONVERT, QUANTS
from agentbench.serving.demo.prepare import prepare, prepare_profile

__all__ = ["ADAPTER", "ADAPTER_FILES", "CONVERT", "QUANTS", "prepare", "prepare_profile"]
