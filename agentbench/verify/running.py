"""One run of a request set: plan, boot, ask, judge, store, compare."""

from __future__ import annotations

from pathlib import Path

from agentbench.agent import ChatClient
from agentbench.errors import UsageError
from agentbench.records import Case, Episode, Lock, QuantProfile, Scorecard, ScoredEpisode, ServerInfo
from agentbench.report import RunObserver
from agentbench.runner import RunSettings
from agentbench.runner.cards import write_card
from agentbench.runner.prompts import compare_prompts
from agentbench.runner.references import Compared
from agentbench.runner.served import ServedRun, Words
from agentbench.runner.servers import Lease
from agentbench.store import Journal, newest_run
from agentbench.verify.asking import Asker, RequestJob, ask
from agentbench.verify.finishing import scorecard_of
from agentbench.verify.judging import score_request
from agentbench.verify.planning import cases_of, lock_requests, plan_requests, plan_run
from agentbench.verify.reading import RequestSet
from agentbench.verify.references import find_compared


class RequestRun(ServedRun[Asker]):
    """Create it, ``start`` it, ``wait`` for its replies, ``finish`` it; or ``abort`` it at any point."""

    words = Words("answered by", "replies", "--resume", "--resume")

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
        super().__init__(settings, profile, observer)
        self.requests, self._save_to = requests, save_to
        self.notes += _same_seeds(requests, settings.trials)
        self._planned = {one.cell.id: one for one in plan_requests(requests, settings)}
        self.cases = cases_of(list(self._planned.values()), settings.trials)
        self.plan = plan_run(settings, profile.name, list(self._planned.values()))
        self.lock = lock_requests(settings, profile, list(self._planned.values()))
        self.stored_run = self._find_stored() if settings.resume else None
        self.compared = self._find_compared()
        self._token_digests = self.compared.token_digests if self.compared else {}

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
        journal = self._begin(self.stored_run)
        assert self._pool is not None
        self._stored = {case_id: one for case_id, one in journal.scored().items() if one.outcome.graded}
        todo = [case for case in self.cases if case.id not in self._stored]
        if todo:
            self._serve()
        self.observer.planned(len(self.cases), len(self._stored))
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
            self.written = write_card(self.settings, self.journal, card, suffix=f".requests-{self.requests.name}")
            if graded == len(self.cases):
                self.journal.end()
        if self._save_to is not None:
            self._save_reference(self._save_to, list(scored.values()), graded)
        return card

    def _find_stored(self) -> Journal | None:
        """Return the newest run of the very same requests, sampling and server, finished or not."""
        found = newest_run(self.settings.runs_dir, self.plan, self.lock, interrupted_only=False)
        if found is None:
            self.observer.status("nothing to resume: no run of these requests with this sampling; a new run starts")
            return None
        return found if self._served_alike(found) else None

    def _find_compared(self) -> Compared | None:
        """Return the reference, of which the stored run's prompts are none other."""
        stored, asked = self.stored_run, [(one.cell, one.request) for one in self._planned.values()]
        before = stored.id if stored else "~"
        found = find_compared(self.settings, self.profile.name, self.plan, self.lock, asked, before=before)
        if found and stored:
            names = (str(stored.directory), f"the reference {found.id}")
            compare_prompts(stored.scored().values(), found.scored, names=names)
        return found

    def _score(self, episode: Episode) -> ScoredEpisode:
        return score_request(episode)

    def _lock_with(self, server: ServerInfo) -> Lock:
        return lock_requests(self.settings, self.profile, list(self._planned.values()), server)

    def _open(self, lease: Lease) -> Asker:
        info = lease.server.info
        return Asker(ChatClient(info.base_url, info.model, api_key=lease.server.api_key))

    def _run_one(self, case: Case, attempt: int) -> Episode:
        lease = self._lease(case)
        planned = self._planned[case.cell.id]
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
        episode = ask(job, self._client(lease), self.cancel)
        self.observer.turn(case, episode.usage.completion_tokens)
        return self._attempted(episode, lease)


def _same_seeds(requests: RequestSet, loops: int) -> list[str]:
    own = sum("seed" in one.body for one in requests.requests)
    if loops == 1 or not own:
        return []
    noun = "1 request brings its own seed" if own == 1 else f"{own} requests bring their own seed"
    return [f"{noun}: all loops of such a request ask the very same thing, and count as {loops} trials all the same"]
