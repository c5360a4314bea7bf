"""A vLLM plugin: the linear kernels that vLLM's CPU backend lacks.

vLLM loads it in each of its processes through the entry point group ``vllm.general_plugins``. It runs in vLLM's own
environment, which has no agentbench: nothing here imports it.
On any platform but the CPU it registers nothing.
"""

from __future__ import annotations


def register() -> None:
    """Register the kernels with vLLM. Called once in each of its processes; safe to call again."""
    from vllm.platforms import PlatformEnum, current_platform

    if current_platform._enum != PlatformEnum.CPU:
        return

    from .kernels import register_kernels

    register_kernels(PlatformEnum.CPU)
