"""One hypothesis profile for all tests: no deadlines, since machines are shared and noisy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("agentbench", deadline=None)
settings.load_profile("agentbench")
