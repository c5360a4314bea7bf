"""The machine's GPUs, as ``nvidia-smi`` tells them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_QUERY = "name,memory.total,driver_version,compute_cap"
_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU."""

    name: str
    memory_mib: int
    driver: str
    compute_capability: str

    @property
    def text(self) -> str:
        """``NVIDIA B200 (180 GiB, sm_100, driver 570.86)``."""
        capability = self.compute_capability.replace(".", "")
        return f"{self.name} ({self.memory_mib / 1024:.0f} GiB, sm_{capability}, driver {self.driver})"


def gpus() -> list[Gpu]:
    """Return the NVIDIA GPUs; none where ``nvidia-smi`` is missing or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return parse_gpus(done.stdout) if done.returncode == 0 else []


def parse_gpus(text: str) -> list[Gpu]:
    """Read the comma-separated answer of ``nvidia-smi``."""
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 4:
            memory = int(parts[1]) if parts[1].isdigit() else 0
            found.append(Gpu(parts[0], memory, parts[2], parts[3]))
    return found


def gpu_count() -> int:
    """Return how many NVIDIA GPUs there are, by ``nvidia-smi`` or else by their device files."""
    return len(gpus()) or len([path for path in Path("/dev").glob("nvidia[0-9]*") if path.name[6:].isdigit()])
