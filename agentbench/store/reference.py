"""The reference store: a family's reference results, immutable, with their locks and a digest.

``references/<family>/`` holds ``reference.json`` (locks, plan, server, digests), ``scored.jsonl.gz`` (all that a
comparison needs) and ``episodes.jsonl.gz`` (whole episodes, so that a later scoring version can score them again).
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentbench.errors import StoreError
from agentbench.records import Episode, Lock, PlannedRun, Record, ScoredEpisode, ServerInfo, digest
from agentbench.records.paths import PACKAGE_DIR, cache_dir
from agentbench.store.files import parse_record, pretty_json, read_json, write_atomically
from agentbench.store.journal import Journal

_HEAD, _SCORED, _EPISODES = "reference.json", "scored.jsonl.gz", "episodes.jsonl.gz"


class ReferenceHead(Record):
    """``reference.json``."""

    kind: str = "agentbench-reference"
    schema_version: int = 1
    id: str
    """Digest over the lock and both archives' contents."""
    run_id: str
    plan: PlannedRun
    lock: Lock
    server: ServerInfo
    scoring_version: int
    episodes: int
    scored_digest: str
    episodes_digest: str


@dataclass(frozen=True)
class Reference:
    """A loaded reference: the scores are in memory, whole episodes are read on demand."""

    directory: Path
    head: ReferenceHead
    scored: list[ScoredEpisode]

    @property
    def id(self) -> str:
        """Digest over locks and contents, shortened for people."""
        return self.head.id[:16]

    def episodes(self) -> Iterator[Episode]:
        """Yield the whole episodes, in case order."""
        path = self.directory / _EPISODES
        for line in _read_archive(path, self.head.episodes_digest).splitlines():
            yield parse_record(Episode, json.loads(line), str(path))


def save_reference(directory: Path, journal: Journal, scored: Iterable[ScoredEpisode]) -> Reference:
    """Store a finished run as the family's reference, replacing an earlier one only when complete."""
    ordered = sorted(scored, key=lambda one: one.case.id)
    scored_text = _lines(one.model_dump(mode="json", exclude_defaults=True) for one in ordered)
    episodes_text = _lines(journal.episode(one.case.id).model_dump(mode="json", exclude_none=True) for one in ordered)
    head = _head(journal, ordered, scored_text, episodes_text)
    _replace(directory, head, scored_text, episodes_text)
    return Reference(directory, head, ordered)


def as_reference(journal: Journal) -> Reference:
    """Present a stored run as a reference without copying it; its whole episodes stay in the run directory."""
    scored = sorted(journal.scored().values(), key=lambda one: one.case.id)
    return Reference(journal.directory, _head(journal, scored, "", ""), scored)


def _head(journal: Journal, ordered: list[ScoredEpisode], scored_text: str, episodes_text: str) -> ReferenceHead:
    server = journal.server()
    if not ordered or server is None:
        raise StoreError(f"{journal.directory}: nothing was measured, so there is nothing to compare with")
    digests = {"scored_digest": digest(scored_text), "episodes_digest": digest(episodes_text)}
    return ReferenceHead(
        id=digest({"lock": journal.lock.model_dump(mode="json"), "run": journal.id, **digests}),
        run_id=journal.id,
        plan=journal.plan,
        lock=journal.lock,
        server=parse_record(ServerInfo, portable(server.model_dump(mode="json")), str(journal.directory)),
        scoring_version=ordered[0].scoring_version,
        episodes=len(ordered),
        **digests,
    )


def _replace(directory: Path, head: ReferenceHead, scored_text: str, episodes_text: str) -> None:
    fresh = directory.with_name(f".{directory.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _write_archive(fresh / _SCORED, scored_text)
    _write_archive(fresh / _EPISODES, episodes_text)
    write_atomically(fresh / _HEAD, pretty_json(head.model_dump(mode="json", exclude_none=True)))
    shutil.rmtree(directory, ignore_errors=True)
    fresh.rename(directory)


def load_reference(path: Path) -> Reference:
    """Load a reference directory (or its ``reference.json``).

    Raises:
        StoreError: if it is missing, damaged (a digest differs) or of another version; names the file and the key.

    """
    directory = path.parent if path.name == _HEAD else path
    head_path = directory / _HEAD
    head = parse_record(ReferenceHead, read_json(head_path), str(head_path))
    if head.schema_version != 1:
        raise StoreError(f"{head_path}: schema_version: found {head.schema_version}, this agentbench reads 1")
    text = _read_archive(directory / _SCORED, head.scored_digest)
    where = str(directory / _SCORED)
    scored = [parse_record(ScoredEpisode, json.loads(line), where) for line in text.splitlines()]
    return Reference(directory, head, scored)


def portable(value: Any) -> Any:
    """Return a JSON value in which this machine's directories are named by what they are: a reference travels."""
    if isinstance(value, dict):
        return {key: portable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [portable(one) for one in value]
    if isinstance(value, str):
        for directory, name in ((cache_dir(), "$AGENTBENCH_CACHE"), (PACKAGE_DIR, "$AGENTBENCH"), (Path.home(), "~")):
            value = value.replace(f"{directory}/", f"{name}/")
    return value


def _lines(values: Iterable[Any]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n" for value in values)


def _write_archive(path: Path, text: str) -> None:
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
        file.write(text.encode())


def _read_archive(path: Path, expected_digest: str) -> str:
    try:
        text = gzip.decompress(path.read_bytes()).decode()
    except FileNotFoundError:
        raise StoreError(f"{path}: no such file; the reference is incomplete, fetch or record it again") from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: damaged ({error}); fetch or record the reference again") from None
    if digest(text) != expected_digest:
        raise StoreError(f"{path}: digest {digest(text)[:16]} found, {expected_digest[:16]} expected; it was changed")
    return text
