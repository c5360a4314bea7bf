"""What every run against a model server does, whatever it asks: boot, boot again, count deaths, store, release."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from agentbench.agent import ChatClient
from agentbench.errors import CancelledError, UsageError
from agentbench.records import (
    MAX_MISSING,
    Case,
    Episode,
    Lock,
    Outcome,
    PlannedRun,
    QuantProfile,
    ScoredEpisode,
    ServerInfo,
)
from agentbench.records.family import EngineArg
from agentbench.report import RunObserver
from agentbench.runner.pool import EpisodePool
from agentbench.runner.servers import Lease, ServerKeeper
from agentbench.runner.settings import RunSettings
from agentbench.scoring import SCORING_VERSION
from agentbench.serving import Server, boot
from agentbench.store import Journal, save_reference, soft_differences


class HasClient(Protocol):
    """What one generation of the server is asked with."""

    @property
    def client(self) -> ChatClient:
        """Its connections; closing it ends the requests that still wait."""


ClientT = TypeVar("ClientT", bound=HasClient)


@dataclass(frozen=True)
class Words:
    """How a kind of run speaks of itself to the user."""

    measured_on: str
    """Of a run and its engine, such as ``measured on``."""
    parts: str
    """What it consists of, such as ``episodes``."""
    finish: str
    """The option that runs what is missing."""
    options: str
    """The options that go on with a stored run."""


class ServedRun(ABC, Generic[ClientT]):
    """One server after another, a pool of workers, one journal. Subclasses plan, run a case, and compare."""

    words: ClassVar[Words]
    plan: PlannedRun
    lock: Lock
    cases: list[Case]

    def __init__(self, settings: RunSettings, profile: QuantProfile, observer: RunObserver) -> None:
        self.settings, self.profile, self.observer = settings, profile, observer
        self.journal: Journal | None = None
        self.written: list[str] = []
        self.notes: list[str] = []
        """What else the user must know at the end."""
        self.cancel = threading.Event()
        self._token_digests: dict[str, str] = {}
        """Of the reference's first requests, by cell id."""
        self._stored: dict[str, ScoredEpisode] = {}
        """What is final, by case id."""
        self._futures: Mapping[str, Future[Episode]] = {}
        self._pool: EpisodePool | None = None
        self._keeper: ServerKeeper | None = None
        self._clients: dict[int, ClientT] = {}
        """By the server's generation."""
        self._clients_guard = threading.Lock()
        self._deaths: dict[str, int] = {}
        self._guard = threading.Lock()

    @abstractmethod
    def _score(self, episode: Episode) -> ScoredEpisode:
        """Score one finished episode."""

    @abstractmethod
    def _lock_with(self, server: ServerInfo) -> Lock:
        """Return the run's lock with what only a booted server knows."""

    @abstractmethod
    def _open(self, lease: Lease) -> ClientT:
        """Make what the leased server is asked with."""

    @abstractmethod
    def _run_one(self, case: Case, attempt: int) -> Episode:
        """Run one case once, in a worker's thread."""

    def _engine_args(self) -> Mapping[str, EngineArg]:
        return self.settings.engine_args

    def _clean_up(self) -> None:
        """Remove what this kind of run has set up beside the server."""

    def abort(self) -> None:
        """Cancel what is in flight and release everything; what was finished stays in the journal."""
        self.cancel.set()
        if self._pool is not None:
            self._pool.fail_all(CancelledError("the run was cancelled"))
        self.release()

    def release(self) -> None:
        """Break off requests, clean up and stop the server, each whatever fails before it. Safe to call twice."""
        if self._pool is not None and not self.cancel.is_set():
            self._pool.join()
        with ExitStack() as ending:  # done in the reverse of this order
            if self._pool is not None:
                ending.callback(self._pool.join)
            if self._keeper is not None:
                ending.callback(self._keeper.stop)
            ending.callback(self._clean_up)
            for generation in list(self._clients):
                ending.callback(self._break_off, generation)

    def _begin(self, stored: Journal | None) -> Journal:
        """Open the journal, the stored run's or a new one, and make the workers that fill it."""
        if stored is not None:
            stored.bring_up_to_date(SCORING_VERSION, self._score)
        self.journal = stored or Journal.create(self.settings.runs_dir, self.plan, self.lock)
        self._pool = EpisodePool(self._run_one, self.settings.concurrency or self.profile.concurrency, self._store)
        self._futures = self._pool.futures
        return self.journal

    def _serve(self) -> Lease:
        """Boot the server; raises UsageError if the journal's episodes are another engine's."""
        assert self.journal is not None
        self._keeper = ServerKeeper(self._boot, self.observer.status, self._break_off)
        lock = self._lock_with(self._keeper.start().info)
        if self._stored:
            self._refuse_other_engine(self.journal, lock)
        self.journal.set_lock(lock)
        return self._keeper.lease()

    def _boot(self) -> Server:
        assert self.journal is not None
        server = boot(
            self.profile,
            self.settings.family,
            run_dir=self.journal.directory,
            progress=self.observer.status,
            extra_args=self._engine_args(),
            endpoint=self.settings.endpoint,
            cancel=self.cancel,
        )
        self.journal.note_boot(server.info)
        self.observer.booted(server.info)
        return server

    def _client(self, lease: Lease) -> ClientT:
        """Return what the leased server is asked with, made once."""
        with self._clients_guard:
            if lease.generation not in self._clients:
                self._clients[lease.generation] = self._open(lease)
            return self._clients[lease.generation]

    def _break_off(self, generation: int) -> None:
        """End the requests that still wait on one generation of the server."""
        with self._clients_guard:
            found = self._clients.pop(generation, None)
        if found is not None:
            found.client.close()

    def _lease(self, case: Case) -> Lease:
        """Return the server for one more attempt; raises CancelledError where the run is over."""
        assert self._keeper is not None
        if self.cancel.is_set():
            raise CancelledError(f"{case.id}: cancelled")
        return self._keeper.lease()

    def _attempted(self, episode: Episode, lease: Lease) -> Episode:
        """Tell of an attempt's end; return it with how often the server died under its case.

        A second time, the case ran alone.
        """
        assert self._keeper is not None
        case = episode.case
        if episode.outcome is Outcome.INFRA_SERVER and self._keeper.report_dead(lease):
            with self._guard:
                self._deaths[case.id] = deaths = self._deaths.get(case.id, 0) + 1
            episode = episode.model_copy(update={"server_deaths": deaths})
        if episode.attempt <= episode.outcome.retries:
            self.observer.retrying(case, episode.outcome, episode.error or "")
        return episode

    def _store(self, episode: Episode) -> None:
        assert self.journal is not None
        scored = self._score(episode)
        self.journal.append(episode, scored)
        with self._guard:
            self._stored[episode.case.id] = scored
        self.observer.finished(scored)

    def _served_alike(self, found: Journal) -> bool:
        """Tell whether a stored run was served as this one is to be; else tell the user what differs."""
        ours, theirs = self.lock.soft, found.lock.soft
        if (ours.served, ours.engine_args) == (theirs.served, theirs.engine_args):
            return True
        first = next(one for one in soft_differences(ours, theirs) if one.key.startswith(("served", "engine_args")))
        self.observer.status(
            f"{found.directory} was served with another {first.key} ({first.theirs}): a new run starts"
        )
        return False

    def _refuse_other_engine(self, journal: Journal, now: Lock) -> None:
        """Half a run from one engine and half from another is no measurement."""
        theirs, ours = journal.lock.soft, now.soft
        if theirs.engine is None or (theirs.engine, theirs.kernels) == (ours.engine, ours.kernels):
            return
        raise UsageError(
            f"{journal.directory}: was {self.words.measured_on} {theirs.engine} with kernels {theirs.kernels}, and the "
            f"server is now {ours.engine} with {ours.kernels}; start a new run, without {self.words.options}"
        )

    def _save_reference(self, directory: Path, scored: Sequence[ScoredEpisode], graded: int) -> None:
        """Store the run as a reference, unless too much of it is missing: an old one is worth more then."""
        assert self.journal is not None
        if graded < (1 - MAX_MISSING) * len(self.cases):
            self.notes.append(
                f"{directory}: not saved as a reference, since {len(self.cases) - graded} of {len(self.cases)} "
                f"{self.words.parts} are missing; mend the cause and run again with {self.words.finish}"
            )
            return
        save_reference(directory, self.journal, scored)
        self.written.append(str(directory))
