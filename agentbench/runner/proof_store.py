"""Proofs that held are kept in a file, so that proving a large suite can be broken off and gone on with.

One JSON line a proof. Its key covers all that a proof depends on: the task's files, its image, and the code that
renders, probes and grades; a change of any of them makes the proof due again. Problems are never kept.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path

import agentbench
from agentbench.errors import StoreError
from agentbench.records import digest
from agentbench.runner.proofs import Proof, Proving
from agentbench.sandbox import image_names, image_tag

_CODE = ("probing.py", "grading", "sandbox", "scoring", "taskset", "records")


class ProofStore:
    """The proofs of one file. Thread-safe; a last line that was cut off is passed over."""

    def __init__(self, path: Path) -> None:
        """Open a file, or begin one; StoreError if it is something else."""
        self.path = path
        self._guard = threading.Lock()
        self._held = dict(self._entries())

    def _entries(self) -> list[tuple[str, float]]:
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        entries: list[tuple[str, float]] = []
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
                entries.append((str(entry["key"]), float(entry["duration_s"])))
            except (ValueError, KeyError, TypeError) as error:
                if number < len(lines):  # the last one may be cut off
                    raise StoreError(
                        f"{self.path}: line {number} is no proof ({error}); name a file that `tasks check` wrote"
                    ) from error
        return entries

    def held(self, proving: Proving) -> Proof | None:
        """Return a proof that held before, if nothing that it depends on has changed."""
        duration_s = self._held.get(_key(proving))
        return None if duration_s is None else Proof(None, duration_s)

    def add(self, proving: Proving, proof: Proof) -> None:
        """Keep a proof that holds."""
        if proof.problem is not None:
            return
        key = _key(proving)
        entry = {"proof": proving.name, "duration_s": round(proof.duration_s, 2), "key": key}
        with self._guard:
            self._held[key] = proof.duration_s
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


def _key(proving: Proving) -> str:
    needs = proving.task.sandbox
    image = image_tag(needs.image) if needs.image in image_names() else needs.image
    return digest([proving.name, proving.task.digest, image, _code_digest()])[:24]


@cache
def _code_digest() -> str:
    root = Path(agentbench.__file__).parent
    files = sorted(file for name in _CODE for file in (root / name, *(root / name).rglob("*.py")) if file.is_file())
    return digest([[file.relative_to(root).as_posix(), digest(file.read_bytes())] for file in files])
