"""Scored episodes: the small, flat result of scoring one Episode; all that comparing needs."""

from __future__ import annotations

from typing import Literal

from agentbench.records.base import Record
from agentbench.records.case import Case
from agentbench.records.request import RequestScore
from agentbench.records.vocabulary import CallClass, DetailClass, Outcome, Recall


class CallFinding(Record):
    """One call or reply that is not valid."""

    step_id: int
    call_index: int | None = None
    """None for reply-level classes."""
    call_class: CallClass
    tool: str | None = None
    json_path: str | None = None
    raw: str
    """The raw text, at most 500 characters."""
    explanation: str
    """One line."""
    prompt_tokens: int | None = None
    """Context length at that reply."""


class DetailFinding(Record):
    """What became of one detail."""

    detail_id: str
    detail_class: DetailClass
    is_constraint: bool
    expected: str | None
    found: str | None
    told_in: str
    recoverable: bool | None = None
    recall: Recall = Recall.LITERAL
    depth: float | None = None
    """Share of the first request before the telling."""
    distance_tokens: int | None = None
    """Tokens between the telling and the writing: the *distance at use*."""
    distance_to: Literal["value_written", "file_written", "first_request"] | None = None
    """Where that distance ends: at the reply that first wrote the value found, else the last one that wrote its file,
    else (none is known) at the end of the first request."""
    place: str = ""
    """Where it was looked for: the file and the place in it, or the command."""
    explanation: str


class CopyFinding(Record):
    """One must-copy slot that was written wrongly."""

    step_id: int
    call_index: int
    kind: str
    json_path: str
    written: str
    nearest: str | None
    """What exists and is most like it; none for another atom of the context."""
    explanation: str
    prompt_tokens: int | None = None


class OtherFinding(Record):
    """Language confusion, slips and the like: reported, not gated."""

    kind: Literal["language_confusion", "slip", "repeated_text", "call_after_submit", "outside_file", "undone_edit"]
    step_id: int
    """0 for what belongs to no reply (a file found changed at the end)."""
    text: str
    explanation: str
    nearest: str | None = None
    """Of slips: what stands in the context."""
    prompt_tokens: int | None = None
    """Context length at that reply."""


class ScoredEpisode(Record):
    """One episode in numbers and findings."""

    scoring_version: int
    case: Case
    quant: str
    outcome: Outcome
    reward: float | None
    calls: dict[CallClass, int] = {}
    """Per call: valid and every parse, name, schema class; identical malformed attempts in a row count once."""
    replies: int = 0
    reply_classes: dict[CallClass, int] = {}
    """Per reply: protocol and repeat classes."""
    details: dict[DetailClass, int] = {}
    details_declared: int = 0
    copy_errors: int = 0
    copy_opportunities: int = 0
    submitted: bool = False
    sloppy: bool = False
    """Solved with at least one detail error."""
    model_chars: int = 0
    language_runs: int = 0
    language_replies: int = 0
    """Replies with at least one such run."""
    slips: int = 0
    """Atoms written that are not in the context and a near miss of one that is; each pair once."""
    slips_by_kind: dict[str, int] = {}
    """Of ``path``, ``identifier``, ``number``, ``literal``."""
    new_atoms: int = 0
    """Distinct atoms written that were not in the context: what slips are a share of."""
    repeated_replies: int = 0
    """Replies in which a passage is repeated over and over."""
    error_repeating_replies: int = 0
    """Replies whose content repeats any three characters four times or more (MiniMax-Provider-Verifier)."""
    calls_after_submit: int = 0
    """Calls behind a ``submit`` in the same reply; never executed."""
    outside_files: int | None = None
    """Changed files that the task did not ask for; none where the solution's files are not known."""
    undone_edits: int = 0
    """Edits whose exact inverse follows."""
    finish_reasons: dict[str, int] = {}
    """Replies by the server's finish reason."""
    valid_replies: int = 0
    """Replies with finish reason ``tool_calls``, at least one call, and every call valid."""
    only_reasoning_replies: int = 0
    """Replies with reasoning, and neither content nor a structured call; leaked markup in the reasoning or not."""
    triggered: list[bool] = []
    """Per reply in order: finish reason ``tool_calls``."""
    calls_per_reply: dict[str, int] = {}
    """Number of replies by their number of structured calls."""
    completion_tokens: int = 0
    prompt_tokens: int = 0
    duration_s: float = 0.0
    token_digest: str | None = None
    call_findings: list[CallFinding] = []
    detail_findings: list[DetailFinding] = []
    copy_findings: list[CopyFinding] = []
    other_findings: list[OtherFinding] = []
    error: str | None = None
    server_deaths: int = 0
    """As in ``Episode``: an ``infra:server`` outcome with two or more is an engine crash."""

    request: RequestScore | None = None
    """For single requests; none for agent episodes."""

    @property
    def attempted_calls(self) -> int:
        """Denominator of ``call_validity``."""
        return sum(self.calls.values())

    @property
    def detail_errors(self) -> int:
        """Numerator of ``detail_errors``."""
        return sum(count for kind, count in self.details.items() if kind.is_error)
