"""A child process that outlives a killed runner just long enough to remove its containers.

A started container ends by itself when its runner's end of the channel closes. One that the runner had created and not
yet started does not, and the engine may still be creating one when the runner dies. So this process waits for its own
pipe to close, and unless it was told that all is well, looks for leftovers of dead runners for a few seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time

SWEEPS = 8
PAUSE_S = 0.5
_DONE = b"done\n"


class Sweeper:
    """Starts the child; ``dismiss`` ends it without a sweep."""

    def __init__(self) -> None:
        """Start it in its own session, where a Ctrl-C does not reach it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agentbench.sandbox.sweeper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Let it go; safe to call twice."""
        pipe = self._process.stdin
        assert pipe is not None
        if not pipe.closed:
            try:
                pipe.write(_DONE)
                pipe.close()
            except BrokenPipeError:
                pass
        self._process.wait()


def main() -> None:
    """Wait for the pipe to close, then sweep."""
    if sys.stdin.buffer.read().endswith(_DONE):
        return
    from agentbench.sandbox.engine import ensure_engine
    from agentbench.sandbox.reaper import reap

    client = ensure_engine()
    for _ in range(SWEEPS):
        reap(client)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
