"""Episodes: one run of one case, as stored. Scoring works from these alone."""

from __future__ import annotations

from agentbench.records.base import Record
from agentbench.records.case import Case
from agentbench.records.request import RequestLine
from agentbench.records.sandbox import CarryReport
from agentbench.records.task import Detail
from agentbench.records.trajectory import Trajectory
from agentbench.records.vocabulary import EpisodeEnd, Outcome


class Probe(Record):
    """What grading read for one detail's check, before hidden tests ran."""

    detail_id: str
    exists: bool
    content: bytes | None = None
    """Final file bytes (at most 1 MiB), or a command's standard output."""
    initial: bytes | None = None
    """The file's bytes before the agent started; none where it did not exist or for commands."""
    exit_code: int | None = None
    """For commands."""
    error: str | None = None


class TestReport(Record):
    """The hidden tests' own report (CTRF or JUnit)."""

    tests: int
    passed: int
    failed: list[str] = []

    __test__ = False


class Evidence(Record):
    """What grading saw."""

    probes: list[Probe] = []
    reward: float | None = None
    rewards: dict[str, float] = {}
    """All numbers of ``reward.json``; ``reward`` is its ``reward`` key or only value."""
    step_rewards: dict[str, float] = {}
    """Of a task with steps: those of the steps that were verified, by name; ``reward`` is made of them."""
    report: TestReport | None = None
    verifier_error: str | None = None
    verifier_output: str = ""
    """Tail of what the hidden tests printed."""
    carry: CarryReport | None = None
    changed_files: list[str] = []
    """Workspace paths added, changed or removed by the agent."""
    screenshots: dict[str, bytes] = {}
    """PNG files that hidden tests took of pages, by name; stored as files beside the evidence and not read back."""


class Told(Record):
    """Where a detail's current value, or a part of it, stands in the first request."""

    detail_id: str
    offset_tokens: int
    """Tokens before it."""
    depth: float | None = None
    """For values told in a scripted history: the planned share of its results before it, the same at every size."""


class ContextInfo(Record):
    """The context an episode started from."""

    planned_tokens: int
    prompt_tokens: int
    """As counted over the rendered chat template with tools."""
    counted_by: str
    """``server`` or ``tokenizer``."""
    request_digest: str
    """Of the first request's messages and tools."""
    token_digest: str | None = None
    """Of its token ids as the server renders them; none if the server has no ``/tokenize``."""
    told: list[Told] = []


class Usage(Record):
    """Totals over an episode's requests."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    model_s: float = 0.0
    tools_s: float = 0.0


class Episode(Record):
    """One run of one case: trajectory and evidence."""

    case: Case
    quant: str
    attempt: int = 1
    end: EpisodeEnd | None = None
    """None when an infrastructure failure ended it."""
    outcome: Outcome
    error: str | None = None
    """One sentence, for infra outcomes."""
    server_deaths: int = 0
    """How often the server died while this case ran alone or was the only suspect; two make an engine crash."""
    context: ContextInfo | None = None
    details: list[Detail] = []
    """Rendered: what scoring compares the probes with."""
    solution_files: list[str] | None = None
    """Workspace paths that the task's own solution writes or names; none where they are not known."""
    trajectory: Trajectory | None = None
    evidence: Evidence | None = None
    request: RequestLine | None = None
    """For single requests; none for agent episodes."""
    usage: Usage = Usage()
    started_at: str = ""
    duration_s: float = 0.0
    setup_s: float = 0.0
    grading_s: float = 0.0
