"""The conductor: plan, boot, run, grade, score, compare, write."""

from agentbench.runner.conductor import QuantRun
from agentbench.runner.dry_run import dry_run_lines
from agentbench.runner.episode import EpisodeJob, Workbench, run_episode
from agentbench.runner.plan import cases_of, cells_of, check_room, in_suite
from agentbench.runner.proofs import Proof, ProofRun
from agentbench.runner.settings import RunSettings

__all__ = [
    "EpisodeJob",
    "Proof",
    "ProofRun",
    "QuantRun",
    "RunSettings",
    "Workbench",
    "cases_of",
    "cells_of",
    "check_room",
    "dry_run_lines",
    "in_suite",
    "run_episode",
]
