"""Where facts stand in a scripted history: slots that rotate over the variants like a Latin square.

There are as many slots as scripted results. Over any five variants that follow one another every fact visits every
slot once, and over twenty every pair of facts in different slots takes all of its relative positions; a detail's stale
value never shares a slot with its current one, and stands before it in as many variants as behind it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from agentbench.errors import ContextPlanError
from agentbench.records import Fact

SLOTS = 5
"""A prime, so that multiples of a position are a permutation of the slots."""
_NTH = ("first", "second", "third", "fourth", "fifth")


def fact_slots(facts: Sequence[Fact], *, variant: int, cluster: str) -> list[int]:
    """Return each fact's slot in a variant, from 0 (earliest).

    ``slot = base * (1 + variant // 5 mod 4) + variant + offset(cluster)  (mod 5)``: the same at every context size. The
    offset spreads the depths over the clusters when a run has fewer than five variants.

    Raises:
        ContextPlanError: More than four facts contradict one fact.

    """
    offset = hashlib.sha256(cluster.encode()).digest()[0]
    stretch = 1 + variant // SLOTS % (SLOTS - 1)
    return [(base * stretch + variant + offset) % SLOTS for base in _bases(facts)]


def reading_order(facts: Sequence[Fact], *, variant: int, cluster: str) -> list[Fact]:
    """Return the facts in the order in which a variant's context tells them."""
    slots = fact_slots(facts, variant=variant, cluster=cluster)
    return [fact for _, fact in sorted(zip(slots, facts, strict=True), key=lambda pair: pair[0])]


def ordinals(facts: Sequence[Fact], *, variant: int, cluster: str) -> dict[str, str]:
    """Return, for every fact of a series, ``nth_<id>``: which one of its series it is in the order of reading.

    Depths rotate over the variants, so the order does too; a text that asks by ordinal says ``{{ nth_<id> }}``.
    """
    order = reading_order(facts, variant=variant, cluster=cluster)
    names = {}
    for fact in facts:
        if fact.series is not None:
            place = [one.id for one in order if one.series == fact.series].index(fact.id)
            names[ordinal_name(fact)] = _NTH[place]
    return names


def ordinal_name(fact: Fact) -> str:
    """Return the template variable that says which one of its series a fact is."""
    return "nth_" + re.sub(r"[^A-Za-z0-9_]", "_", fact.id)


def _bases(facts: Sequence[Fact]) -> list[int]:
    """Give every fact a slot: the least used one in which no fact contradicts it."""
    bases: list[int] = []
    for index, fact in enumerate(facts):
        taken = {bases[other] for other in range(index) if _contradict(fact, facts[other])}
        free = [slot for slot in range(SLOTS) if slot not in taken]
        if not free:
            raise ContextPlanError(
                f"fact '{fact.id}': facts that contradict it take all {SLOTS} depths; spread its details over several"
            )
        bases.append(min(free, key=lambda slot: (bases.count(slot), slot)))
    return bases


def _contradict(one: Fact, other: Fact) -> bool:
    return bool(set(one.tells) & set(other.stale_for) or set(one.stale_for) & set(other.tells))
