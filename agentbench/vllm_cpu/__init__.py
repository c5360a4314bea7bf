"""Where the vLLM plugin for machines with no GPU lies: a folder for ``PYTHONPATH``.

The folder holds the package ``agentbench_vllm_cpu`` and the metadata by which vLLM finds it (entry point group
``vllm.general_plugins``). On ``PYTHONPATH`` it is installed in whatever environment runs vLLM, with no network, nothing
written there, and always in the version of this agentbench.
"""

from __future__ import annotations

from pathlib import Path

PLUGIN_FOLDER = Path(__file__).resolve().parent
