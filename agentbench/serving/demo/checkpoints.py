"""The demo's checkpoints in the cache directory: what each is made of, and whether it is there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentbench.records import digest
from agentbench.serving.demo.calibration import texts_for
from agentbench.serving.environments import recipe_of

SOURCE = "bf16"
CALIBRATED = ("awq", "nvfp4", "nvfp4-keep-attention", "nvfp4-poor-calibration")
QUANTS = (SOURCE, "fp8", "int8", *CALIBRATED, "rtn3")
"""In the order in which they are made: the others are made from the first."""
ENVIRONMENT = "llmcompressor"
STAMP = "agentbench-checkpoint.json"

_SCRIPTS = Path(__file__).resolve().parent
CONVERT = _SCRIPTS / "convert.py"
ADAPTER = _SCRIPTS / "adapter"
"""The low-rank adapter that makes the packaged model one that calls tools: PEFT's files, and its model card."""
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


def adapter_ships() -> bool:
    """Return whether there is an adapter; without one the model is served as it is packaged."""
    return all((ADAPTER / name).is_file() for name in ADAPTER_FILES)


@dataclass(frozen=True)
class Checkpoint:
    """One quant of the demo's model, there or not."""

    name: str
    folder: Path

    @property
    def recipe(self) -> dict[str, Any]:
        """What it is made with; a checkpoint made with anything else is made again."""
        packages = recipe_of(ENVIRONMENT)
        recipe: dict[str, Any] = {
            "scheme": self.name,
            "packages": [*packages.install, *packages.bare],
            "scripts": [digest(_script(SOURCE).read_bytes())],
            "adapter": [digest((ADAPTER / name).read_bytes()) for name in ADAPTER_FILES] if adapter_ships() else [],
        }
        if self.name != SOURCE:
            recipe["scripts"].append(digest(_script(self.name).read_bytes()))
        if self.name in CALIBRATED:
            recipe["calibration"] = digest(texts_for(self.name))
        return recipe

    @property
    def script(self) -> Path:
        """The program that makes it."""
        return _script(self.name)

    @property
    def ready(self) -> bool:
        """Whether it is there, whole, and made with the recipe of this agentbench."""
        try:
            stamp = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
            whole = all((self.folder / name).stat().st_size == size for name, size in stamp["sizes"].items())
        except (OSError, ValueError, KeyError):
            return False
        return whole and bool(stamp.get("recipe") == self.recipe)

    def stamp(self, folder: Path, seconds: float) -> None:
        """Write into ``folder``, which holds the finished files, what they are."""
        files = sorted(path for path in folder.iterdir() if path.is_file())
        content = {
            "recipe": self.recipe,
            "sizes": {path.name: path.stat().st_size for path in files},
            "weights_sha256": {path.name: _sha256(path) for path in files if path.suffix == ".safetensors"},
            "made_in_s": round(seconds, 1),
        }
        (folder / STAMP).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _script(name: str) -> Path:
    return CONVERT if name == SOURCE else _SCRIPTS / "quantize.py"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
