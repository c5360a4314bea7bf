"""Service logs: excerpts of a few dozen lines, each with its own format, service and day."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator

from agentbench.taskset.filler.scene import Scene

_LEVELS = ("INFO",) * 12 + ("DEBUG",) * 5 + ("WARN",) * 3 + ("ERROR",)
_VERBS = ("accepted", "queued", "flushed", "merged", "skipped", "replayed", "closed", "resumed", "rotated", "verified")
_THINGS = ("batch", "segment", "cursor", "lease", "shard", "snapshot", "envelope", "stream", "checkpoint", "partition")
_METHODS = ("GET", "GET", "PUT", "POST")
_CODES = (200, 200, 200, 201, 304, 404, 503)
_CAUSES = ("peer reset", "lease expired", "backpressure", "slow disk", "stale cursor", "clock skew", "empty page")


def logs(scene: Scene, stream: random.Random) -> Iterator[str]:
    """Yield log lines without end."""
    while True:
        service, host = stream.choice(scene.services), f"{stream.choice(scene.nouns)}-{stream.randint(1, 40):02d}"
        time = dt.datetime(scene.year, stream.randint(1, 12), stream.randint(1, 28), stream.randint(0, 23))
        style = stream.choice(_STYLES)
        for _ in range(stream.randint(25, 70)):
            time += dt.timedelta(milliseconds=int(stream.expovariate(1 / 4000)) + 1)
            yield style(time, stream.choice(_LEVELS), service, host, _message(scene, stream)) + "\n"


def _plain(time: dt.datetime, level: str, service: str, _host: str, message: str) -> str:
    return f"{time.isoformat(timespec='milliseconds')}Z {level:<5} {service} {message}"


def _syslog(time: dt.datetime, level: str, service: str, host: str, message: str) -> str:
    return f"{time:%b %d %H:%M:%S} {host} {service}[{1000 + time.microsecond % 7919}]: {level.lower()}: {message}"


def _json(time: dt.datetime, level: str, service: str, _host: str, message: str) -> str:
    return json.dumps({"ts": time.isoformat(timespec="milliseconds"), "level": level, "svc": service, "msg": message})


_STYLES: tuple[Callable[[dt.datetime, str, str, str, str], str], ...] = (_plain, _syslog, _json)


def _message(scene: Scene, stream: random.Random) -> str:
    choice, number = stream.choice, stream.randint
    match number(0, 9):
        case 0:
            return f"{choice(_VERBS)} {choice(_THINGS)} {stream.getrandbits(40):010x} in {number(2, 980)} ms"
        case 1:
            path = f"/v{number(1, 3)}/{choice(scene.nouns)}/{number(100, 99999)}"
            return f"{choice(_METHODS)} {path} {choice(_CODES)} {number(1, 900)}ms"
        case 2:
            return f"{choice(_THINGS)} {choice(scene.nouns)}/{number(0, 63)}: {choice(_CAUSES)}, attempt {number(1, 5)}"
        case 3:
            return f"pool {choice(scene.nouns)}: {number(1, 60)} busy, {number(0, 40)} idle, {number(0, 12)} waiting"
        case 4:
            return f"user {stream.getrandbits(32):08x} {choice(_VERBS)} {number(1, 400)} rows of {choice(scene.nouns)}"
        case 5:
            return f"{choice(_THINGS)} lag {number(0, 9000)} records behind {choice(scene.services)}"
        case 6:
            return f"gc pause {number(1, 180)}.{number(0, 9)} ms, heap {number(90, 1900)} of {number(2000, 4000)} MiB"
        case 7:
            return f"cache {choice(scene.nouns)} hit {number(51, 99)}.{number(0, 9)}% over {number(800, 90000)} lookups"
        case 8:
            return f"{choice(_VERBS)} {number(2, 64)} {choice(_THINGS)}s for {choice(scene.people).lower()}"
    return f"heartbeat from {choice(scene.services)} after {number(200, 5000)} ms, epoch {number(10, 9999)}"
