"""Asks one request once, and gives an Episode whatever happens.

What goes wrong is an outcome, as in an agent's episode: the server's failures are ``infra:server``, a refused request
(4xx) and defects of ours ``infra:harness``, no reply within the family's wall limit ``limit:wall``. None of these is
graded.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agentbench.agent import ChatClient, RawReply
from agentbench.agent.client import DeadlineError
from agentbench.errors import CancelledError, ModelRequestError, ReferenceMismatchError, ServerDiedError
from agentbench.records import (
    Case,
    ContextInfo,
    Episode,
    EpisodeEnd,
    ModelFamily,
    Outcome,
    RequestLine,
    Usage,
    digest,
)
from agentbench.runner.episode import sampling_seed
from agentbench.verify.judging import settled
from agentbench.verify.trajectory import trajectory_of


@dataclass(frozen=True)
class RequestJob:
    """What to ask, of whom it is asked, and for which trial."""

    case: Case
    request: RequestLine
    sent: dict[str, Any]
    """The whole request but for the model's name and the seed."""
    family: ModelFamily
    quant: str
    seed: int
    attempt: int = 1
    reference_token_digest: str | None = None
    """Of the reference's rendering of this request; a difference refuses the comparison."""


@dataclass
class Asker:
    """A client of one server, and what is known of how that server renders each request."""

    client: ChatClient
    _rendered: dict[str, list[int] | None] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def rendered(self, key: str, sent: Mapping[str, Any], cancel: threading.Event) -> list[int] | None:
        """Return a request's token ids, asked for once; None where the server cannot tell."""
        with self._guard:
            if key in self._rendered:
                return self._rendered[key]
        try:
            extra = {name: value for name, value in sent.items() if name not in ("messages", "tools")}
            ids = self.client.tokenize(sent["messages"], sent.get("tools") or [], extra_body=extra, cancel=cancel)
        except ModelRequestError:  # it renders others, and this one is for the request itself to find out
            ids = None
        with self._guard:
            self._rendered[key] = ids
        return ids


def ask(job: RequestJob, asker: Asker, cancel: threading.Event) -> Episode:
    """Ask one request and judge the reply.

    Raises:
        CancelledError: ``cancel`` was set.
        ReferenceMismatchError: the server renders the request to other token ids than the reference's.
    """
    started = time.monotonic()
    blank = Episode(
        case=job.case,
        quant=job.quant,
        attempt=job.attempt,
        outcome=Outcome.INFRA_HARNESS,
        request=job.request,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    outcome = Outcome.INFRA_HARNESS
    try:
        return _answered(job, asker, cancel, blank, started)
    except (CancelledError, ReferenceMismatchError):
        raise
    except DeadlineError:
        outcome, error = Outcome.LIMIT_WALL, f"no reply within {job.family.limits.wall_s:g} s"
    except ServerDiedError as trouble:
        outcome, error = Outcome.INFRA_SERVER, str(trouble)
    except ModelRequestError as trouble:
        error = str(trouble)
    except Exception as trouble:  # noqa: BLE001 - a reply of no known shape, or a defect of ours, costs one reply
        error = f"{type(trouble).__name__}: {trouble}\n{traceback.format_exc(limit=-3)}"
    if cancel.is_set():
        raise CancelledError(f"{job.case.id}: cancelled")
    return blank.model_copy(update={"outcome": outcome, "error": error, "duration_s": _since(started)})


def _answered(job: RequestJob, asker: Asker, cancel: threading.Event, blank: Episode, started: float) -> Episode:
    ids = asker.rendered(job.request.digest, job.sent, cancel)
    context = _context(job, ids)
    deadline = time.monotonic() + job.family.limits.wall_s
    reply = asker.client.send(_seeded(job), case_id=job.case.id, cancel=cancel, deadline=deadline)
    tokens = reply.prompt_tokens or context.prompt_tokens
    return settled(
        blank.model_copy(
            update={
                "end": EpisodeEnd.ANSWERED,
                "context": context.model_copy(update={"prompt_tokens": tokens}),
                "trajectory": trajectory_of(job.case.id, asker.client.model, job.sent, reply),
                "usage": usage_of(reply),
                "duration_s": _since(started),
            }
        )
    )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def usage_of(reply: RawReply | None) -> Usage:
    """Return a reply's token counts."""
    if reply is None:
        return Usage()
    return Usage(
        requests=1,
        prompt_tokens=reply.prompt_tokens or 0,
        completion_tokens=reply.completion_tokens or 0,
        cached_tokens=reply.cached_tokens or 0,
        model_s=round(reply.duration_s, 4),
    )


def _seeded(job: RequestJob) -> dict[str, Any]:
    """Return the request with the trial's seed: trials differ and a rerun repeats. A seed of the line's own stays."""
    if not job.family.sampling.seed or "seed" in job.sent:
        return job.sent
    return {**job.sent, "seed": sampling_seed(job.seed, job.case)}


def _context(job: RequestJob, ids: list[int] | None) -> ContextInfo:
    found = digest(ids) if ids else None
    expected = job.reference_token_digest
    if expected and found and found != expected:
        raise ReferenceMismatchError(
            f"line {job.request.line}: the server renders the request to other token ids ({found[:12]}) than the "
            f"reference's ({expected[:12]}): the chat template or tokenizer differs, and the two cannot be compared; "
            f"serve both with the same template, or record the reference again"
        )
    return ContextInfo(
        planned_tokens=0,
        prompt_tokens=len(ids) if ids else 0,
        counted_by="server",
        request_digest=job.request.digest,
        token_digest=found,
    )
