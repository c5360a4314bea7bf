"""Harbor tasks: finding, loading, variables, rendering, context plans and token counting."""

from agentbench.taskset.loading import discover, is_task_dir, load_task
from agentbench.taskset.rendering import render
from agentbench.taskset.static import check_task_static, detail_variables
from agentbench.taskset.variables import draw

__all__ = ["check_task_static", "detail_variables", "discover", "draw", "is_task_dir", "load_task", "render"]
