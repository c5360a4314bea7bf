"""Harbor tasks: finding, loading, variables, rendering, context plans and token counting."""

from agentbench.taskset.atif import messages_of, steps_of, write_trajectory
from agentbench.taskset.checking import check_task
from agentbench.taskset.context import CONTEXT_PLAN_VERSION, BuiltContext, build_context, plain_messages
from agentbench.taskset.harbor_writing import write_harbor
from agentbench.taskset.likeness import near_duplicates_among, work_of
from agentbench.taskset.lists import read_task_list
from agentbench.taskset.loading import discover, is_task_dir, load_task
from agentbench.taskset.plans import plan_of
from agentbench.taskset.rendering import of_step, render
from agentbench.taskset.skeleton import new_task
from agentbench.taskset.solved import solution_files
from agentbench.taskset.static import check_task_static, detail_variables
from agentbench.taskset.swe import load_row, row_ids
from agentbench.taskset.tokenizer import TokenizerCounter
from agentbench.taskset.tokens import TokenCounter, WordsCounter
from agentbench.taskset.variables import draw

__all__ = [
    "CONTEXT_PLAN_VERSION",
    "BuiltContext",
    "TokenCounter",
    "TokenizerCounter",
    "WordsCounter",
    "build_context",
    "check_task",
    "check_task_static",
    "detail_variables",
    "discover",
    "draw",
    "is_task_dir",
    "load_row",
    "load_task",
    "messages_of",
    "near_duplicates_among",
    "new_task",
    "of_step",
    "plain_messages",
    "plan_of",
    "read_task_list",
    "render",
    "row_ids",
    "solution_files",
    "steps_of",
    "work_of",
    "write_harbor",
    "write_trajectory",
]
