"""From a request set and settings to cells, cases and locks. Pure and cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentbench.records import (
    Case,
    Cell,
    HardLock,
    Lock,
    Metric,
    PlannedRun,
    QuantProfile,
    RequestLine,
    ServerInfo,
    digest,
)
from agentbench.runner import RunSettings
from agentbench.runner.plan import planned_run, soft_lock, template_digest
from agentbench.verify.preparing import conversation_digest, effective, parameters, request_digest
from agentbench.verify.reading import RequestSet

TASK = "request"
_DIGEST_CHARS = 12
NOT_MEASURED = (
    "single requests have no details to get right and nothing that must be copied: detail_errors and copy_errors are "
    "not measured, and not gated"
)
NO_TOOLS = "no request of the set offers a tool: call_validity is not measured, and not gated"


@dataclass(frozen=True)
class PlannedRequest:
    """One cell and what is asked in it."""

    cell: Cell
    request: RequestLine
    sent: dict[str, Any]


def plan_requests(requests: RequestSet, settings: RunSettings) -> list[PlannedRequest]:
    """Return one cell per request, in the set's order.

    A cell's id is made of the line's number and a digest of everything that is sent. So another temperature is another
    cell: no stored answer to the one is taken for an answer to the other. Slices of one conversation are one cluster.
    """
    found = []
    for one in requests.requests:
        sent = effective(one.body, settings.family)
        named = request_digest(sent)
        line = RequestLine(
            line=one.line,
            digest=named,
            asked_digest=one.asked_digest,
            check_types=one.check_types,
            expected_tool_call=one.expected_tool_call,
            parameters=parameters(sent),
        )
        cell = Cell(
            task_id=task_id(one.line, named),
            cluster=conversation_digest(one.body)[:_DIGEST_CHARS],
            variant=0,
            context_tokens=0,
        )
        found.append(PlannedRequest(cell, line, sent))
    return found


def task_id(line: int, named: str) -> str:
    """Return ``request/00007-3fa9c1d2e4b5``."""
    return f"{TASK}/{line:05}-{named[:_DIGEST_CHARS]}"


def digest_of(cell: Cell) -> str:
    """Return the digest in a cell's id."""
    return cell.task_id.rpartition("-")[2]


def cases_of(planned: Sequence[PlannedRequest], loops: int) -> list[Case]:
    """Return the cases in run order: loops of one request back to back, so that they share a cached prefix."""
    return [Case(cell=one.cell, trial=trial) for one in planned for trial in range(loops)]


def gated_metrics(planned: Sequence[PlannedRequest]) -> list[Metric]:
    """Return the gated metrics that a request set can have, by what it asks and before there is any reply."""
    return [Metric.PASS_RATE, Metric.CALL_VALIDITY] if any(one.sent.get("tools") for one in planned) else [
        Metric.PASS_RATE
    ]  # fmt: skip


def plan_run(settings: RunSettings, quant: str, planned: Sequence[PlannedRequest]) -> PlannedRun:
    """Describe what the run sets out to do."""
    plan = planned_run(settings, quant, cases_of(planned, settings.trials), subset=False)
    return plan.model_copy(update={"mode": "requests", "metrics": gated_metrics(planned)})


def lock_requests(
    settings: RunSettings, profile: QuantProfile, planned: Sequence[PlannedRequest], server: ServerInfo | None = None
) -> Lock:
    """Return both locks. A request's tools and prompts are in its own digest."""
    family, own = settings.family, digest("each request brings its own")
    hard = HardLock(
        family=family.name,
        tasks={one.cell.task_id: _asks(one.request) for one in planned},
        tools=own,
        prompts=own,
        template=template_digest(family),
        sampling=family.sampling,
        limits=family.limits,
        seed=settings.seed,
    )
    return Lock(hard=hard, soft=soft_lock(settings, profile, server))


def _asks(line: RequestLine) -> str:
    """Return the digest of a request and of what is checked in its reply: another label is another question."""
    return digest([line.digest, line.check_types, line.expected_tool_call])
