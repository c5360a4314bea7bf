"""An Episode as files: an ATIF trajectory that other tools read, the evidence beside it, and pictures of pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from agentbench.errors import StoreError
from agentbench.records import AtifAgent, Episode, Evidence, Trajectory
from agentbench.store.files import parse_record, pretty_json, read_json, write_atomically

_EXTRA = "agentbench"


def file_stem(case_id: str) -> str:
    """Return a file name for a case: ``config/rate-limits[v3]@32k#2`` becomes ``config--rate-limits.v3-32k-t2``."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", re.sub(r"\[(v\d+)\]@([^#]+)#", r".\1-\2-t", case_id.replace("/", "--")))


def write_episode(directory: Path, episode: Episode) -> str:
    """Write both files and return the trajectory's path below ``directory``."""
    stem = file_stem(episode.case.id)
    dumped = episode.model_dump(mode="json", exclude={"trajectory", "evidence"})
    trajectory = episode.trajectory or Trajectory(agent=AtifAgent(name="agentbench", version="none"), steps=[])
    extra = {**(trajectory.extra or {}), _EXTRA: dumped | {"has_trajectory": episode.trajectory is not None}}
    atif = trajectory.model_copy(update={"extra": extra}).model_dump(mode="json", exclude_none=True)
    if episode.evidence is not None:
        evidence = episode.evidence.model_dump(mode="json", exclude={"screenshots"})
        write_atomically(directory / "evidence" / f"{stem}.json", pretty_json(evidence))
        for name, picture in episode.evidence.screenshots.items():
            write_atomically(directory / "evidence" / f"{stem}.{re.sub(r'[^A-Za-z0-9_-]', '-', name)}.png", picture)
    relative = f"episodes/{stem}.json"
    write_atomically(directory / relative, pretty_json(atif))
    return relative


def read_episode(directory: Path, case_id: str) -> Episode:
    """Read one stored episode. Raises StoreError if a file is missing or malformed."""
    stem = file_stem(case_id)
    path = directory / "episodes" / f"{stem}.json"
    evidence = directory / "evidence" / f"{stem}.json"
    atif = read_json(path)
    return join_episode(atif, read_json(evidence) if evidence.exists() else None, str(path))


def join_episode(atif: Any, evidence: Any, where: str) -> Episode:
    """Rebuild an Episode from its two parsed files."""
    try:
        facts = dict(atif["extra"][_EXTRA])
    except (KeyError, TypeError):
        raise StoreError(f"{where}: extra.{_EXTRA}: missing; this trajectory was not written by agentbench") from None
    has_trajectory = facts.pop("has_trajectory", True)
    rest = {key: value for key, value in atif["extra"].items() if key != _EXTRA}
    trajectory = parse_record(Trajectory, {**atif, "extra": rest or None}, where) if has_trajectory else None
    seen = parse_record(Evidence, evidence, where) if evidence is not None else None
    facts["trajectory"] = trajectory.model_dump() if trajectory else None
    facts["evidence"] = seen.model_dump() if seen else None
    return parse_record(Episode, facts, where)
