"""Loops: the same call with the same arguments and the same result, third time in a row or more."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.records import CallClass, CallFinding, RawCall
from agentbench.scoring.replies import Reply, clip

REPEATS = 3
"""From so many identical calls in a row on, each reply that goes on is a loop."""


def score_loops(replies: Sequence[Reply]) -> list[CallFinding]:
    """Return one finding per reply with a call that is at least the third of its kind in a row.

    A call whose result differs breaks the row: polling something that changes is no loop. So does a reply without any
    call.
    """
    found = []
    previous: tuple[str, str, str] | None = None
    run = 0
    for reply in replies:
        looping: RawCall | None = None
        if not reply.calls:
            previous, run = None, 0
        for index, call in enumerate(reply.calls):
            result = reply.results[index] if index < len(reply.results) else ""
            identity = (call.name or "", call.arguments or "", result)
            run = run + 1 if identity == previous else 1
            previous = identity
            if run >= REPEATS:
                looping = call
        if looping is not None:
            found.append(
                CallFinding(
                    step_id=reply.step_id,
                    call_class=CallClass.LOOP,
                    tool=clip(looping.name or ""),
                    raw=clip(looping.arguments or ""),
                    explanation=f"the same call with the same arguments and result, {run} times in a row",
                    prompt_tokens=reply.prompt_tokens,
                )
            )
    return found
