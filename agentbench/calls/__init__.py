"""What one tool call, or one reply, is: the single implementation of the tool-call classes."""

from agentbench.calls.judging import CallJudgement, LeakJudgement, ReplyJudgement, classify_call, judge_reply
from agentbench.calls.markup import LeakedCall, find_leaked_markup
from agentbench.calls.parsing import nesting, parse_arguments
from agentbench.calls.schemas import ToolSchemas, schema_fault, schemas_of

__all__ = [
    "CallJudgement",
    "LeakJudgement",
    "LeakedCall",
    "ReplyJudgement",
    "ToolSchemas",
    "classify_call",
    "find_leaked_markup",
    "judge_reply",
    "nesting",
    "parse_arguments",
    "schema_fault",
    "schemas_of",
]
