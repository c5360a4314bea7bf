"""Settings dumps: YAML stanzas of other services."""

from __future__ import annotations

import random
from collections.abc import Iterator

from agentbench.taskset.filler.scene import Scene

_KEYS = """
batch_size backoff_ms idle_timeout_ms queue_depth keepalive_s max_inflight prefetch page_size shards flush_every
sample_rate compression linger_ms drain_s replicas soft_quota_mb retention_days probe_interval_s
""".split()  # noqa: SIM905
_MODES = ("lazy", "eager", "mirror", "standby", "paused", "canary")


def settings(scene: Scene, stream: random.Random) -> Iterator[str]:
    """Yield stanzas without end."""
    while True:
        service = stream.choice(scene.services)
        lines = [f"{service}.{stream.choice(scene.nouns)}{stream.randint(1, 99)}:"]
        lines += [f"  {key}: {stream.randint(1, 20_000)}" for key in stream.sample(_KEYS, stream.randint(3, 6))]
        lines += [f"  mode: {stream.choice(_MODES)}", f"  owner: {stream.choice(scene.people).lower()}"]
        lines += [f"  upstream: {stream.choice(scene.services)}.{stream.choice(scene.nouns)}.internal"]
        if stream.random() < 0.3:
            labels = ", ".join(stream.sample(scene.nouns, stream.randint(2, 5)))
            lines.append(f"  labels: [{labels}]")
        yield "\n".join(lines) + "\n"
