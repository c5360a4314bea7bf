"""The proof that the measurement works: planted worlds, judged by the product's own rule, and the promises kept.

    studies = quick_studies()
    found = [one for _, results in run_studies(studies, jobs=2, tell=...) for one in results]
    broken(promises(found))                         # [] as long as the rule does what it says

Worlds (``worlds``) have a true loss that is computed, nights (``nights``, ``pool``) are drawn from them as arrays
(``arms``), ``judging`` hands them to ``compare``'s rule, ``counting`` counts, ``studies`` cuts the work into pieces,
and ``promises`` says what holds. ``agentbench selfcheck`` runs a part in minutes, ``make validity`` the whole grid.
"""

from agentbench.selfcheck.check import (
    NIGHTS,
    QUICK_NIGHTS,
    default_studies,
    episode_studies,
    full_studies,
    quick_studies,
    run_studies,
)
from agentbench.selfcheck.findings import Finding, broken
from agentbench.selfcheck.fingerprint import fingerprint
from agentbench.selfcheck.pool import Pool, pool_of
from agentbench.selfcheck.promises import promises
from agentbench.selfcheck.results import Result, from_json, key_of, to_json

__all__ = [
    "NIGHTS",
    "QUICK_NIGHTS",
    "Finding",
    "Pool",
    "Result",
    "broken",
    "default_studies",
    "episode_studies",
    "fingerprint",
    "from_json",
    "full_studies",
    "key_of",
    "pool_of",
    "promises",
    "quick_studies",
    "run_studies",
    "to_json",
]
