"""The conductor: plan, boot, run, grade, score, compare, write."""

from agentbench.runner.conductor import QuantRun
from agentbench.runner.dry_run import dry_run_lines
from agentbench.runner.episode import EpisodeJob, Workbench, run_episode
from agentbench.runner.plan import cases_of, cells_of, check_room, in_suite
from agentbench.runner.proof_store import ProofStore
from agentbench.runner.proofs import Proof, ProofRun, Proving, provings
from agentbench.runner.settings import RunSettings
from agentbench.runner.tokenizers import family_counter

__all__ = [
    "EpisodeJob",
    "Proof",
    "ProofRun",
    "ProofStore",
    "Proving",
    "QuantRun",
    "RunSettings",
    "Workbench",
    "cases_of",
    "cells_of",
    "check_room",
    "dry_run_lines",
    "family_counter",
    "in_suite",
    "provings",
    "run_episode",
]
