"""How alike two tasks are, once names and values are left out.

Two tasks are distinct if solution and verifier differ by more than names. What is compared is the work, not its object:
the lines that the solution changes, and the hidden tests, as runs of five tokens in which every word but those of
programming languages is the same word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from agentbench.records import RenderedTask, TaskSpec
from agentbench.taskset.rendering import OVERLAY, render

NEAR_DUPLICATE = 0.6
"""Share of runs in common from which on, in the solution *and* in the verifier, two tasks are near-duplicates."""

_RUN = 5
_KEPT = frozenset(
    """
and assert break case catch class const continue def do elif else end enum except false fi final finally fn for from
func function go goto if impl import in int interface is lambda let local loop match mod module mut new nil none not
null or package pass print private public raise read ref return run self static str string struct switch then this throw
trait true try type unless until use using var void when while with yield
""".split()  # noqa: SIM905
)
_BOILERPLATE = re.compile(r"^(?:import |from |sys\.path|main\(\)|$)")


@dataclass(frozen=True)
class Work:
    """What two tasks are compared by: runs of tokens, each with its number."""

    task_id: str
    cluster: str
    solution: Counter[tuple[str, ...]]
    verifier: Counter[tuple[str, ...]]


def work_of(task: TaskSpec) -> Work:
    """Return what a native task is compared by."""
    rendered = render(task, 0, 0)
    checks = rendered.tests["checks.py"].data.decode(errors="replace")
    verifier = [line for line in checks.splitlines() if not _BOILERPLATE.match(line)]
    return Work(task.id, task.cluster, _runs(_changed_lines(rendered)), _runs(verifier))


def near_duplicates_among(works: Sequence[Work]) -> Iterator[str]:
    """Yield a sentence for each pair of tasks of different clusters whose work is too much alike."""
    for one, other in combinations(works, 2):
        if one.cluster == other.cluster:
            continue
        solution, verifier = _share(one.solution, other.solution), _share(one.verifier, other.verifier)
        if min(solution, verifier) >= NEAR_DUPLICATE:
            yield (
                f"{one.task_id}: is a near-duplicate of {other.task_id}: solutions {solution:.0%} and hidden tests "
                f"{verifier:.0%} alike, names and values left out; make them different work"
            )


def _changed_lines(rendered: RenderedTask) -> Iterator[str]:
    for path, file in sorted(rendered.solution.items()):
        if not path.startswith(OVERLAY):
            continue
        before = rendered.workspace.get(path.removeprefix(OVERLAY))
        known = set(before.data.decode(errors="replace").splitlines()) if before else set()
        yield from (line for line in file.data.decode(errors="replace").splitlines() if line not in known)


def _runs(lines: Iterable[str]) -> Counter[tuple[str, ...]]:
    tokens = [
        "x" if (token[0].isalnum() or token[0] == "_") and token.lower() not in _KEPT else token
        for line in lines
        for token in re.findall(r"\w+|[^\w\s]", line)
    ]
    return Counter(tuple(tokens[start : start + _RUN]) for start in range(max(1, len(tokens) - _RUN + 1)))


def _share(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    """Return the runs in common over all runs (Jaccard, with multiplicity)."""
    union = (one | other).total()
    return (one & other).total() / union if union else 1.0
