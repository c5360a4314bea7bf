"""Why a container ended. Containers remove themselves, so the engine's event log is asked, not the container."""

from __future__ import annotations

import time

from docker import DockerClient
from docker.errors import APIError, NotFound
from requests.exceptions import RequestException

from agentbench.sandbox.api import events_before

_LOOK_BACK_S = 3600
_SETTLE_S = 3


def cause_of_death(client: DockerClient, container_id: str, stderr: str) -> str:
    """Return one phrase: killed for memory, its exit code, or still running but silent; with its last words."""
    said = f"; its server said: {stderr.strip()[-500:]}" if stderr.strip() else ""
    try:
        try:
            client.api.wait(container_id, timeout=_SETTLE_S)
        except NotFound:
            pass
        except RequestException:
            return "it still runs, but its channel broke" + said
        return _from_events(client, container_id) + said
    except (APIError, RequestException) as error:
        return f"and the engine does not answer ({type(error).__name__})" + said


def _from_events(client: DockerClient, container_id: str) -> str:
    now = time.time()
    events = events_before(client, container_id, now - _LOOK_BACK_S, now)
    actions = {str(event.get("Action", "")).split(":")[0] for event in events}
    codes = [event["Actor"]["Attributes"].get("exitCode") for event in events if event.get("Action") == "die"]
    code = f"exit code {codes[-1]}" if codes else "no exit code recorded"
    if "oom" in actions:
        return f"the kernel killed in it for memory (OOM), {code}"
    if "kill" in actions:
        return f"it was killed from outside, {code}"
    return f"its main process ended, {code}"
