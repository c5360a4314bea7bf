"""Grades a final sandbox state: detail probes, hidden tests in a fresh container, rewards; and proves tasks."""

from agentbench.grading.grade import grade
from agentbench.grading.hostile import HOSTILE_AGENTS
from agentbench.grading.prove import NOOP, ORACLE, prove
from agentbench.grading.workplace import Workplace

__all__ = ["HOSTILE_AGENTS", "NOOP", "ORACLE", "Workplace", "grade", "prove"]
