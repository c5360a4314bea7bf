"""The faults that the simulated model can plant, and their rates.

===================== ==========================================================================================
fault                 what its number means
===================== ==========================================================================================
call classes          ``leaked_markup truncated bad_json not_object unknown_name missing_required
                      unexpected_property wrong_type enum schema_other``: the share of all calls sent that are
                      malformed in this way; the right call follows in the next reply
``malformed``         the same, spread evenly over the call classes
reply classes         ``reasoning_only empty``: share of replies; ``duplicate_id finish_reason``: share of the
                      replies that hold the right call
``loop``              share of the looks (list_files, read_file) that are made three times in a row
``stale``             share of a task's declared details that get their superseded value (only details that have
                      one can: their chance is raised so that the share is of all of them)
``near_miss``         likewise: share of declared details with a slip of one character
``omitted``           likewise: share of declared details left at their initial value
``language``          share of replies with a run of Han or Cyrillic in their text
``give_up``           share of episodes that end in three replies of prose
``solve_rate``        mean share of episodes that are solved; each task has its own, drawn from a beta
                      distribution with a + b = 1 (U-shaped), the same in every arm
``long_context_hazard`` chance that an episode at 128k goes unsolved, growing in proportion to the context
``latency_s``         seconds before each reply
``drop_connection``   share of requests whose connection is closed without an answer, once
``server_error``      share of requests answered with 500, once
``salt``              no rate: any number; two arms with different salts draw independently
===================== ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping

from agentbench.errors import UsageError, did_you_mean
from agentbench.records import CallClass

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
DETAIL_FAULTS = ("stale", "near_miss", "omitted")
FAULT_NAMES = (
    *CALL_FAULTS,
    "malformed",
    "reasoning_only",
    "empty",
    "duplicate_id",
    "finish_reason",
    "loop",
    *DETAIL_FAULTS,
    "language",
    "give_up",
    "solve_rate",
    "long_context_hazard",
    "latency_s",
    "drop_connection",
    "server_error",
    "salt",
)
_NO_RATES = ("latency_s", "salt")


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
    """Refuse unknown names and numbers that are no rates; UsageError names what is wrong."""
    for name, rate in rates.items():
        if name not in FAULT_NAMES:
            raise UsageError(f"--faults: no fault '{name}'{did_you_mean(name, FAULT_NAMES)}")
        if rate < 0 or (rate > 1 and name not in _NO_RATES):
            raise UsageError(f"--faults: {name} is {rate}; expected a rate from 0 to 1")
