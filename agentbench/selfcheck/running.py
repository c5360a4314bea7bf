"""Work spread over processes, with results that do not depend on how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2
"""Pieces handed out per process, so that none waits and little is lost when the work is stopped."""


def spread(work: Callable[[T], R], pieces: Iterable[T], jobs: int) -> Iterator[tuple[T, R]]:
    """Yield pieces with their results as they are done; with one job in this process and in order."""
    if jobs <= 1:
        for piece in pieces:
            yield piece, work(piece)
        return
    waiting = iter(pieces)
    with ProcessPoolExecutor(jobs) as pool:
        running: dict[Future[R], T] = {}
        try:
            while True:
                for piece in waiting:
                    running[pool.submit(work, piece)] = piece
                    if len(running) >= _AHEAD * jobs:
                        break
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
