"""The faults that the simulated model can plant, and their rates.

======================= ========================================================================================
fault                   what its number means
======================= ========================================================================================
call classes            ``leaked_markup truncated bad_json not_object unknown_name missing_required
                        unexpected_property wrong_type enum schema_other``: the share of all calls sent that are
                        malformed in this way; the right call follows in the next reply
``malformed``           the same, spread evenly over the call classes
reply classes           ``reasoning_only empty``: share of replies; ``duplicate_id finish_reason``: share of the
                        replies that hold the right call
``loop``                share of the looks (list_files, read_file) that are made three times in a row
``stale``               share of a task's declared details that get their superseded value (only details that
                        have one can: their chance is raised so that the share is of all of them)
``near_miss``           likewise: share of declared details with a slip of one character
``omitted``             likewise: share of declared details left at their initial value
``hallucinated``        likewise: share of declared details that get another value of the context
``violated``            likewise: share of declared details that are constraints and broken
``language``            share of replies with a run of Han or Cyrillic in their text
``give_up``             share of episodes that end in three replies of prose
``unsolved``            share of episodes that are submitted without their first change

replayed from a real NVFP4 model
``stray_quote``         share of all calls sent that a quote too many makes no JSON
``left_out``            share of all calls sent that lack an argument, within an edit where there is one
``given_twice``         share of all calls sent that give an argument twice
``doubled_letter``      share of the edits and reads that are first made with a letter doubled in the passage or
                        path that must stand there (``TTTL_SECONDS``); the right call follows
``other_atom``          likewise, with another atom of the context in an atom's place (15 for 44)
``corrected``           share of the edits that are first made with a slip in what they write, and then put right:
                        nothing may be scored but two valid calls

how faults fall
``solve_rate``          mean share of episodes that are solved; each task has its own, drawn from a beta
                        distribution with a + b = 1 (U-shaped), the same in every arm
``episode_icc``         0 to 1: every episode draws its own rates about the written ones from a beta distribution
                        with this intra-class correlation, so that faults come in clumps
``context_growth``      power, any number from 0: at n tokens of context (the episode's first request) a rate is
                        what is written times (n / ``context_full``) to this power; ``solve_rate`` does not grow
``context_full``        tokens of context at which rates are as written; by default 131,072
``salt``                any number: names the draws. Two profiles draw independently; with the same salt they draw
                        alike. The same profile draws the same again

of the server
``latency_s``           seconds before each reply
``drop_connection``     share of requests whose connection is closed without an answer, once
``server_error``        share of requests answered with 500, once
======================= ========================================================================================

At most two malformed replies come before a right one (a third would end the episode), so several high rates at once
give less than they say.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentbench.errors import UsageError, did_you_mean
from agentbench.records import CallClass
from agentbench.sim.miscopy import COPY_FAULTS

CALL_FAULTS: dict[str, CallClass] = {
    "leaked_markup": CallClass.LEAKED_MARKUP,
    "truncated": CallClass.TRUNCATED,
    "bad_json": CallClass.BAD_JSON,
    "not_object": CallClass.NOT_OBJECT,
    "unknown_name": CallClass.UNKNOWN_NAME,
    "missing_required": CallClass.MISSING_REQUIRED,
    "unexpected_property": CallClass.UNEXPECTED_PROPERTY,
    "wrong_type": CallClass.WRONG_TYPE,
    "enum": CallClass.ENUM,
    "schema_other": CallClass.SCHEMA_OTHER,
}
"""One fault for each class of the tool-call table."""
REPLAYED_CALL_FAULTS: dict[str, CallClass] = {
    "stray_quote": CallClass.BAD_JSON,
    "left_out": CallClass.MISSING_REQUIRED,
    "given_twice": CallClass.SCHEMA_OTHER,
}
"""Malformed calls as a real NVFP4 model made them."""
MALFORMED = CALL_FAULTS | REPLAYED_CALL_FAULTS
REPLY_FAULTS: dict[str, CallClass] = {
    "reasoning_only": CallClass.REASONING_ONLY,
    "empty": CallClass.EMPTY,
    "duplicate_id": CallClass.DUPLICATE_ID,
    "finish_reason": CallClass.FINISH_REASON,
    "loop": CallClass.LOOP,
}
DETAIL_FAULTS = ("stale", "near_miss", "omitted", "hallucinated", "violated")
EPISODE_FAULTS = ("give_up", "unsolved")
SERVER_FAULTS = ("latency_s", "drop_connection", "server_error")
SHAPES = ("solve_rate", "episode_icc", "context_growth", "context_full", "salt")
"""Settings that plant nothing by themselves: how the faults fall."""
FAULT_NAMES = (
    *MALFORMED,
    "malformed",
    *REPLY_FAULTS,
    *DETAIL_FAULTS,
    *COPY_FAULTS,
    "corrected",
    "language",
    *EPISODE_FAULTS,
    *SHAPES,
    *SERVER_FAULTS,
)
NO_RATES = ("latency_s", "salt", "context_growth", "context_full")


def parse_faults(text: str) -> dict[str, float]:
    """Read ``stale=0.15,malformed=0.1``; UsageError names what is wrong."""
    rates: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, number = part.partition("=")
        try:
            rates[name.strip()] = float(number)
        except ValueError:
            raise UsageError(f"--faults: '{part}' is not of the form name=number") from None
    check_faults(rates)
    return rates


def check_faults(rates: Mapping[str, float]) -> None:
    """Refuse unknown names, numbers that are no rates and settings without effect; UsageError names what is wrong."""
    for name, rate in rates.items():
        if name not in FAULT_NAMES:
            raise UsageError(f"--faults: no fault '{name}'{did_you_mean(name, FAULT_NAMES)}")
        if not 0 <= rate < float("inf"):
            raise UsageError(f"--faults: {name} is {rate}; expected a number from 0")
        if rate > 1 and name not in NO_RATES:
            raise UsageError(f"--faults: {name} is {rate}; expected a rate from 0 to 1")
    full = rates.get("context_full")
    if full is not None and full < 1:
        raise UsageError(f"--faults: context_full is {full:g}; expected the tokens of a context, from 1")
    if full is not None and not rates.get("context_growth"):
        raise UsageError("--faults: context_full has no effect without context_growth; set it too, or leave this out")
