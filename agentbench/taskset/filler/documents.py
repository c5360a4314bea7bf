"""Tickets and handover notes: paragraphs of prose about other parts of the project."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from agentbench.taskset.filler.scene import Scene

_STATES = ("open", "in review", "blocked", "closed", "waiting for a reply", "planned")
_MATTERS = (
    "the retry storm after the failover",
    "duplicate rows in the monthly export",
    "the slow first page of the overview",
    "a missing index on the audit table",
    "time zones in the weekly mail",
    "the flaky integration run",
    "rounding in the preview",
    "stale entries after a redeploy",
    "the half-written archive",
    "unreadable messages for locked accounts",
    "the upgrade of the base image",
    "memory growth in long sessions",
)
_FINDINGS = (
    "the queue was drained by hand",
    "a second consumer had been started by mistake",
    "the page is built before the filter is applied",
    "the test relied on the order of a set",
    "two workers shared one temporary directory",
    "the fallback path had no test at all",
    "the message came from the proxy and not from us",
    "the lock was taken in the wrong order",
    "the cleanup job had been switched off",
    "the numbers were right and the heading was wrong",
)
_PLANS = (
    "write the missing test first",
    "split the change in two",
    "ask for the sample again",
    "keep the old path for one more release",
    "measure before touching anything",
    "leave the naming as it is",
    "move the check into the importer",
    "tell the support desk what to expect",
)


def documents(scene: Scene, stream: random.Random) -> Iterator[str]:
    """Yield paragraphs without end; every few of them open a new ticket."""
    number = stream.randint(200, 900)
    while True:
        number += stream.randint(1, 9)
        service, person = stream.choice(scene.services), stream.choice(scene.people)
        yield f"### {scene.project.upper()}-{number}: {stream.choice(_MATTERS)} ({service})\n\n"
        yield f"Reported by {person}, {stream.choice(_STATES)}, touched {stream.randint(1, 60)} days ago.\n\n"
        for _ in range(stream.randint(2, 5)):
            sentences = (stream.choice(_SENTENCES)(scene, stream) for _ in range(stream.randint(2, 5)))
            yield " ".join(sentences) + "\n\n"


def _seen(scene: Scene, stream: random.Random) -> str:
    people = stream.sample(scene.people, 2)
    matter, service = stream.choice(_MATTERS), stream.choice(scene.services)
    return f"{people[0]} and {people[1]} looked into {matter} on {service} and found that {stream.choice(_FINDINGS)}."


def _count(scene: Scene, stream: random.Random) -> str:
    noun, amount = stream.choice(scene.nouns), stream.randint(3, 4000)
    return f"Of the {amount} {noun} records that were checked, {stream.randint(1, 90)} had to be read again."


def _plan(scene: Scene, stream: random.Random) -> str:
    return (
        f"Next step, agreed with {stream.choice(scene.people)}: {stream.choice(_PLANS)}, then {stream.choice(_PLANS)}."
    )


def _branch(scene: Scene, stream: random.Random) -> str:
    branch = f"{stream.choice(scene.nouns)}-{stream.choice(scene.nouns)}"
    ahead, commit = stream.randint(1, 30), f"{stream.getrandbits(28):07x}"
    return f"The work lies on branch {branch}, {ahead} commits ahead, last one {commit}."


def _reminder(scene: Scene, stream: random.Random) -> str:
    service, noun = stream.choice(scene.services), stream.choice(scene.nouns)
    return f"This has nothing to do with the {noun} question; {service} keeps its own copy and is rebuilt every night."


def _quote(scene: Scene, stream: random.Random) -> str:
    return (
        f'{stream.choice(scene.people)} wrote: "{stream.choice(_FINDINGS).capitalize()}, so {stream.choice(_PLANS)}."'
    )


def _doubt(scene: Scene, stream: random.Random) -> str:
    finding, person = stream.choice(_FINDINGS), stream.choice(scene.people)
    return f"Whether {finding} could not be settled; {person} will {stream.choice(_PLANS)}."


_SENTENCES: tuple[Callable[[Scene, random.Random], str], ...] = (
    _seen,
    _count,
    _plan,
    _branch,
    _reminder,
    _quote,
    _doubt,
)
