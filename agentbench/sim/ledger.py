"""Keeps what was planted in replies that were really sent: the truth that scoring is held against."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agentbench.sim.script import Reply


class Ledger:
    """One entry per (case, reply); a retried or repeated request adds nothing."""

    def __init__(self, path: Path | None = None) -> None:
        """Keep entries in memory and, if a path is given, as one line of JSON each."""
        self._path = path
        self._lock = threading.Lock()
        self._sent: set[tuple[str, object]] = set()
        self._classes: dict[str, Counter[str]] = {}
        self._details: dict[str, list[dict[str, Any]]] = {}

    def add_reply(self, case_id: str, index: int, reply: Reply) -> None:
        """Note a reply as it goes out."""
        details = [asdict(detail) for detail in reply.details]
        self._add(case_id, index, reply.planted, details)

    def add_trouble(self, case_id: str, index: int, kind: str) -> bool:
        """Note a dropped connection or a 500; False if this request had it before."""
        return self._add(case_id, (kind, index), [kind], [])

    def planted(self) -> dict[str, Any]:
        """Return everything: ``{case: {"classes": {class: count}, "details": [...]}}``."""
        with self._lock:
            return {
                case_id: {"classes": dict(classes), "details": self._details.get(case_id, [])}
                for case_id, classes in self._classes.items()
            }

    def _add(self, case_id: str, key: object, classes: list[str], details: list[dict[str, Any]]) -> bool:
        with self._lock:
            if (case_id, key) in self._sent:
                return False
            self._sent.add((case_id, key))
            self._classes.setdefault(case_id, Counter()).update(classes)
            if details:
                self._details.setdefault(case_id, []).extend(details)
            if self._path is not None:
                entry = {"case": case_id, "reply": key, "planted": classes, "details": details}
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return True
