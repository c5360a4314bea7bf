"""Which checks a reply failed, and what stood there instead: the findings that a reader wants to see first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agentbench.records import CallClass, Outcome, RequestScore, ScoredEpisode, Trigger
from agentbench.verify.checks import LANGUAGE, REPEAT, SCENARIO, SILENCE, TOOL_CALLS
from agentbench.verify.judging import ANSWERED, EXPECTED

MOST = 200
_EXPECTED = {
    ANSWERED: "text or a call",
    TOOL_CALLS: "valid calls",
    LANGUAGE: "no Cyrillic",
    REPEAT: "no passage over and over",
    SCENARIO: "the parameters in their declared order",
    SILENCE: "[SILENCE]",
}


def failed_checks(scored: Sequence[ScoredEpisode], *, first: Sequence[str]) -> list[dict[str, Any]]:
    """Return one entry per failed check, in the form of wrong details; those of the cells named ``first`` first.

    Of these again each reply's first failed check, so that a reader sees many requests and not one in all its loops.

    An entry holds the case, the check as ``detail``, a class, what was expected, what was found, and an explanation.
    """
    ahead = set(first)
    found = [
        (one.case.cell.id not in ahead, place, one.case.trial, one.case.id, entry)
        for one in scored
        for place, entry in enumerate(_failures(one))
    ]
    return [entry for *_, entry in sorted(found, key=lambda one: one[:4])][:MOST]


def _failures(scored: ScoredEpisode) -> Iterator[dict[str, Any]]:
    judged = scored.request
    if judged is None or not judged.answered or scored.outcome is Outcome.SOLVED:
        return
    if scored.outcome is Outcome.LIMIT_OUTPUT:
        yield _entry(scored, "whole_reply", (Trigger.LENGTH_CUT, "a whole reply", "cut off by the output limit", ""))
        return
    for check in [check for check, holds in judged.checks.items() if not holds]:
        yield _entry(scored, check, _said(check, judged, scored))


def _said(check: str, judged: RequestScore, scored: ScoredEpisode) -> tuple[str, str, str, str]:
    """Return class, what was expected, what was found, and an explanation."""
    trigger = judged.trigger or Trigger.OTHER
    leaks = [one for one in scored.call_findings if one.call_class is CallClass.LEAKED_MARKUP]
    if check == EXPECTED:
        wanted = "a structured call" if judged.expected_tool_call else "no call"
        return trigger, wanted, leaks[0].raw if leaks else trigger.value.replace("_", " "), ""
    if check == TOOL_CALLS:
        faults = [one for one in scored.call_findings if not one.call_class.per_reply]
        if faults:
            return faults[0].call_class, _EXPECTED[check], faults[0].raw, faults[0].explanation
        return "merged_words", _EXPECTED[check], "a command with several words in one element", ""
    return trigger if check == ANSWERED else "failed", _EXPECTED[check], trigger.value.replace("_", " "), ""


def _entry(scored: ScoredEpisode, check: str, said: tuple[str, str, str, str]) -> dict[str, Any]:
    kind, expected, found, explanation = said
    return {
        "case": scored.case.id,
        "detail": check,
        "class": str(kind),
        "expected": expected,
        "found": found,
        "told_in": "request",
        "depth": None,
        "explanation": explanation,
    }
