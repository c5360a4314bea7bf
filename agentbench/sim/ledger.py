"""Keeps what was planted in replies that were really sent: the truth that scoring is held against."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agentbench.sim.reply import Planted, Reply


class Ledger:
    """One entry per (case, reply); a retried or repeated request adds nothing.

    An entry says which reply of the episode it is (from 0), how long its prompt was, the classes that scoring must
    count in it (``valid`` for each call with nothing malformed), and each fault by name, with the class that it must be
    scored as and, for a wrong detail, the detail's id.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Keep entries in memory and, if a path is given, as one line of JSON each."""
        self._path = path
        self._lock = threading.Lock()
        self._sent: set[tuple[str, object]] = set()
        self._classes: dict[str, Counter[str]] = {}
        self._faults: dict[str, list[dict[str, Any]]] = {}
        self._details: dict[str, list[dict[str, Any]]] = {}

    def add_reply(self, case_id: str, index: int, reply: Reply, prompt_tokens: int) -> None:
        """Note a reply as it goes out."""
        self._add(case_id, index, reply, prompt_tokens)

    def add_trouble(self, case_id: str, index: int, kind: str) -> bool:
        """Note a dropped connection or a 500; False if this request had it before."""
        return self._add(case_id, (kind, index), Reply(None, faults=[Planted(kind, "")]), None)

    def planted(self) -> dict[str, Any]:
        """Return everything: ``{case: {"classes": {class: count}, "faults": [...], "details": [...]}}``."""
        with self._lock:
            return {
                case_id: {
                    "classes": dict(classes),
                    "faults": list(self._faults[case_id]),
                    "details": list(self._details[case_id]),
                }
                for case_id, classes in self._classes.items()
            }

    def _add(self, case_id: str, key: int | tuple[str, int], reply: Reply, prompt_tokens: int | None) -> bool:
        index = key if isinstance(key, int) else key[1]
        faults = [{"reply": index, **asdict(fault)} for fault in reply.faults]
        details = [asdict(detail) for detail in reply.details]
        with self._lock:
            if (case_id, key) in self._sent:
                return False
            self._sent.add((case_id, key))
            self._classes.setdefault(case_id, Counter()).update(reply.classes)
            self._faults.setdefault(case_id, []).extend(faults)
            self._details.setdefault(case_id, []).extend(details)
            if self._path is not None:
                entry = {
                    "case": case_id,
                    "reply": index,
                    "prompt_tokens": prompt_tokens,
                    "planted": reply.classes,
                    "faults": faults,
                    "details": details,
                }
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return True
