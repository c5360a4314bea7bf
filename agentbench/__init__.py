"""agentbench: did the quant break the agent?

Compares a quantized checkpoint with the model it was made from on multi-turn tool-use software-engineering
tasks at long context. The rooms and their import order are listed in ``docs/architecture.md``.
"""

__version__ = "0.1.0"
