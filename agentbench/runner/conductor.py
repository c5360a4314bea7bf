"""The conductor of one quant's run: plan, boot, run, grade, score, compare, write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from agentbench.agent import ChatClient, ServerCounter
from agentbench.errors import SandboxError, ServerDiedError
from agentbench.records import (
    Case,
    Episode,
    Gate,
    Lock,
    Outcome,
    QuantProfile,
    Scorecard,
    ScoredEpisode,
    SequentialResult,
    ServerInfo,
    TaskSpec,
)
from agentbench.records.family import EngineArg
from agentbench.report import RunObserver
from agentbench.runner.blocks import Blocks
from agentbench.runner.episode import EpisodeJob, Workbench, run_episode
from agentbench.runner.finish import compare_journal, look_at_journal
from agentbench.runner.plan import cells_of, lock_of, planned_run
from agentbench.runner.prompts import compare_prompts
from agentbench.runner.references import Compared, compared_with, find_reference, token_digests
from agentbench.runner.sequence import sequence_to_run
from agentbench.runner.served import ServedRun, Words
from agentbench.runner.servers import Lease
from agentbench.runner.settings import RunSettings
from agentbench.runner.standing import solved_by_cell, standing
from agentbench.runner.tokenizers import family_counter
from agentbench.sandbox import DockerProvider, built_images, images_for
from agentbench.scoring import score
from agentbench.store import Journal, Reference, newest_run, refuse_other_lock


class QuantRun(ServedRun[Workbench]):
    """One run: create it at collection, ``start`` it with the first case, ``finish`` it after the last."""

    words = Words("measured on", "episodes", "--lf", "--quant-resume and --lf")

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
        super().__init__(settings, profile, observer)
        self.cases, self._subset = list(cases), subset
        used = {case.cell.task_id for case in cases}
        self.tasks = {task_id: task for task_id, task in tasks.items() if task_id in used}
        self.plan = planned_run(settings, profile.name, cases, subset=subset)
        self.lock = lock_of(settings, profile, self.tasks.values())
        self.reference: Reference | None = None
        self.scorecard: Scorecard | None = None
        self.decided: SequentialResult | None = None
        """The last look of a sequential run, once it has decided."""
        self._blocks = Blocks(self.cases)
        self._solved_there: dict[str, float] = {}
        """The share that the reference solves, by cell id."""
        self._provider: DockerProvider | None = None
        self._images: dict[str, str] = {}

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
            self._plan_sequence()
        if self.settings.save_reference and not self.settings.reference and not self.started:
            return  # recorded in this very session: loaded when the run starts, after the one that is saved
        stored = self._stored_run()
        reference = find_reference(self.settings, self.profile.name, before=stored.id if stored else "~")
        if reference is None:
            return
        refuse_other_lock(self.lock.hard, reference)
        if stored:
            names = (str(stored.directory), f"the reference {reference.directory}")
            compare_prompts(stored.scored().values(), reference.scored, names=names)
        self.reference = reference
        self._token_digests = token_digests(reference.scored)
        self._solved_there = solved_by_cell(reference.scored)

    def _plan_sequence(self) -> None:
        """Plan the trials, their blocks and the looks from the reference's stored scores."""
        cells = cells_of(self.cases)
        self.cases, looks = sequence_to_run(self.settings, self.profile.name, cells, self.lock.hard)
        self.plan = planned_run(self.settings, self.profile.name, self.cases, subset=self._subset, looks=looks)
        self._blocks = Blocks(self.cases, looks)

    def start(self) -> None:
        """Boot the server and submit the first block of cases: all of them in a fixed run.

        Blocks until the server is ready. Where stored episodes are enough for a verdict, nothing is booted.

        Raises:
            ServerBootError, SandboxError, ImageError: nothing was measured yet.
            UsageError: the stored run that is to go on was measured on another engine.
        """
        journal = self._begin(self._stored_run())
        if self.settings.save_reference and self.settings.save_reference != self.profile.name:
            self.check_reference()
        self._stored = self._reusable(journal)
        if self._stored:
            self.observer.status(f"{len(self._stored)} of {len(self.cases)} episodes stored in {journal.directory}")
        self._next_block()

    def _serve(self) -> Lease:
        """Make sandboxes and the server ready."""
        assert self.journal is not None
        self._provider = DockerProvider(self.journal.id, keep=self.settings.keep_sandboxes)
        for name in self._provider.reap():
            self.observer.status(f"removed a leftover of a dead run: {name}")
        self._images = images_for(self.tasks.values(), progress=self.observer.status)
        lease = super()._serve()
        self._client(lease)  # what sizes the contexts is found out before any case waits for it
        return lease

    def _next_block(self) -> None:
        """End the block that runs, look, and start the next one if no verdict stands."""
        assert self._pool is not None
        if self._blocks.started:
            for case in self._blocks.newest:
                self._final(case)
            if self._look():
                return
        todo = [case for case in self._blocks.next if case.id not in self._stored]
        if todo and self._keeper is None:
            self._serve()
        if not self._blocks.started:
            self.observer.planned(len(self.cases), len(self._stored))
        self._blocks.start_next()
        self._pool.submit(todo)

    @cached_property
    def _compared(self) -> Compared | None:
        """The reference by this version's definitions; asked for when it stands, after ``check_reference``."""
        return compared_with(self.reference, score) if self.reference else None

    def _look(self) -> bool:
        """Take the look behind the blocks that have ended; tell whether a verdict stands."""
        assert self.journal is not None
        compared = self._compared
        assert compared is not None, "a sequential run is planned from a reference"
        found = look_at_journal(self.settings, self.journal, compared, self._blocks.started)
        self.observer.status(found.text)
        self.decided = found if found.decided else None
        return found.decided

    def _stored_run(self) -> Journal | None:
        """Return the run that ``--quant-resume`` or ``--lf`` goes on with; one served otherwise is left alone."""
        settings = self.settings
        if not (settings.resume or settings.replay):
            return None
        found = newest_run(settings.runs_dir, self.plan, self.lock, interrupted_only=settings.resume)
        return found if found is not None and self._served_alike(found) else None

    def _reusable(self, journal: Journal) -> dict[str, ScoredEpisode]:
        """Return the stored episodes that count: graded ones, and under gate ``each`` no lost ones."""
        graded = {case_id: one for case_id, one in journal.scored().items() if one.outcome.graded}
        if not self.settings.replay or self.settings.gate is not Gate.EACH:
            return graded
        return {case_id: one for case_id, one in graded.items() if self.status(one) != "lost"}

    def wait(self, case: Case) -> ScoredEpisode | None:
        """Wait for one case's final score; none where the verdict stood before it. Raises what ended the run."""
        while not self._blocks.has_started(case):
            if self.decided is not None:
                return None
            self._next_block()
        return self._final(case)

    def _final(self, case: Case) -> ScoredEpisode:
        """Wait for the final score of a case that was submitted."""
        if case.id not in self._stored:
            self._futures[case.id].result()
        return self._stored[case.id]

    def status(self, scored: ScoredEpisode) -> str:
        """Return ``solved``, ``unsolved``, ``lost``, ``gained`` or ``limit`` for a graded episode."""
        return standing(scored, self._solved_there)

    def finish(self) -> Scorecard:
        """Compare, write the scorecard (and the reference, if asked to), and release everything. Idempotent."""
        if self.scorecard is not None:
            return self.scorecard
        assert self.journal is not None, "finish() before start()"
        while self.decided is None and self._blocks.left:
            self._next_block()
        self.release()
        scored = self.journal.scored()
        cases = self._blocks.cases
        graded = sum(scored[case.id].outcome.graded for case in cases if case.id in scored)
        if graded == len(cases):
            self.journal.end()
        self.scorecard, self.written = compare_journal(self.settings, self.journal, self._compared)
        if self.settings.save_reference == self.profile.name:
            directory = self.settings.rootdir / "references" / self.settings.family.name
            self._save_reference(directory, list(scored.values()), graded)
        return self.scorecard

    def _clean_up(self) -> None:
        if self._provider is None:
            return
        try:
            self._provider.close()
        except SandboxError as error:
            self.notes.append(f"cleaning up: {error}; `agentbench clean` tries again")

    def _score(self, episode: Episode) -> ScoredEpisode:
        return score(episode)

    def _lock_with(self, server: ServerInfo) -> Lock:
        return lock_of(self.settings, self.profile, self.tasks.values(), server, self._image_ids())

    def _image_ids(self) -> dict[str, str]:
        return {tag: image.id for tag, image in built_images(self._images.values()).items()}

    def _engine_args(self) -> Mapping[str, EngineArg]:
        """Add what the simulated model plays from."""
        if self.profile.engine.kind != "sim" or self.settings.endpoint:
            return self.settings.engine_args
        assert self.journal is not None
        root, directory = self.settings.tasks_root, self.journal.directory
        own: dict[str, EngineArg] = {
            "tasks": str(root),
            "seed": self.settings.seed,
            "ledger": str(directory / "planted.jsonl"),
        }
        elsewhere = [task.model_dump(mode="json") for task in self.tasks.values() if Path(task.path) != root / task.id]
        if elsewhere:
            (directory / "elsewhere.json").write_text(json.dumps(elsewhere), encoding="utf-8")
            own["elsewhere"] = str(directory / "elsewhere.json")
        return {**self.settings.engine_args, **own}

    def _open(self, lease: Lease) -> Workbench:
        assert self._provider is not None
        info, family = lease.server.info, self.settings.family
        client = ChatClient(info.base_url, info.model, api_key=lease.server.api_key, extra_body=family.extra_body)
        return Workbench(self._provider, client, family_counter(family, ServerCounter(client)))

    def _run_one(self, case: Case, attempt: int) -> Episode:
        lease = self._lease(case)
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
            bench = self._client(lease)
        except ServerDiedError as error:
            episode = Episode(
                case=case, quant=self.profile.name, attempt=attempt, outcome=Outcome.INFRA_SERVER, error=str(error)
            )
        else:
            episode = run_episode(
                job, bench, self.cancel, lambda note: self.observer.turn(case, note.completion_tokens)
            )
        return self._attempted(episode, lease)
