"""The conductor of one quant's run: plan, boot, run, grade, score, compare, write."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from itertools import pairwise

from agentbench.agent import ChatClient, ServerCounter
from agentbench.errors import CancelledError, SandboxError, ServerDiedError, UsageError
from agentbench.records import (
    Case,
    Episode,
    Gate,
    Outcome,
    QuantProfile,
    Scorecard,
    ScoredEpisode,
    SequentialResult,
    SoftLock,
    TaskSpec,
)
from agentbench.report import RunObserver
from agentbench.runner.episode import EpisodeJob, Workbench, run_episode
from agentbench.runner.finish import compare_journal, find_reference, look_at_journal, reference_scores
from agentbench.runner.plan import cells_of, lock_of, planned_run
from agentbench.runner.pool import EpisodePool
from agentbench.runner.sequence import sequence
from agentbench.runner.servers import Lease, ServerKeeper
from agentbench.runner.settings import RunSettings
from agentbench.runner.tokenizers import family_counter
from agentbench.sandbox import DockerProvider, image_for
from agentbench.scoring import SCORING_VERSION, score
from agentbench.serving import Server, boot
from agentbench.store import Journal, Reference, newest_run, refuse_other_lock, save_reference, soft_differences

MOST_MISSING = 0.02
"""Share of missing episodes over which a run becomes no reference."""


class QuantRun:
    """One run: create it at collection, ``start`` it with the first case, ``finish`` it after the last."""

    def __init__(
        self,
        settings: RunSettings,
        profile: QuantProfile,
        tasks: Mapping[str, TaskSpec],
        cases: Sequence[Case],
        *,
        subset: bool,
        observer: RunObserver,
    ):
        self.settings, self.profile, self.cases, self._subset = settings, profile, list(cases), subset
        used = {case.cell.task_id for case in cases}
        self.tasks = {task_id: task for task_id, task in tasks.items() if task_id in used}
        self.plan = planned_run(settings, profile.name, cases, subset=subset)
        self.lock = lock_of(settings, profile, self.tasks.values())
        self.observer = observer
        self.reference: Reference | None = None
        self.journal: Journal | None = None
        self.scorecard: Scorecard | None = None
        self.written: list[str] = []
        self.notes: list[str] = []
        """What else the user must know at the end."""
        self.cancel = threading.Event()
        self._blocks = [self.cases]
        self._block_of: dict[str, int] = {}
        self._submitted = 0
        """Blocks that have been started; a look is taken before the next."""
        self._theirs: list[ScoredEpisode] | None = None
        self.decided: SequentialResult | None = None
        """The last look of a sequential run, once it has decided."""
        self._futures: dict[str, Future[Episode]] = {}
        self._stored: dict[str, ScoredEpisode] = {}
        self._pool: EpisodePool | None = None
        self._keeper: ServerKeeper | None = None
        self._provider: DockerProvider | None = None
        self._clients: dict[int, Workbench] = {}
        self._images: dict[str, str] = {}
        self._deaths: dict[str, int] = {}
        self._token_digests: dict[str, str] = {}
        self._reference_cells: dict[str, float] | None = None
        self._guard = threading.Lock()
        self._bench_guard = threading.Lock()

    @property
    def started(self) -> bool:
        """Whether ``start`` was called."""
        return self.journal is not None

    def check_reference(self) -> None:
        """Load the reference and refuse it if a hard lock differs; cheap, so it happens before anything boots.

        Raises:
            ReferenceMismatchError: names the first difference.
            StoreError: the reference is damaged or missing at a path that was asked for.
            UsageError: a sequential run cannot be planned from it.
        """
        if self.settings.sequential:
            self._sequence(find_reference(self.settings, self.profile.name))
        if self.settings.save_reference and not self.settings.reference and not self.started:
            return  # recorded in this very session: loaded when the run starts, after the one that is saved
        stored = self._stored_run()
        reference = find_reference(self.settings, self.profile.name, before=stored.id if stored else "~")
        if reference is None:
            return
        refuse_other_lock(self.lock.hard, reference)
        self.reference = reference
        self._token_digests = {
            one.case.cell.id: one.token_digest for one in reference.scored if one.token_digest is not None
        }

    def _sequence(self, reference: Reference | None) -> None:
        """Plan the trials, their blocks and the looks from the reference's stored scores."""
        self.cases, looks = sequence(self.settings, cells_of(self.cases), reference)
        self.plan = planned_run(self.settings, self.profile.name, self.cases, subset=self._subset, looks=looks)
        edges = [0, *looks.episodes]
        self._blocks = [self.cases[start:end] for start, end in pairwise(edges)]
        self._block_of = {case.id: number for number, block in enumerate(self._blocks) for case in block}

    def start(self) -> None:
        """Boot the server and submit the first block of cases: all of them in a fixed run.

        Blocks until the server is ready. Where stored episodes are enough for a verdict, nothing is booted.

        Raises:
            ServerBootError, SandboxError, ImageError: nothing was measured yet.
            UsageError: the stored run that is to go on was measured on another engine.
        """
        settings = self.settings
        stored = self._stored_run()
        if stored:
            stored.bring_up_to_date(SCORING_VERSION, score)
        self.journal = journal = stored or Journal.create(settings.runs_dir, self.plan, self.lock)
        if settings.save_reference and settings.save_reference != self.profile.name:
            self.check_reference()
        self._stored = self._reusable(journal)
        if self._stored:
            self.observer.status(f"{len(self._stored)} of {len(self.cases)} episodes stored in {journal.directory}")
        concurrency = settings.concurrency or self.profile.concurrency
        self._pool = EpisodePool(self._run_one, concurrency, self._store)
        self._futures = self._pool.futures
        self._next_block()

    def _serve(self) -> None:
        """Make sandboxes and the server ready."""
        assert self.journal is not None
        settings, journal = self.settings, self.journal
        self._provider = DockerProvider(journal.id, keep=settings.keep_sandboxes)
        for name in self._provider.reap():
            self.observer.status(f"removed a leftover of a dead run: {name}")
        self._images = {
            task.id: image_for(task.sandbox, task.path, progress=self.observer.status) for task in self.tasks.values()
        }
        self._keeper = ServerKeeper(self._boot, self.observer.status, self._break_off)
        server = self._keeper.start()
        lock = lock_of(settings, self.profile, self.tasks.values(), server.info)
        if self._stored:
            _refuse_other_engine(journal, lock.soft)
        journal.set_lock(lock)
        self._bench(self._keeper.lease())  # what sizes the contexts is found out before any case waits for it

    def _next_block(self) -> None:
        """End the block that runs, look, and start the next one if no verdict stands."""
        assert self._pool is not None
        if self._submitted:
            for case in self._blocks[self._submitted - 1]:
                if case.id not in self._stored:
                    self._futures[case.id].result()
            if self._look():
                return
        todo = [case for case in self._blocks[self._submitted] if case.id not in self._stored]
        if todo and self._keeper is None:
            self._serve()
        if not self._submitted:
            self.observer.planned(len(self.cases), len(self._stored))
        self._submitted += 1
        self._pool.submit(todo)

    def _look(self) -> bool:
        """Take the look behind the blocks that have ended; tell whether a verdict stands."""
        assert self.journal is not None
        if self._theirs is None:
            assert self.reference is not None, "a sequential run is planned from a reference"
            self._theirs = reference_scores(self.reference)
        found = look_at_journal(self.settings, self.journal, self._theirs, self._submitted)
        self.observer.status(found.text)
        self.decided = found if found.decided else None
        return found.decided

    def _stored_run(self) -> Journal | None:
        """Return the run that ``--quant-resume`` or ``--lf`` goes on with; one served otherwise is left alone."""
        settings = self.settings
        if not (settings.resume or settings.replay):
            return None
        found = newest_run(settings.runs_dir, self.plan, self.lock, interrupted_only=settings.resume)
        if found is None:
            return None
        ours, theirs = self.lock.soft, found.lock.soft
        if (ours.served, ours.engine_args) == (theirs.served, theirs.engine_args):
            return found
        first = next(one for one in soft_differences(ours, theirs) if one.key.startswith(("served", "engine_args")))
        self.observer.status(
            f"{found.directory} was served with another {first.key} ({first.theirs}): a new run starts"
        )
        return None

    def _reusable(self, journal: Journal) -> dict[str, ScoredEpisode]:
        """Return the stored episodes that count: graded ones, and under gate ``each`` no lost ones."""
        graded = {case_id: one for case_id, one in journal.scored().items() if one.outcome.graded}
        if not self.settings.replay or self.settings.gate is not Gate.EACH:
            return graded
        return {case_id: one for case_id, one in graded.items() if self.status(one) != "lost"}

    def wait(self, case: Case) -> ScoredEpisode | None:
        """Wait for one case's final score; none where the verdict stood before it. Raises what ended the run."""
        block = self._block_of.get(case.id, 0)
        while block >= self._submitted:
            if self.decided is not None:
                return None
            self._next_block()
        if case.id not in self._stored:
            self._futures[case.id].result()
        return self._stored[case.id]

    def reference_solved(self, case: Case) -> float | None:
        """Return the reference's mean score of a case's cell, or none if it has no graded trial of it."""
        if self.reference is None:
            return None
        if self._reference_cells is None:
            self._reference_cells = solved_by_cell(self.reference.scored)
        return self._reference_cells.get(case.cell.id)

    def status(self, scored: ScoredEpisode) -> str:
        """Return ``solved``, ``unsolved``, ``lost``, ``gained`` or ``limit`` for a graded episode."""
        solved = scored.outcome is Outcome.SOLVED
        reference = self.reference_solved(scored.case)
        if reference is not None and (reference >= 0.5) != solved:
            return "gained" if solved else "lost"
        if scored.outcome.startswith("limit:"):
            return "limit"
        return "solved" if solved else "unsolved"

    def finish(self) -> Scorecard:
        """Compare, write the scorecard (and the reference, if asked to), and release everything. Idempotent."""
        if self.scorecard is not None:
            return self.scorecard
        assert self.journal is not None, "finish() before start()"
        while self.decided is None and self._submitted < len(self._blocks):
            self._next_block()
        self.release()
        scored = self.journal.scored()
        cases = [case for block in self._blocks[: self._submitted] for case in block]
        graded = sum(scored[case.id].outcome.graded for case in cases if case.id in scored)
        if graded == len(cases):
            self.journal.end()
        self.scorecard, self.written = compare_journal(self.settings, self.journal, self.reference)
        if self.settings.save_reference == self.profile.name:
            self._save_reference(list(scored.values()), graded)
        return self.scorecard

    def _save_reference(self, scored: list[ScoredEpisode], graded: int) -> None:
        """Store the run as the family's reference, unless too much of it is missing: an old one is worth more then."""
        assert self.journal is not None
        directory = self.settings.rootdir / "references" / self.settings.family.name
        if graded < (1 - MOST_MISSING) * len(self.cases):
            self.notes.append(
                f"{directory}: not saved as a reference, since {len(self.cases) - graded} of {len(self.cases)} "
                f"episodes are missing; mend the cause and run again with --lf"
            )
            return
        save_reference(directory, self.journal, scored)
        self.written.append(str(directory))

    def abort(self) -> None:
        """Cancel what is in flight and release everything; what was finished stays in the journal."""
        self.cancel.set()
        if self._pool is not None:
            self._pool.fail_all(CancelledError("the run was cancelled"))
        self.release()

    def release(self) -> None:
        """Stop the server and remove every container, whatever fails on the way. Safe to call twice."""
        if self._pool is not None and not self.cancel.is_set():
            self._pool.join()
        for generation in list(self._clients):
            self._break_off(generation)
        try:
            if self._provider is not None:
                self._provider.close()
        except SandboxError as error:
            self.notes.append(f"cleaning up: {error}; `agentbench clean` tries again")
        finally:
            if self._keeper is not None:
                self._keeper.stop()
        if self._pool is not None:
            self._pool.join()

    def _break_off(self, generation: int) -> None:
        """End the requests that still wait on one generation of the server."""
        with self._bench_guard:
            bench = self._clients.pop(generation, None)
        if bench is not None:
            bench.client.close()

    def _boot(self) -> Server:
        assert self.journal is not None
        settings = self.settings
        server = boot(
            self.profile,
            settings.family,
            run_dir=self.journal.directory,
            progress=self.observer.status,
            extra_args={**settings.engine_args, **self._sim_args()},
            endpoint=settings.endpoint,
            cancel=self.cancel,
        )
        self.journal.note_boot(server.info)
        self.observer.booted(server.info)
        return server

    def _sim_args(self) -> dict[str, str | int]:
        if self.profile.engine.kind != "sim" or self.settings.endpoint:
            return {}
        assert self.journal is not None
        ledger = self.journal.directory / "planted.jsonl"
        return {"tasks": str(self.settings.tasks_root), "seed": self.settings.seed, "ledger": str(ledger)}

    def _bench(self, lease: Lease) -> Workbench:
        with self._bench_guard:
            if lease.generation not in self._clients:
                assert self._provider is not None
                info = lease.server.info
                family = self.settings.family
                client = ChatClient(
                    info.base_url, info.model, api_key=lease.server.api_key, extra_body=family.extra_body
                )
                counter = family_counter(family, ServerCounter(client))
                self._clients[lease.generation] = Workbench(self._provider, client, counter)
            return self._clients[lease.generation]

    def _run_one(self, case: Case, attempt: int) -> Episode:
        assert self._keeper is not None
        if self.cancel.is_set():
            raise CancelledError(f"{case.id}: cancelled")
        lease = self._keeper.lease()
        job = EpisodeJob(
            case=case,
            task=self.tasks[case.cell.task_id],
            family=self.settings.family,
            quant=self.profile.name,
            seed=self.settings.seed,
            image=self._images[case.cell.task_id],
            attempt=attempt,
            allow_network=self.settings.allow_network,
            reference_token_digest=self._token_digests.get(case.cell.id),
        )
        self.observer.started(case)
        try:
            bench = self._bench(lease)
        except ServerDiedError as error:
            episode = Episode(
                case=case, quant=self.profile.name, attempt=attempt, outcome=Outcome.INFRA_SERVER, error=str(error)
            )
        else:
            episode = run_episode(
                job, bench, self.cancel, lambda note: self.observer.turn(case, note.completion_tokens)
            )
        if episode.outcome is Outcome.INFRA_SERVER and self._keeper.report_dead(lease):
            episode = self._count_death(episode)
        if attempt <= episode.outcome.retries:
            self.observer.retrying(case, episode.outcome, episode.error or "")
        return episode

    def _count_death(self, episode: Episode) -> Episode:
        """Note how often the server died under this case; a second time, it ran alone."""
        with self._guard:
            self._deaths[episode.case.id] = deaths = self._deaths.get(episode.case.id, 0) + 1
        return episode.model_copy(update={"server_deaths": deaths})

    def _store(self, episode: Episode) -> None:
        assert self.journal is not None
        scored = score(episode)
        self.journal.append(episode, scored)
        with self._guard:
            self._stored[episode.case.id] = scored
        self.observer.finished(scored)


def _refuse_other_engine(journal: Journal, ours: SoftLock) -> None:
    """Half a run from one engine and half from another is no measurement."""
    theirs = journal.lock.soft
    if theirs.engine is None or (theirs.engine, theirs.kernels) == (ours.engine, ours.kernels):
        return
    raise UsageError(
        f"{journal.directory}: was measured on {theirs.engine} with kernels {theirs.kernels}, and the server is now "
        f"{ours.engine} with {ours.kernels}; start a new run, without --quant-resume and --lf"
    )


def solved_by_cell(scored: Sequence[ScoredEpisode]) -> dict[str, float]:
    """Return the mean score over graded trials, by cell id."""
    trials: dict[str, list[float]] = {}
    for one in scored:
        if one.outcome.graded:
            trials.setdefault(one.case.cell.id, []).append(float(one.outcome is Outcome.SOLVED))
    return {cell: sum(scores) / len(scores) for cell, scores in trials.items()}
