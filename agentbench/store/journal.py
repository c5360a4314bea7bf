"""The run journal: what a run set out to do, and one fsynced line per finished episode.

Two properties are deliberate:

1. A line is written only after the episode's files are complete on disk, so a line means a whole episode.
2. A torn last line (``kill -9`` in mid-write) is passed over, and cut off when the run goes on; that episode simply
   runs again. Looking at a stored run changes nothing in it.
"""

from __future__ import annotations

import glob
import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from agentbench.errors import StoreError
from agentbench.records import Episode, Lock, PlannedRun, Scorecard, ScoredEpisode, ServerInfo
from agentbench.store.episodes import read_episode, write_episode
from agentbench.store.files import parse_record, pretty_json, read_json, write_atomically

RUN_FILE = "run.json"
_JOURNAL_FILE = "journal.jsonl"
_NEEDED_KEYS = {"episode": {"case", "trajectory", "scored"}, "boot": {"server"}}


class Journal:
    """One run directory: ``run.json``, ``journal.jsonl``, ``episodes/``, ``evidence/``, ``scorecard.json``."""

    def __init__(self, directory: Path, plan: PlannedRun, lock: Lock, lines: list[dict[str, Any]], torn_at: int | None):
        self.directory = directory
        self.plan = plan
        self.lock = lock
        self._lines = lines
        self._torn_at = torn_at
        """Where a torn last line begins in the file, in bytes; none if there is no such line."""
        self._parsed = 0
        """How many lines ``_scored`` already knows."""
        self._scored: dict[str, ScoredEpisode] = {}
        self._guard = threading.Lock()

    @classmethod
    def create(cls, runs_dir: Path, plan: PlannedRun, lock: Lock) -> Journal:
        """Start a new run directory ``<time>-<family>-<quant>``. Raises StoreError if it cannot be written."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        base = runs_dir / f"{stamp}-{plan.family}-{plan.quant}"
        directory = base
        try:
            runs_dir.mkdir(parents=True, exist_ok=True)
            for number in range(2, 100):
                try:
                    directory.mkdir()
                    break
                except FileExistsError:
                    directory = base.with_name(f"{base.name}-{number}")
        except OSError as error:
            raise StoreError(f"{runs_dir}: cannot create the run directory ({error.strerror})") from None
        journal = cls(directory, plan, lock, [], None)
        journal._write_head()
        return journal

    @classmethod
    def open(cls, directory: Path) -> Journal:
        """Open a stored run. Raises StoreError if it is none, or of another version."""
        if not (directory / RUN_FILE).is_file():
            raise StoreError(f"{directory}: is no run directory of agentbench (there is no {RUN_FILE} in it)")
        head = read_json(directory / RUN_FILE)
        where = str(directory / RUN_FILE)
        if not isinstance(head, dict) or not {"plan", "lock"} <= head.keys():
            raise StoreError(f"{where}: keys plan and lock expected; this is no run directory of agentbench")
        plan = parse_record(PlannedRun, head["plan"], f"{where}: plan")
        lock = parse_record(Lock, head["lock"], f"{where}: lock")
        return cls(directory, plan, lock, *_read_lines(directory / _JOURNAL_FILE))

    @property
    def id(self) -> str:
        """The directory's name."""
        return self.directory.name

    @property
    def ended(self) -> bool:
        """Whether the run came to its end (rather than being killed or cancelled)."""
        return any(line["event"] == "end" for line in self._lines)

    def set_lock(self, lock: Lock) -> None:
        """Replace the lock once the server's facts (version, kernels) are known."""
        self.lock = lock
        self._write_head()

    def note_boot(self, server: ServerInfo) -> None:
        """Record a server start; a run has more than one when the engine crashed."""
        self._append({"event": "boot", "server": server.model_dump(mode="json", exclude_none=True)})

    def append(self, episode: Episode, scored: ScoredEpisode) -> None:
        """Store one finished episode: its files first, then the line that makes it count."""
        path = write_episode(self.directory, episode)
        self._append_score(path, scored)

    def end(self) -> None:
        """Mark the run as complete."""
        self._append({"event": "end"})

    def scored(self) -> dict[str, ScoredEpisode]:
        """Return the stored scores by case id; a later line for a case replaces an earlier one.

        Each line is parsed once; the dictionary is the caller's own.
        """
        where = str(self.directory / _JOURNAL_FILE)
        with self._guard:
            for line in self._lines[self._parsed :]:
                if line["event"] == "episode":
                    self._scored[line["case"]] = parse_record(ScoredEpisode, line["scored"], f"{where}: {line['case']}")
            self._parsed = len(self._lines)
            return dict(self._scored)

    def trajectory_paths(self) -> dict[str, str]:
        """Return trajectory paths below the run directory, by case id."""
        return {line["case"]: line["trajectory"] for line in self._lines if line["event"] == "episode"}

    def episode(self, case_id: str) -> Episode:
        """Read one whole episode back."""
        return read_episode(self.directory, case_id)

    def server(self) -> ServerInfo | None:
        """Return the last booted server's facts."""
        boots = [line["server"] for line in self._lines if line["event"] == "boot"]
        return parse_record(ServerInfo, boots[-1], str(self.directory / _JOURNAL_FILE)) if boots else None

    def rescore(self, score: Callable[[Episode], ScoredEpisode]) -> dict[str, ScoredEpisode]:
        """Score every stored episode again and return the results by case id; the journal stays as it is."""
        return {case_id: score(self.episode(case_id)) for case_id in self.trajectory_paths()}

    def bring_up_to_date(self, version: int, score: Callable[[Episode], ScoredEpisode]) -> None:
        """Score again, and store, what another version of the definitions scored: one run, one version."""
        paths = self.trajectory_paths()
        for case_id, old in self.scored().items():
            if old.scoring_version != version:
                self._append_score(paths[case_id], score(self.episode(case_id)))

    def write_scorecard(self, card: Scorecard) -> Path:
        """Write ``scorecard.json`` into the run directory."""
        path = self.directory / "scorecard.json"
        write_scorecard(path, card)
        return path

    def _append_score(self, trajectory: str, scored: ScoredEpisode) -> None:
        self._append({"event": "episode", "case": scored.case.id, "trajectory": trajectory,
                      "scored": scored.model_dump(mode="json", exclude_defaults=True)})  # fmt: skip

    def _write_head(self) -> None:
        head = {"plan": self.plan.model_dump(mode="json"), "lock": self.lock.model_dump(mode="json")}
        write_atomically(self.directory / RUN_FILE, pretty_json(head))

    def _append(self, line: dict[str, Any]) -> None:
        data = (json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n").encode()
        path = self.directory / _JOURNAL_FILE
        with self._guard:
            try:
                with path.open("ab") as file:
                    if self._torn_at is not None:
                        file.truncate(self._torn_at)
                        self._torn_at = None
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise StoreError(f"{path}: cannot be written ({error.strerror})") from None
            self._lines.append(line)


def newest_run(runs_dir: Path, plan: PlannedRun, lock: Lock, *, interrupted_only: bool) -> Journal | None:
    """Find the newest stored run of the same plan and hard lock, to resume or to replay."""
    for journal in runs_of(runs_dir, plan.family, plan.quant):
        same = (journal.plan.cases, journal.plan.looks, journal.lock.hard) == (plan.cases, plan.looks, lock.hard)
        if same and not (interrupted_only and journal.ended):
            return journal
    return None


def previous_run(
    runs_dir: Path, family: str, quant: str, *, before: str, mode: Literal["tasks", "requests"] = "tasks"
) -> Journal | None:
    """Find the newest complete run of a quant, over tasks or over requests, that started before the one ``before``."""
    for journal in runs_of(runs_dir, family, quant):
        whole = journal.ended and not journal.plan.subset
        if journal.id < before and whole and journal.plan.mode == mode:
            return journal
    return None


def runs_of(runs_dir: Path, family: str, quant: str) -> Iterator[Journal]:
    """Yield the readable runs of exactly this quant, newest first.

    A directory's name also matches quants that only begin with this one's.
    """
    for directory in sorted(runs_dir.glob(f"*-{glob.escape(f'{family}-{quant}')}*"), reverse=True):
        try:
            journal = Journal.open(directory)
        except StoreError:
            continue
        if (journal.plan.family, journal.plan.quant) == (family, quant):
            yield journal


def write_scorecard(path: Path, card: Scorecard) -> None:
    """Write a scorecard with stable key order and no NaN."""
    write_atomically(path, pretty_json(card.model_dump(mode="json")))


def read_scorecard(path: Path) -> Scorecard:
    """Read a scorecard. Raises StoreError."""
    return parse_record(Scorecard, read_json(path), str(path))


def _read_lines(path: Path) -> tuple[list[dict[str, Any]], int | None]:
    """Return the whole lines, and where a torn one begins behind them."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return [], None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    whole = raw[: raw.rfind(b"\n") + 1]
    lines = []
    for number, text in enumerate(whole.split(b"\n")[:-1], start=1):
        try:
            line = json.loads(text)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise StoreError(f"{path}: line {number} is no JSON; restore the file or remove the run") from None
        event = line.get("event") if isinstance(line, dict) else None
        if not isinstance(event, str) or not _NEEDED_KEYS.get(event, set()) <= line.keys():
            raise StoreError(f"{path}: line {number} is no event of a run; restore the file or remove the run")
        lines.append(line)
    return lines, len(whole) if len(whole) < len(raw) else None
