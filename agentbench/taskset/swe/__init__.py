"""SWE-bench and SWE-smith rows as foreign tasks; beside this, the scripts that are sent into their containers."""

from agentbench.taskset.swe.rows import load_row, render_row, row_ids

__all__ = ["load_row", "render_row", "row_ids"]
