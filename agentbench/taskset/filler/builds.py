"""Build and test output of other jobs."""

from __future__ import annotations

import random
from collections.abc import Iterator

from agentbench.taskset.filler.scene import Scene

_VERBS = ("keeps", "drops", "orders", "rejects", "accepts", "rounds", "merges", "splits", "reads", "renames")
_STEPS = ("checkout", "restore cache", "lint", "type check", "unit", "integration", "package", "publish preview")


def build_output(scene: Scene, stream: random.Random) -> Iterator[str]:
    """Yield output lines without end, job after job."""
    while True:
        service, commit = stream.choice(scene.services), f"{stream.getrandbits(40):010x}"
        yield f"== {service} #{stream.randint(1000, 9999)} at {commit} by {stream.choice(scene.people)} ==\n"
        for step in stream.sample(_STEPS, stream.randint(2, 4)):
            yield f"--> {step} ({stream.choice(scene.nouns)}-{stream.randint(1, 30):02d})\n"
            for _ in range(stream.randint(6, 18)):
                yield _line(scene, stream)
            passed, skipped, seconds = stream.randint(20, 700), stream.randint(0, 9), stream.uniform(2, 300)
            yield f"    {passed} passed, {skipped} skipped in {seconds:.2f}s\n"


def _line(scene: Scene, stream: random.Random) -> str:
    one, two = stream.sample(scene.nouns, 2)
    match stream.randint(0, 4):
        case 0:
            return f"    compile src/{one}/{two}.c -> obj/{one}_{two}.o ({stream.randint(2, 900)} KiB)\n"
        case 1:
            return f"    warning: {one}/{two}.py:{stream.randint(5, 900)}: '{two}_{one}' is never read\n"
        case 2:
            return f"    wrote dist/{one}-{two}.tar ({stream.getrandbits(48):012x})\n"
    test = f"test_{two}_{stream.choice(_VERBS)}_{stream.choice(scene.nouns)}"
    return f"    tests/{one}/test_{two}.py::{test} ok ({stream.randint(1, 4000)} ms)\n"
