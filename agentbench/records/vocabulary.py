"""The closed sets of the project, written once. Docs tables are checked against these (``tests/test_docs.py``)."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How an episode ended."""

    SOLVED = "solved"
    UNSOLVED = "unsolved"
    LIMIT_TURNS = "limit:turns"
    LIMIT_TOKENS = "limit:tokens"
    LIMIT_CONTEXT = "limit:context"
    LIMIT_OUTPUT = "limit:output"
    LIMIT_WALL = "limit:wall"
    INFRA_SERVER = "infra:server"
    INFRA_SANDBOX = "infra:sandbox"
    INFRA_VERIFIER = "infra:verifier"
    INFRA_HARNESS = "infra:harness"

    @property
    def graded(self) -> bool:
        """Whether it counts in the pass rate; the others are missing after their retries."""
        return not self.startswith("infra:") and self is not Outcome.LIMIT_WALL

    @property
    def retries(self) -> int:
        """How often an episode that ended so is run again before it is missing."""
        if self is Outcome.LIMIT_WALL:
            return 1
        return 2 if self.startswith("infra:") else 0


class EpisodeEnd(StrEnum):
    """Why the agent loop stopped; with the reward this gives the outcome."""

    SUBMITTED = "submitted"
    GAVE_UP = "gave_up"
    LIMIT_TURNS = "limit:turns"
    LIMIT_TOKENS = "limit:tokens"
    LIMIT_CONTEXT = "limit:context"
    LIMIT_OUTPUT = "limit:output"
    LIMIT_WALL = "limit:wall"
    ORACLE = "oracle"
    NOOP = "noop"
    ANSWERED = "answered"
    """A single request (``agentbench verify``) got its reply."""


class CallClass(StrEnum):
    """Tool-call and reply classes; first hit wins, in this order."""

    VALID = "valid"
    LEAKED_MARKUP = "parse:leaked_markup"
    TRUNCATED = "parse:truncated"
    BAD_JSON = "parse:bad_json"
    NOT_OBJECT = "parse:not_object"
    UNKNOWN_NAME = "name:unknown"
    MISSING_REQUIRED = "schema:missing_required"
    UNEXPECTED_PROPERTY = "schema:unexpected_property"
    WRONG_TYPE = "schema:wrong_type"
    ENUM = "schema:enum"
    SCHEMA_OTHER = "schema:other"
    REASONING_ONLY = "protocol:reasoning_only"
    EMPTY = "protocol:empty"
    DUPLICATE_ID = "protocol:duplicate_id"
    FINISH_REASON = "protocol:finish_reason"
    LOOP = "repeat:loop"

    @property
    def per_reply(self) -> bool:
        """Whether it is a rate per reply, outside the ``call_validity`` denominator."""
        return self.startswith(("protocol:", "repeat:"))


class Trigger(StrEnum):
    """What one reply is, as far as calling a tool goes; first hit wins, in this order."""

    STRUCTURED_CALL = "structured_call"
    LEAKED_MARKUP = "leaked_markup"
    """The model called a tool and the server handed the call over as text."""
    LENGTH_CUT = "length_cut"
    REASONING_ONLY = "reasoning_only"
    EMPTY = "empty"
    PLAIN_STOP = "plain_stop"
    OTHER = "other"
    """Text under another finish reason, such as ``content_filter``."""


class DetailClass(StrEnum):
    """What became of one detail; first hit wins for value details."""

    EXACT = "exact"
    OMITTED = "omitted"
    STALE = "stale"
    NEAR_MISS = "near_miss"
    HALLUCINATED = "hallucinated"
    KEPT = "kept"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not_applicable"

    @property
    def is_error(self) -> bool:
        """Whether it counts in ``detail_errors``."""
        return self not in (DetailClass.EXACT, DetailClass.KEPT, DetailClass.NOT_APPLICABLE)


class ToldIn(StrEnum):
    """Where a detail's value is told to the agent."""

    INSTRUCTION = "instruction"
    HISTORY = "history"
    FILE = "file"
    TOOL_OUTPUT = "tool_output"
    FOLLOW_UP = "follow_up"


class Recall(StrEnum):
    """What it takes to find a detail's value in the context."""

    LITERAL = "literal"
    """It is asked for in words that stand where it was told."""
    PARAPHRASED = "paraphrased"
    """It is asked for in words of which none stands where it was told."""
    ORDINAL = "ordinal"
    """Only its place among passages of the same form tells it from the others."""
    COMBINED = "combined"
    """Parts of it were told in two places or more."""


class CopySlotKind(StrEnum):
    """Places where the agent must write something that exists."""

    EDIT_OLD = "edit_file.old"
    PATH = "path"
    TEST_SELECTOR = "test_selector"
    IDENTIFIER = "identifier"
    """A name that Python code calls or imports from the workspace's own modules."""


class Metric(StrEnum):
    """The gated metrics."""

    PASS_RATE = "pass_rate"
    CALL_VALIDITY = "call_validity"
    DETAIL_ERRORS = "detail_errors"
    COPY_ERRORS = "copy_errors"

    @property
    def higher_is_better(self) -> bool:
        """Whether loss is reference minus quant (else quant minus reference)."""
        return self in (Metric.PASS_RATE, Metric.CALL_VALIDITY)


class Verdict(StrEnum):
    """Per metric and overall."""

    NON_INFERIOR = "non_inferior"
    DEGRADED = "degraded"
    INCONCLUSIVE = "inconclusive"


class PairVerdict(StrEnum):
    """Of two runs, per metric and overall."""

    A_BETTER = "a_better"
    B_BETTER = "b_better"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


class KernelClass(StrEnum):
    """What a log line (or a declared checkpoint) says about how weights and activations are multiplied."""

    NATIVE_W4A4 = "native_w4a4"
    WEIGHT_ONLY = "weight_only"
    EMULATED = "emulated"
    FP8 = "fp8"
    INT8 = "int8"
    UNQUANTIZED = "unquantized"
    UNKNOWN = "unknown"


class Gate(StrEnum):
    """When a run is red (``--quant-gate``)."""

    VERDICT = "verdict"
    STRICT = "strict"
    EACH = "each"
    NONE = "none"


class ContextPlanKind(StrEnum):
    """What fills a context."""

    HISTORY = "history"
    DOCUMENTS = "documents"
    DISTRACTORS = "distractors"
    MIXED = "mixed"


class SandboxProfile(StrEnum):
    """How a sandbox is locked down."""

    STRICT = "strict"
    HARBOR = "harbor"


MAX_MISSING = 0.02
"""Share of missing trials, or of cells without a reference trial, above which nothing is called ``non_inferior`` or
``equivalent``, no run becomes a reference, and none is planned from one."""
