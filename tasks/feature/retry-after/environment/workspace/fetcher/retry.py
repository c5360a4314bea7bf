"""Whether and when a failed request is tried again; see docs/retry.md."""

from fetcher.policy import Policy


def plan_retry(policy: Policy, status: int, attempt: int, retry_after: str | None, now: int) -> int | None:
    raise NotImplementedError
