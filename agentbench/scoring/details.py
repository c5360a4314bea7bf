"""What became of each detail, from the bytes that grading read. First hit wins:

``exact``; ``omitted`` (the place is absent, or still holds its initial value; what a command answers is taken for the
initial value where no file was changed, since no command is run on the initial workspace); ``stale`` (the superseded
value); ``near_miss``; ``hallucinated`` (any other value). Constraints are ``kept`` or ``violated``, and
``not_applicable`` unless at least one value detail was attempted: doing nothing at all keeps every constraint.

An episode without a result has no details. In a graded one a detail without a probe is ``omitted``: the denominator is
fixed by the task, not by how far the episode came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentbench.probing import near_miss, read_value
from agentbench.records import Check, Detail, DetailClass, DetailFinding, Episode, Evidence, Probe
from agentbench.scoring.replies import Reply, clip
from agentbench.scoring.telling import Telling, Tellings


def score_details(episode: Episode, replies: Sequence[Reply]) -> list[DetailFinding]:
    """Return one finding per declared detail, in the order declared; none for an ungraded episode."""
    if not episode.outcome.graded or not episode.details:
        return []
    tellings = Tellings(episode.context, replies)
    evidence = episode.evidence or Evidence()
    probes = {probe.detail_id: probe for probe in evidence.probes}
    values = {
        detail.id: _judge_value(detail, probes.get(detail.id), bool(evidence.changed_files))
        for detail in episode.details
        if not detail.check.is_constraint
    }
    attempted = any(kind is not DetailClass.OMITTED for kind, _, _ in values.values())
    found = []
    for detail in episode.details:
        if detail.check.is_constraint:
            judged = _judge_constraint(detail, probes.get(detail.id), evidence.changed_files, attempted)
        else:
            judged = values[detail.id]
        found.append(_finding(detail, tellings.of(detail, judged[1]), *judged))
    return found


def _judge_value(detail: Detail, probe: Probe | None, changed: bool) -> tuple[DetailClass, str | None, str]:
    if probe is None:
        return DetailClass.OMITTED, None, "grading read nothing for it"
    value = _read(detail, probe.content if probe.exists else None)
    expected = detail.value or ""
    if value is None:
        return DetailClass.OMITTED, None, probe.error or "its place is absent or cannot be read"
    if value == expected:
        return DetailClass.EXACT, value, "as told"
    if detail.check.command is not None and not changed:
        return DetailClass.OMITTED, value, "no file was changed, so the initial value"
    if value == _read(detail, probe.initial):
        return DetailClass.OMITTED, value, "still the initial value"
    if detail.stale is not None and value == detail.stale:
        return DetailClass.STALE, value, "the superseded value"
    if near_miss(expected, value):
        return DetailClass.NEAR_MISS, value, "close to the value told, but not it"
    return DetailClass.HALLUCINATED, value, "neither the value told nor a superseded one"


def _read(detail: Detail, content: bytes | None) -> str | None:
    try:
        return read_value(detail.check, content)
    except re.error:
        return None  # The task loader refuses such a pattern; a stored episode may still hold one.


def _judge_constraint(
    detail: Detail, probe: Probe | None, changed_files: Sequence[str], attempted: bool
) -> tuple[DetailClass, str | None, str]:
    if not attempted:
        return DetailClass.NOT_APPLICABLE, None, "no value was attempted, so nothing was at risk"
    if probe is None:
        return DetailClass.OMITTED, None, "grading read nothing for it"
    if detail.check.absent:
        if probe.exists:
            return DetailClass.VIOLATED, "present", "the file exists and must not"
        return DetailClass.KEPT, None, "the file does not exist"
    if _unchanged(detail, probe, changed_files):
        return DetailClass.KEPT, None, "the file is as it was"
    return DetailClass.VIOLATED, "changed" if probe.exists else "removed", "the file must stay as it was"


def _unchanged(detail: Detail, probe: Probe, changed_files: Sequence[str]) -> bool:
    if not probe.exists:
        return probe.initial is None
    if probe.content is None:
        # It is there but was not read (too large, for instance): the list of changed files knows.
        return (detail.check.file or "").removeprefix("./") not in changed_files
    return probe.content == probe.initial


def _finding(detail: Detail, telling: Telling, kind: DetailClass, found: str | None, explanation: str) -> DetailFinding:
    return DetailFinding(
        detail_id=detail.id,
        detail_class=kind,
        is_constraint=detail.check.is_constraint,
        expected=None if detail.value is None else clip(detail.value),
        found=None if found is None else clip(found),
        told_in=detail.told_in.value,
        recoverable=detail.recoverable,
        recall=detail.recall,
        depth=telling.depth,
        distance_tokens=telling.distance_tokens,
        distance_to=telling.distance_to,
        place=clip(place_of(detail.check)),
        explanation=clip(" ".join(explanation.split())),
    )


def place_of(check: Check) -> str:
    """Return where a check looks: ``app.toml: toml server.port``."""
    if check.command is not None:
        return f"output of {check.command}"
    readers = {"json": check.json_, "toml": check.toml, "yaml": check.yaml, "ini": check.ini, "python": check.python}
    readers["regex"] = check.regex
    reader = next((f": {name} {value}" for name, value in readers.items() if value is not None), "")
    return f"{check.file or ''}{reader}"
