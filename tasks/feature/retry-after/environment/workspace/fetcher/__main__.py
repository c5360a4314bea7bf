"""Plans retries for the failures on standard input, one JSON object per line."""

import json
import sys

from fetcher.clock import now
from fetcher.policy import policy_for
from fetcher.retry import plan_retry

for line in sys.stdin:
    row = json.loads(line)
    wait_ms = plan_retry(
        policy_for(row["host"]), row["status"], row["attempt"], row.get("retry_after"), row.get("now", now())
    )
    print("give up" if wait_ms is None else wait_ms)
