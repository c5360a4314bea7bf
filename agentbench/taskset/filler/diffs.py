"""Unified diffs of an unrelated library: files, hunks, and what was said of each commit."""

from __future__ import annotations

import random
from collections.abc import Iterator

from agentbench.taskset.filler.scene import Scene

_SUBJECTS = ("keep", "drop", "rename", "inline", "guard", "cache", "widen", "simplify", "log", "bound")
_KINDS = ("py", "go", "ts", "rs", "java", "sql")


def diffs(scene: Scene, stream: random.Random) -> Iterator[str]:
    """Yield commits without end: a header, then hunk after hunk."""
    while True:
        one, two = stream.sample(scene.nouns, 2)
        yield (
            f"commit {stream.getrandbits(160):040x}\n"
            f"Author: {stream.choice(scene.people)} <{stream.choice(scene.people).lower()}@{scene.project}.example>\n\n"
            f"    {one}: {stream.choice(_SUBJECTS)} the {two} path\n\n"
        )
        for _ in range(stream.randint(1, 3)):
            path = f"{stream.choice(scene.nouns)}/{stream.choice(scene.nouns)}.{stream.choice(_KINDS)}"
            yield (
                f"diff --git a/{path} b/{path}\n"
                f"index {stream.getrandbits(28):07x}..{stream.getrandbits(28):07x} 100644\n"
                f"--- a/{path}\n+++ b/{path}\n"
            )
            line = stream.randint(3, 60)
            for _ in range(stream.randint(1, 4)):
                yield _hunk(scene, stream, line)
                line += stream.randint(12, 140)


def _hunk(scene: Scene, stream: random.Random, line: int) -> str:
    rows = [" " + _statement(scene, stream) for _ in range(stream.randint(1, 3))]
    gone = ["-" + _statement(scene, stream) for _ in range(stream.randint(0, 3))]
    new = ["+" + _statement(scene, stream) for _ in range(stream.randint(1, 4))]
    rest = [" " + _statement(scene, stream) for _ in range(stream.randint(1, 3))]
    old_count, new_count = len(rows) + len(gone) + len(rest), len(rows) + len(new) + len(rest)
    head = f"@@ -{line},{old_count} +{line},{new_count} @@ {stream.choice(scene.nouns)}_{stream.choice(scene.nouns)}\n"
    return head + "\n".join([*rows, *gone, *new, *rest]) + "\n"


def _statement(scene: Scene, stream: random.Random) -> str:
    one, two, three = stream.sample(scene.nouns, 3)
    indent = "    " * stream.randint(1, 3)
    match stream.randint(0, 5):
        case 0:
            return f"{indent}{one} = {two}.{three}({stream.randint(1, 4096)})"
        case 1:
            return f"{indent}if {one}_{two} > {stream.randint(2, 999)}:"
        case 2:
            return f"{indent}return {one}[{two}_{three}]"
        case 3:
            return f"{indent}{one}.append(({two}, {stream.randint(0, 64)}))"
        case 4:
            return f"{indent}# {one}: {two} comes before {three}"
    return f'{indent}log.debug("{one} %s of {two}", {three})'
