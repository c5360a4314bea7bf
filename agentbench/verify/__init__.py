"""Request sets: single chat-completions requests, replayed in loops and judged like every other run.

A request is a cell, a loop a trial, a reply an episode of one agent step. Reading the sets of MiniMax-Provider-Verifier
and K2-Vendor-Verifier, and their result files as a reference, is done here; scoring, statistics, journal and scorecard
are those of the other rooms.
"""

from agentbench.verify.finishing import compare_again
from agentbench.verify.judging import score_request
from agentbench.verify.reading import RequestSet, read_requests
from agentbench.verify.running import RequestRun

__all__ = ["RequestRun", "RequestSet", "compare_again", "read_requests", "score_request"]
