"""Model servers: vLLM under a supervisor, somebody's endpoint, or the simulated model.

    with boot(profile, family, run_dir=run_dir, progress=print) as server:
        server.base_url, server.model, server.info.provenance, server.metrics(), server.stuck()

An engine never outlives its runner, every early death is explained from its log in one sentence, and which kernels ran
is read from the log and laid beside what the checkpoint declares.
"""

from agentbench.serving.booting import ENDPOINT_KEY, boot
from agentbench.serving.commands import engine_command, engine_env, engine_notes
from agentbench.serving.declared import declared_format
from agentbench.serving.demo import prepare_profile
from agentbench.serving.environments import managed_python, managed_python_path
from agentbench.serving.hardware import Gpu, gpu_count, gpus
from agentbench.serving.metrics import ServerMetrics
from agentbench.serving.resources import (
    checkpoint_file,
    checkpoint_of,
    checkpoint_template,
    local_directory,
    template_file,
)
from agentbench.serving.server import Server

__all__ = [
    "ENDPOINT_KEY",
    "Gpu",
    "Server",
    "ServerMetrics",
    "boot",
    "checkpoint_file",
    "checkpoint_of",
    "checkpoint_template",
    "declared_format",
    "engine_command",
    "engine_env",
    "engine_notes",
    "gpu_count",
    "gpus",
    "local_directory",
    "managed_python",
    "managed_python_path",
    "prepare_profile",
    "template_file",
]
