"""Many episodes in flight, each retried as its outcome allows.

First attempts run side by side. An episode that failed for a reason that is not the model's (server, sandbox,
verifier, wall clock) is run again after all first attempts, one at a time: alone, a crash can be laid to one case, and
a slow machine no longer looks like a slow model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress

from agentbench.errors import CancelledError
from agentbench.records import Case, Episode

RunOne = Callable[[Case, int], Episode]
"""Runs attempt number n of a case."""


class EpisodePool:
    """Runs cases and resolves one future per case with its final episode."""

    def __init__(self, run_one: RunOne, concurrency: int, on_final: Callable[[Episode], None]):
        self._run_one = run_one
        self._on_final = on_final
        self._concurrency = concurrency
        self._executor = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="episode")
        self._guard = threading.Lock()
        self._first_attempts = 0
        self._again: list[Episode] = []
        self.futures: dict[str, Future[Episode]] = {}

    def submit(self, cases: Sequence[Case]) -> None:
        """Start all cases, in order."""
        with self._guard:
            self._first_attempts += len(cases)
            for case in cases:
                self.futures[case.id] = Future()
        for case in cases:
            try:
                self._executor.submit(self._first, case)
            except RuntimeError:  # shut down: an episode already ended the run, and every future holds its error
                break

    def fail_all(self, error: BaseException) -> None:
        """Resolve every open future with an error, and start nothing more."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        for future in self.futures.values():
            _resolve(future, error=error)

    def join(self) -> None:
        """Wait until no worker runs any more."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _first(self, case: Case) -> None:
        self._attempt(case, 1)
        with self._guard:
            self._first_attempts -= 1
            last = self._first_attempts == 0
        if last:
            self._run_again()

    def _run_again(self) -> None:
        while True:
            with self._guard:
                if not self._again:
                    return
                failed = self._again.pop(0)
            self._attempt(failed.case, failed.attempt + 1)

    def _attempt(self, case: Case, number: int) -> None:
        future = self.futures[case.id]
        if future.done():
            return
        try:
            episode = self._run_one(case, number)
            if number <= episode.outcome.retries:
                with self._guard:
                    self._again.append(episode)
                return
            self._on_final(episode)
        except CancelledError as error:
            _resolve(future, error=error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the waiting item, not to this thread
            self.fail_all(error)
        else:
            _resolve(future, episode=episode)


def _resolve(future: Future[Episode], *, episode: Episode | None = None, error: BaseException | None = None) -> None:
    with suppress(InvalidStateError):  # another thread was first: its answer stands
        if error is not None:
            future.set_exception(error)
        elif episode is not None:
            future.set_result(episode)
