"""Code modules: functions and small classes of a plausible, unrelated library."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from agentbench.taskset.filler.scene import Scene

_VERBS = ("collect", "merge", "split", "rank", "trim", "index", "fold", "group", "resolve", "pack", "expand", "prune")


def code(scene: Scene, stream: random.Random) -> Iterator[str]:
    """Yield definitions without end."""
    while True:
        yield stream.choice(_DEFINITIONS)(scene, stream) + "\n\n"


def _names(scene: Scene, stream: random.Random) -> tuple[str, str, str, str]:
    one, two, three = stream.sample(scene.nouns, 3)
    return f"{stream.choice(_VERBS)}_{one}_{two}", one, two, three


def _loop(scene: Scene, stream: random.Random) -> str:
    name, one, two, three = _names(scene, stream)
    return (
        f"def {name}({one}, {two}=None, limit={stream.randint(2, 5000)}):\n"
        f'    """Return the {three} of every {one} that passes, at most ``limit`` of them."""\n'
        f"    found = []\n"
        f"    for position, item in enumerate({one}):\n"
        f"        if {two} is not None and item.{three} not in {two}:\n"
        f"            continue\n"
        f"        found.append((position, item.{three}))\n"
        f"        if len(found) >= limit:\n"
        f"            break\n"
        f"    return found\n"
    )


def _table(scene: Scene, stream: random.Random) -> str:
    rows = "".join(
        f'    "{noun}": ({stream.randint(1, 999)}, {stream.randint(1, 99)}.{stream.randint(1, 9)}),\n'
        for noun in stream.sample(scene.nouns, stream.randint(4, 9))
    )
    return f"_{stream.choice(scene.nouns).upper()}_{stream.choice(_VERBS).upper()} = {{\n{rows}}}\n"


def _class(scene: Scene, stream: random.Random) -> str:
    name, one, two, three = _names(scene, stream)
    return (
        f"class {one.capitalize()}{two.capitalize()}:\n"
        f'    """Keeps the {three} of one {one} until it is asked for."""\n\n'
        f"    def __init__(self, {three}, {two}_size={stream.randint(4, 4096)}):\n"
        f"        self._{three} = list({three})\n"
        f"        self._{two}_size = {two}_size\n\n"
        f"    def {name}(self, key):\n"
        f"        chunk = hash(key) % self._{two}_size\n"
        f"        return [item for item in self._{three} if item.{two} == chunk]\n\n"
        f"    def __len__(self):\n"
        f"        return len(self._{three})\n"
    )


def _guard(scene: Scene, stream: random.Random) -> str:
    name, one, two, three = _names(scene, stream)
    return (
        f"def {name}({one}, {two}):\n"
        f"    # {stream.choice(scene.people)}: keep the order, the {three} report reads this twice\n"
        f"    if not {one}:\n"
        f'        raise ValueError("no {one} to {name.split("_")[0]}")\n'
        f"    weight = sum(part.{three} for part in {two}) or {stream.randint(1, 50)}\n"
        f"    return {{part.key: part.{three} / weight for part in {two} if part.key in {one}}}\n"
    )


def _test(scene: Scene, stream: random.Random) -> str:
    name, one, two, _ = _names(scene, stream)
    left, right = stream.randint(10, 99_999), stream.randint(10, 99_999)
    return (
        f"def test_{name}_keeps_{two}():\n"
        f'    sample = [make_{one}("{stream.getrandbits(32):08x}", {left}), make_{one}("{two}", {right})]\n'
        f"    assert {name}(sample) == [({stream.randint(0, 9)}, {right})]\n"
    )


_DEFINITIONS: tuple[Callable[[Scene, random.Random], str], ...] = (_loop, _table, _class, _guard, _test)
