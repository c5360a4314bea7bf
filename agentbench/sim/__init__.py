"""The simulated model server: plays each case's solution over real HTTP and plants faults at set rates.

It is product code: it drives the tests, and the tests hold what was planted against what is scored.
Run it with ``python -m agentbench.sim``.
"""

from agentbench.sim.faults import (
    CALL_FAULTS,
    DETAIL_FAULTS,
    EPISODE_FAULTS,
    FAULT_NAMES,
    MALFORMED,
    NO_RATES,
    REPLAYED_CALL_FAULTS,
    REPLY_FAULTS,
    SHAPES,
    check_faults,
    parse_faults,
)
from agentbench.sim.ledger import Ledger
from agentbench.sim.miscopy import COPY_FAULTS
from agentbench.sim.model import SimulatedModel
from agentbench.sim.server import SimServer
from agentbench.sim.solution import Step, play

__all__ = [
    "CALL_FAULTS",
    "COPY_FAULTS",
    "DETAIL_FAULTS",
    "EPISODE_FAULTS",
    "FAULT_NAMES",
    "MALFORMED",
    "NO_RATES",
    "REPLAYED_CALL_FAULTS",
    "REPLY_FAULTS",
    "SHAPES",
    "Ledger",
    "SimServer",
    "SimulatedModel",
    "Step",
    "check_faults",
    "parse_faults",
    "play",
]
