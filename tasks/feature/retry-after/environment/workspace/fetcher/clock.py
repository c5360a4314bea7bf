"""Time, so that tests can stop it."""

import time


def now() -> int:
    return int(time.time())
