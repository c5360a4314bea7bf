"""The reference store: a family's reference results, immutable, with their locks and a digest.

``references/<family>/`` holds ``reference.json`` (locks, plan, server, digests), ``scored.jsonl.gz`` (all that a
comparison needs) and ``episodes.jsonl.gz`` (whole episodes, so that a later scoring version can score them again).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from agentbench.errors import StoreError
from agentbench.records import Episode, Lock, PlannedRun, Record, ScoredEpisode, ServerInfo, digest
from agentbench.store.files import parse_record, pretty_json, read_json, write_atomically
from agentbench.store.journal import RUN_FILE, Journal
from agentbench.store.portable import portable

R = TypeVar("R", bound=Record)

_HEAD, _SCORED, _EPISODES = "reference.json", "scored.jsonl.gz", "episodes.jsonl.gz"
_PIECE_BYTES = 1 << 20
_FAMILY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ReferenceHead(Record):
    """``reference.json``."""

    kind: str = "agentbench-reference"
    schema_version: int = 1
    id: str
    """Digest over the lock, the run's name and both archives' digests."""
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
    run: Journal | None = None
    """The run that takes a reference's place, where there are no archives."""

    @property
    def id(self) -> str:
        """Digest over locks and contents, shortened for people."""
        return self.head.id[:16]

    def episodes(self, wanted: Collection[str] | None = None) -> Iterator[Episode]:
        """Yield the whole episodes, in case order; only those of the ``wanted`` case ids where they are given."""
        cases = [one.case.id for one in self.scored]
        places = {place for place, case_id in enumerate(cases) if wanted is None or case_id in wanted}
        if self.run is not None:
            yield from (self.run.episode(cases[place]) for place in sorted(places))
        else:
            only = None if wanted is None else places
            yield from _read_archive(self.directory / _EPISODES, self.head.episodes_digest, Episode, only)

    def verify(self) -> None:
        """Read everything once. Raises StoreError if the episodes are damaged or are not those of the scores."""
        cases = [episode.case.id for episode in self.episodes()]
        if cases != [one.case.id for one in self.scored]:
            raise StoreError(
                f"{self.directory / _EPISODES}: holds other cases than {_SCORED}; fetch the reference again"
            )


def save_reference(directory: Path, journal: Journal, scored: Iterable[ScoredEpisode]) -> Reference:
    """Store a finished run as the family's reference, replacing an earlier one only when complete.

    Raises:
        StoreError: nothing was measured, or it cannot be written; an earlier reference is still there.

    """
    ordered = sorted(scored, key=lambda one: one.case.id)
    scored_text = _lines(journal, (one.model_dump(mode="json", exclude_defaults=True) for one in ordered))
    episodes = (journal.episode(one.case.id).model_dump(mode="json", exclude_none=True) for one in ordered)
    episodes_text = _lines(journal, episodes)
    head = _head(journal, ordered, scored_text, episodes_text)
    with _replacing(directory) as fresh:
        _write_archive(fresh / _SCORED, scored_text)
        _write_archive(fresh / _EPISODES, episodes_text)
        write_atomically(fresh / _HEAD, pretty_json(head.model_dump(mode="json")))
    return Reference(directory, head, ordered)


def import_reference(source: Path, references: Path, *, replace: bool) -> Reference:
    """Verify a reference that came from elsewhere and copy it to ``<references>/<family>``.

    Raises:
        StoreError: it is damaged, is that very directory, is no reference of tasks, or the family has one already and
            ``replace`` is false.

    """
    found = load_reference(source)
    found.verify()
    if found.head.plan.mode != "tasks":
        raise StoreError(
            f"{source}: is a reference of requests, and a family's reference is of tasks; name it where it is used: "
            "`agentbench verify --reference PATH`"
        )
    target = references / found.head.plan.family
    if target.resolve() == found.directory.resolve():
        raise StoreError(f"{source}: is the family's reference already; name the directory to import from")
    if target.exists() and not replace:
        raise StoreError(f"{target}: the family has a reference already; give --force to replace it")
    with _replacing(target) as fresh:
        for name in (_HEAD, _SCORED, _EPISODES):
            shutil.copyfile(found.directory / name, fresh / name)
    return Reference(target, found.head, found.scored)


def as_reference(journal: Journal) -> Reference:
    """Present a stored run as a reference without copying it; its whole episodes stay in the run directory."""
    scored = sorted(journal.scored().values(), key=lambda one: one.case.id)
    return Reference(journal.directory, _head(journal, scored, "", ""), scored, run=journal)


def load_results(path: Path) -> Reference:
    """Load a stored run, or a stored reference: whichever the directory holds.

    Raises:
        StoreError: it holds neither, or what it holds is damaged.

    """
    if (path / RUN_FILE).is_file():
        return as_reference(Journal.open(path))
    if path.name == _HEAD or (path / _HEAD).is_file():
        return load_reference(path)
    raise StoreError(f"{path}: is neither a run nor a reference; give a directory with {RUN_FILE} or {_HEAD}")


def _head(journal: Journal, ordered: list[ScoredEpisode], scored_text: str, episodes_text: str) -> ReferenceHead:
    server = journal.server()
    if not ordered or server is None:
        raise StoreError(f"{journal.directory}: nothing was measured, so there is nothing to compare with")
    where, run = str(journal.directory), journal.directory
    digests = {"scored_digest": digest(scored_text), "episodes_digest": digest(episodes_text)}
    lock = journal.lock.model_dump(mode="json")
    lock["soft"] = portable(lock["soft"], run=run)
    return ReferenceHead(
        id=_id(lock, journal.id, digests),
        run_id=journal.id,
        plan=parse_record(PlannedRun, portable(journal.plan.model_dump(mode="json"), run=run), where),
        lock=parse_record(Lock, lock, where),
        server=parse_record(ServerInfo, portable(server.model_dump(mode="json"), run=run), where),
        scoring_version=ordered[0].scoring_version,
        episodes=len(ordered),
        **digests,
    )


def _id(lock: Any, run_id: str, digests: dict[str, str]) -> str:
    return digest({"lock": lock, "run": run_id, **digests})


@contextmanager
def _replacing(directory: Path) -> Iterator[Path]:
    """Give a fresh neighbour to fill; when it is whole it takes the directory's place, and only then the old one goes.

    Between the two renames a killed process leaves the old one as ``.<name>.old``, never nothing.
    """
    fresh, old = (directory.with_name(f".{directory.name}.{what}") for what in ("new", "old"))
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        yield fresh
        if directory.exists():
            shutil.rmtree(old, ignore_errors=True)
            directory.rename(old)
        try:
            fresh.rename(directory)
        except OSError:
            old.rename(directory)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{directory}: the reference cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def load_reference(path: Path) -> Reference:
    """Load a reference directory (or its ``reference.json``).

    The episodes' archive is checked when it is read, or by ``Reference.verify``.

    Raises:
        StoreError: if it is missing, damaged (a digest differs) or of another version; names the file and the key.

    """
    directory = path.parent if path.name == _HEAD else path
    head_path = directory / _HEAD
    value = read_json(head_path)
    head = parse_record(ReferenceHead, value, str(head_path))
    if head.schema_version != 1:
        raise StoreError(f"{head_path}: schema_version: found {head.schema_version}, this agentbench reads 1")
    _check_head(head, value, head_path)
    scored = list(_read_archive(directory / _SCORED, head.scored_digest, ScoredEpisode))
    if len(scored) != head.episodes:
        raise StoreError(f"{head_path}: episodes: {head.episodes} stated, {_SCORED} holds {len(scored)}")
    return Reference(directory, head, scored)


def _check_head(head: ReferenceHead, value: Any, where: Path) -> None:
    family = head.plan.family
    if not _FAMILY.fullmatch(family) or family != head.lock.hard.family:
        raise StoreError(f"{where}: plan.family: found {family!r}, expected the lock's {head.lock.hard.family!r}, a "
                         "name of letters, digits, '.', '_' and '-'")  # fmt: skip
    digests = {"scored_digest": head.scored_digest, "episodes_digest": head.episodes_digest}
    # As written: a later version's lock may have more fields. As parsed: nulls may have been left out in writing.
    expected = [_id(lock, head.run_id, digests) for lock in (value["lock"], head.lock.model_dump(mode="json"))]
    if head.id not in expected:
        raise StoreError(f"{where}: id: {head.id[:16]} found, {expected[0][:16]} expected; the lock or a digest in it "
                         "was changed, fetch or record the reference again")  # fmt: skip


def _lines(journal: Journal, values: Iterable[dict[str, Any]]) -> str:
    """Return JSON Lines. An error text may name files of this machine; all else is as the model and sandbox saw it."""
    lines = []
    for value in values:
        if value.get("error"):
            value["error"] = portable(value["error"], run=journal.directory)
        lines.append(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    return "".join(lines)


def _write_archive(path: Path, text: str) -> None:
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
        file.write(text.encode())


def _read_archive(
    path: Path, expected_digest: str, record_type: type[R], only: Collection[int] | None = None
) -> Iterator[R]:
    """Yield an archive's records; ``only`` those of these lines, counted from 0, where it is given."""
    _check_digest(path, expected_digest)
    with gzip.open(path) as lines:  # whole references are larger than what a run needs of memory
        for number, line in enumerate(lines, start=1):
            if only is not None and number - 1 not in only:
                continue
            try:
                value = json.loads(line)
            except ValueError:
                raise StoreError(f"{path}: line {number} is no JSON; fetch or record the reference again") from None
            yield parse_record(record_type, value, f"{path}: line {number}")


def _check_digest(path: Path, expected: str) -> None:
    content = hashlib.sha256()
    try:
        with gzip.open(path) as file:
            while piece := file.read(_PIECE_BYTES):
                content.update(piece)
    except FileNotFoundError:
        raise StoreError(f"{path}: no such file; the reference is incomplete, fetch or record it again") from None
    except (OSError, EOFError, zlib.error) as error:
        raise StoreError(f"{path}: damaged ({error}); fetch or record the reference again") from None
    found = content.hexdigest()
    if found != expected:
        raise StoreError(f"{path}: digest {found[:16]} found, {expected[:16]} expected; it was changed")
