"""Near-duplicates of a task's own material: its files and notes as other installations of the same thing have them.

Topical distractors mislead more than any amount of unrelated text. Each edition draws the task's variables anew and
renders the workspace's templates and the facts with them, under the name of another installation.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from agentbench.records import RenderedTask
from agentbench.taskset.filler.scene import Scene
from agentbench.taskset.layers import task_files
from agentbench.taskset.templates import render_text
from agentbench.taskset.variables import draw

_LINES_PER_UNIT = 12
_FILES_PER_EDITION = 2
_FIRST_ATTEMPT = 10_000
"""Above every attempt that rendering itself takes: see :func:`agentbench.taskset.rendering.render`."""

Units = Callable[[Scene, random.Random], Iterator[str]]


def near_duplicates(rendered: RenderedTask, seed: int) -> Units:
    """Return the generator of one task's near-duplicates, edition after edition."""
    task = rendered.task
    sources = task_files(task, "environment/workspace")
    files = [(file, text) for file in sources if (text := _text(file.path)) is not None]

    def units(scene: Scene, stream: random.Random) -> Iterator[str]:
        edition = _FIRST_ATTEMPT + stream.randrange(1 << 30)
        while True:
            edition += 1
            values = {**task.constants, **draw(task, rendered.variant, seed, attempt=edition)}
            name = f"{stream.choice(scene.nouns)}-{stream.choice(scene.nouns)}-{stream.randint(2, 99)}"
            yield f"## Installation {name}\n\n"
            title = f"Installation {name}: "
            parts = [[f"{title}{render_text(fact.text, values, fact.id).strip()}\n\n"] for fact in task.facts]
            shown = stream.sample(files, min(len(files), _FILES_PER_EDITION))
            for file, source in shown:
                text = render_text(source, values, str(file.path)) if file.is_template else source
                parts.append(list(_excerpts(f"{name}/{file.target}", text)))
            stream.shuffle(parts)
            yield from itertools.chain.from_iterable(parts)

    return units


def _excerpts(path: str, text: str) -> Iterator[str]:
    """Yield a file in pieces of a few lines, so that one that states a value of the task can be left out alone."""
    lines = text.splitlines()
    for start in range(0, len(lines), _LINES_PER_UNIT):
        body = "\n".join(lines[start : start + _LINES_PER_UNIT])
        yield f"--- {path}, from line {start + 1}\n{body}\n\n"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
