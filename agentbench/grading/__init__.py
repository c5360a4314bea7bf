"""Grades a final sandbox state: detail probes, hidden tests in a fresh container, rewards; and proves tasks."""

from agentbench.grading.grade import grade
from agentbench.grading.prove import prove

__all__ = ["grade", "prove"]
