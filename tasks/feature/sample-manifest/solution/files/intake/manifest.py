"""Checks sample manifests; see docs/manifest.md."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RULES = json.loads((Path(__file__).parent / "rules.json").read_text(encoding="utf-8"))
HEADER = "sample,site,volume_ul,drawn"


def count_samples(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines()[1:])


def check_manifest(text: str, rules: dict[str, Any] = RULES) -> list[str]:
    """Return the faults of a manifest, none for a good one."""
    faults = sorted(_faults(text, rules), key=lambda fault: fault[:2])
    lines = [f"{line}: E{code} {message}" for line, code, message in faults]
    more = len(lines) - rules["stop_after"]
    if more > 0:
        lines[rules["stop_after"] :] = [f"... {more} more, ask {rules['contact']}"]
    return lines


def _faults(text: str, rules: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    codes, volume = rules["codes"], rules["volume_ul"]
    lines = text.splitlines()
    if not lines or lines[0].strip() != HEADER:
        yield 1, codes["header"], f"header is not {HEADER}"
        return
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != 4:
            yield number, codes["fields"], f"{len(fields)} fields, expected 4"
            continue
        sample, site, amount, drawn = fields
        if site not in rules["sites"]:
            yield number, codes["site"], f"unknown site {site}"
        if not re.fullmatch("[0-9]+", amount) or not volume["least"] <= int(amount) <= volume["most"]:
            yield number, codes["volume"], f"volume {amount} is not {volume['least']}..{volume['most']}"
        if not _is_date(drawn):
            yield number, codes["date"], f"drawn on no valid date: {drawn}"
        if seen.setdefault(sample, number) != number:
            yield number, codes["duplicate"], f"sample {sample} was on line {seen[sample]}"


def _is_date(text: str) -> bool:
    try:
        return re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False
