"""One run of a request set: plan, boot, ask, judge, store, compare."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path

from agentbench.agent import ChatClient
from agentbench.errors import CancelledError, UsageError
from agentbench.records import Case, Episode, Outcome, QuantProfile, Scorecard, ScoredEpisode
from agentbench.report import RunObserver
from agentbench.runner import RunSettings
from agentbench.runner.pool import EpisodePool
from agentbench.runner.servers import Lease, ServerKeeper
from agentbench.scoring import SCORING_VERSION
from agentbench.serving import Server, boot
from agentbench.store import Journal, newest_run, save_reference, soft_differences
from agentbench.verify.asking import Asker, RequestJob, ask
from agentbench.verify.finishing import scorecard_of, write
from agentbench.verify.judging import score_request
from agentbench.verify.planning import cases_of, lock_requests, plan_requests, plan_run
from agentbench.verify.reading import RequestSet
from agentbench.verify.references import Compared, find_compared

MOST_MISSING = 0.02
"""Share of missing replies over which a run becomes no reference."""


class RequestRun:
    """Create it, ``start`` it, ``wait`` for its replies, ``finish`` it; or ``abort`` it at any point."""

    def __init__(
        self,
        settings: RunSettings,
        profile: QuantProfile,
        requests: RequestSet,
        *,
        observer: RunObserver,
        save_to: Path | None = None,
    ) -> None:
        """Plan the run; nothing is booted, nothing is written.

        Raises:
            UsageError: the profile cannot answer requests, or ``save_to`` is something else than a reference.
            ReferenceMismatchError, StoreError: the reference cannot be compared with, or is damaged.

        """
        if profile.engine.kind == "sim" and settings.endpoint is None:
            raise UsageError(
                f"--quant {profile.name}: the simulated model plays tasks and answers no other requests; name a quant "
                "of another family, or an --endpoint"
            )
        if save_to is not None and save_to.exists() and not (save_to / "reference.json").is_file():
            raise UsageError(f"--save-reference: {save_to} exists and is no reference; name a new directory")
        self.settings, self.profile, self.requests, self.observer = settings, profile, requests, observer
        self._save_to = save_to
        self._planned = {one.cell.id: one for one in plan_requests(requests, settings)}
        self.cases = cases_of(list(self._planned.values()), settings.trials)
        self.plan = plan_run(settings, profile.name, list(self._planned.values()))
        self.lock = lock_requests(settings, profile, list(self._planned.values()))
        self.stored_run = self._find_stored() if settings.resume else None
        asked = [(one.cell, one.request) for one in self._planned.values()]
        before = self.stored_run.id if self.stored_run else "~"
        self.compared: Compared | None = find_compared(
            settings, profile.name, self.plan, self.lock, asked, before=before
        )
        self.journal: Journal | None = None
        self.written: list[str] = []
        self.notes: list[str] = _same_seeds(requests, settings.trials)
        """What else the user must know at the end."""
        self.cancel = threading.Event()
        self._token_digests = self.compared.token_digests if self.compared else {}
        self._stored: dict[str, ScoredEpisode] = {}
        self._futures: dict[str, Future[Episode]] = {}
        self._pool: EpisodePool | None = None
        self._keeper: ServerKeeper | None = None
        self._askers: dict[int, Asker] = {}
        self._deaths: dict[str, int] = {}
        self._guard = threading.Lock()

    @property
    def scored(self) -> dict[str, ScoredEpisode]:
        """What is stored so far, by case id."""
        return self.journal.scored() if self.journal else {}

    def start(self) -> None:
        """Boot the server and submit what no stored run has answered. Blocks until the server is ready.

        Raises:
            ServerBootError: nothing was asked yet.
            UsageError: the stored run that is to go on was answered by another engine.

        """
        stored = self.stored_run
        if stored:
            stored.bring_up_to_date(SCORING_VERSION, score_request)
        self.journal = journal = stored or Journal.create(self.settings.runs_dir, self.plan, self.lock)
        self._stored = {case_id: one for case_id, one in journal.scored().items() if one.outcome.graded}
        todo = [case for case in self.cases if case.id not in self._stored]
        self._pool = EpisodePool(self._ask_one, self.settings.concurrency or self.profile.concurrency, self._store)
        if todo:
            self._keeper = ServerKeeper(self._boot, self.observer.status, self._break_off)
            server = self._keeper.start()
            lock = lock_requests(self.settings, self.profile, list(self._planned.values()), server.info)
            if self._stored:
                _refuse_other_engine(journal, lock.soft.engine, lock.soft.kernels)
            journal.set_lock(lock)
        self.observer.planned(len(self.cases), len(self._stored))
        self._futures = self._pool.futures
        self._pool.submit(todo)

    def wait(self) -> None:
        """Wait for every reply. Raises what ended the run, if something did."""
        for future in self._futures.values():
            future.result()

    def finish(self) -> Scorecard:
        """Release everything, compare, and write the scorecard (and the reference, if asked to)."""
        assert self.journal is not None, "finish() before start()"
        self.release()
        finished = self.journal.ended
        scored = self.journal.scored()
        graded = sum(scored[case.id].outcome.graded for case in self.cases if case.id in scored)
        card = scorecard_of(self.settings, self.journal, list(scored.values()), self.compared)
        if finished:
            self.notes.append(
                f"{self.journal.directory}: was complete already: nothing was asked, and its scorecard stays as it is"
            )
        else:
            self.written = write(self.settings, self.journal, card, self.requests.name)
            if graded == len(self.cases):
                self.journal.end()
        if self._save_to is not None:
            self._save_reference(self._save_to, list(scored.values()), graded)
        return card

    def abort(self) -> None:
        """Cancel what is in flight and release everything; what was answered stays in the journal."""
        self.cancel.set()
        if self._pool is not None:
            self._pool.fail_all(CancelledError("the run was cancelled"))
        self.release()

    def release(self) -> None:
        """Stop the server. Safe to call twice."""
        if self._pool is not None and not self.cancel.is_set():
            self._pool.join()
        for generation in list(self._askers):
            self._break_off(generation)
        if self._keeper is not None:
            self._keeper.stop()
        if self._pool is not None:
            self._pool.join()

    def _find_stored(self) -> Journal | None:
        """Return the newest run of the very same requests, sampling and server, finished or not."""
        found = newest_run(self.settings.runs_dir, self.plan, self.lock, interrupted_only=False)
        if found is None:
            self.observer.status("nothing to resume: no run of these requests with this sampling; a new run starts")
            return None
        ours, theirs = self.lock.soft, found.lock.soft
        if (ours.served, ours.engine_args) == (theirs.served, theirs.engine_args):
            return found
        first = next(one for one in soft_differences(ours, theirs) if one.key.startswith(("served", "engine_args")))
        self.observer.status(
            f"{found.directory} was served with another {first.key} ({first.theirs}): a new run starts"
        )
        return None

    def _save_reference(self, directory: Path, scored: list[ScoredEpisode], graded: int) -> None:
        assert self.journal is not None
        if graded < (1 - MOST_MISSING) * len(self.cases):
            self.notes.append(
                f"{directory}: not saved as a reference, since {len(self.cases) - graded} of {len(self.cases)} replies "
                "are missing; mend the cause and run again with --resume"
            )
            return
        save_reference(directory, self.journal, scored)
        self.written.append(str(directory))

    def _boot(self) -> Server:
        assert self.journal is not None
        server = boot(
            self.profile,
            self.settings.family,
            run_dir=self.journal.directory,
            progress=self.observer.status,
            extra_args=self.settings.engine_args,
            endpoint=self.settings.endpoint,
            cancel=self.cancel,
        )
        self.journal.note_boot(server.info)
        self.observer.booted(server.info)
        return server

    def _asker(self, lease: Lease) -> Asker:
        with self._guard:
            if lease.generation not in self._askers:
                info = lease.server.info
                self._askers[lease.generation] = Asker(
                    ChatClient(info.base_url, info.model, api_key=lease.server.api_key)
                )
            return self._askers[lease.generation]

    def _break_off(self, generation: int) -> None:
        with self._guard:
            asker = self._askers.pop(generation, None)
        if asker is not None:
            asker.client.close()

    def _ask_one(self, case: Case, attempt: int) -> Episode:
        assert self._keeper is not None
        if self.cancel.is_set():
            raise CancelledError(f"{case.id}: cancelled")
        planned = self._planned[case.cell.id]
        lease = self._keeper.lease()
        job = RequestJob(
            case=case,
            request=planned.request,
            sent=planned.sent,
            family=self.settings.family,
            quant=self.profile.name,
            seed=self.settings.seed,
            attempt=attempt,
            reference_token_digest=self._token_digests.get(case.cell.id),
        )
        self.observer.started(case)
        episode = ask(job, self._asker(lease), self.cancel)
        self.observer.turn(case, episode.usage.completion_tokens)
        if episode.outcome is Outcome.INFRA_SERVER and self._keeper.report_dead(lease):
            with self._guard:
                self._deaths[case.id] = deaths = self._deaths.get(case.id, 0) + 1
            episode = episode.model_copy(update={"server_deaths": deaths})
        if attempt <= episode.outcome.retries:
            self.observer.retrying(case, episode.outcome, episode.error or "")
        return episode

    def _store(self, episode: Episode) -> None:
        assert self.journal is not None
        scored = score_request(episode)
        self.journal.append(episode, scored)
        with self._guard:
            self._stored[episode.case.id] = scored
        self.observer.finished(scored)


def _same_seeds(requests: RequestSet, loops: int) -> list[str]:
    own = sum("seed" in one.body for one in requests.requests)
    if loops == 1 or not own:
        return []
    noun = "1 request brings its own seed" if own == 1 else f"{own} requests bring their own seed"
    return [f"{noun}: all loops of such a request ask the very same thing, and count as {loops} trials all the same"]


def _refuse_other_engine(journal: Journal, engine: str | None, kernels: dict[str, str]) -> None:
    """Half a run from one engine and half from another is no measurement."""
    theirs = journal.lock.soft
    if theirs.engine is None or (theirs.engine, theirs.kernels) == (engine, kernels):
        return
    raise UsageError(
        f"{journal.directory}: was answered by {theirs.engine} with kernels {theirs.kernels}, and the server is now "
        f"{engine} with {kernels}; start a new run, without --resume"
    )
