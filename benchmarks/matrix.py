"""Joins what the simulated model planted with what scoring found, fault by fault: the matrix planted x scored."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentbench.records import EpisodeEnd, Outcome, ScoredEpisode, Trajectory
from agentbench.store import Journal

NOTHING = "(nothing)"
"""Row: found, though nothing was planted there. Column: planted, and nothing found."""
RIGHT_CALL = "(right call)"
REPORTED = {"slip"}
"""Found beside the class of a fault, and in no gated number: a wrong value that is close to a right one is a slip."""
SLOW_HOST = "unsolved on a slow host"
"""Column: a right solution whose hidden tests took longer than one of their commands may."""
TEST_LIMIT_S = 10.0
"""The time limit of a hidden test's command, where it sets none."""
_PER_EPISODE = ("unsolved", "give_up")
EXPLAINED = {
    ("other_atom", NOTHING): "the atom stood in a path, and the path that came out is like no path of the workspace: "
    "by definition a guess and no failed copy, so neither an error nor an opportunity",
    ("corrected", "copy_error"): "the slip was in a name that the code calls or imports: a must-copy slot, written "
    "wrongly once, though put right afterwards",
    (NOTHING, SLOW_HOST): "the solution was right, and a hidden test ran into its own time limit because the machine "
    "was overloaded: the host's fault, not scoring's",
    ("hallucinated", "omitted"): "the program that the task asks for fails with that value, so that the question for "
    "it has no answer",
    **{(row, "omitted"): "an episode that was left unfinished on purpose leaves details at their initial value"
       for row in ("give_up", "unsolved", "solve_rate")},
}  # fmt: skip
"""Why mass stands off the diagonal, where it may."""
_KINDS = {"language_confusion": "language"}

Matrix = Counter[tuple[str, str]]
"""(planted fault, scored class) to how often."""


@dataclass(frozen=True)
class Played:
    """One episode, from both sides."""

    right_calls: int
    faults: Sequence[Mapping[str, Any]]
    """As in the ledger."""
    step_ids: Sequence[int]
    """Of the model's replies, in order: the ledger counts replies, findings name steps."""
    end: EpisodeEnd | None
    scored: ScoredEpisode
    grading_s: float = 0.0


def matrix(episodes: Iterable[Played]) -> tuple[Matrix, dict[str, set[str]]]:
    """Return the counts, and the columns that are right for each row.

    A planted fault that is found as something else counts there; what is found besides counts too, so a row can sum to
    more than was planted.
    """
    counts: Matrix = Counter()
    right: dict[str, set[str]] = {RIGHT_CALL: {"valid"}, NOTHING: set()}
    for episode in episodes:
        for fault in episode.faults:
            right.setdefault(fault["fault"], set()).add(fault["scored_as"] or NOTHING)
        counts.update(_join(episode))
    return counts, right


def unexplained(counts: Matrix, right: Mapping[str, set[str]]) -> Matrix:
    """Return what stands off the diagonal and may not."""
    known = {pair for pair in counts if pair[1] in right.get(pair[0], set()) | REPORTED} | set(EXPLAINED)
    return Counter({pair: count for pair, count in counts.items() if pair not in known})


def times_planted(episodes: Iterable[Played]) -> Counter[str]:
    """Return how often each fault was planted, and how many right calls there were."""
    counts: Counter[str] = Counter()
    for episode in episodes:
        counts.update(fault["fault"] for fault in episode.faults)
        counts[RIGHT_CALL] += episode.right_calls
    return counts


def _join(episode: Played) -> Iterator[tuple[str, str]]:
    scored = episode.scored
    valid = sum(count for kind, count in scored.calls.items() if kind.value == "valid")
    yield from [(RIGHT_CALL, "valid")] * min(valid, episode.right_calls)
    yield from [(RIGHT_CALL, NOTHING)] * max(0, episode.right_calls - valid)
    yield from [(NOTHING, "valid")] * max(0, valid - episode.right_calls)
    yield from _of_replies(episode)
    yield from _of_details(episode)
    yield from _of_episode(episode)


def _of_replies(episode: Played) -> Iterator[tuple[str, str]]:
    """Findings at a step: each fault takes the one that it must be scored as, what is left goes to its reply."""
    found = _findings(episode.scored)
    per_reply = [fault for fault in episode.faults if fault["detail_id"] is None and not _per_episode(fault)]
    for fault in sorted(per_reply, key=lambda one: not one["scored_as"]):  # what must leave no trace comes last
        here = found[_step(episode, fault)]
        if fault["scored_as"] and here[fault["scored_as"]]:
            here[fault["scored_as"]] -= 1
            yield fault["fault"], fault["scored_as"]
        elif not set(+here) - REPORTED:
            yield fault["fault"], NOTHING
    owners = {_step(episode, fault): fault["fault"] for fault in reversed(episode.faults) if not _per_episode(fault)}
    for step, here in found.items():
        yield from ((owners.get(step, NOTHING), kind) for kind in here.elements())


def _of_details(episode: Played) -> Iterator[tuple[str, str]]:
    """Wrong details by id; those of an episode that was left unfinished on purpose belong to what made it so."""
    wrong = {
        one.detail_id: one.detail_class.value for one in episode.scored.detail_findings if one.detail_class.is_error
    }
    for fault in episode.faults:
        if fault["detail_id"] is not None:
            yield fault["fault"], wrong.pop(fault["detail_id"], NOTHING)
    unfinished = next((fault["fault"] for fault in episode.faults if _per_episode(fault)), NOTHING)
    yield from ((unfinished, kind) for kind in wrong.values())


def _of_episode(episode: Played) -> Iterator[tuple[str, str]]:
    unsolved = episode.scored.outcome is Outcome.UNSOLVED
    for fault in filter(_per_episode, episode.faults):
        hit = unsolved if fault["scored_as"] == "unsolved" else episode.end is EpisodeEnd.GAVE_UP
        yield fault["fault"], fault["scored_as"] if hit else NOTHING
    blameless = all(fault["detail_id"] is None and not _per_episode(fault) for fault in episode.faults)
    if blameless and episode.scored.outcome is not Outcome.SOLVED:
        slow = unsolved and episode.grading_s > TEST_LIMIT_S
        yield NOTHING, SLOW_HOST if slow else episode.scored.outcome.value


def _per_episode(fault: Mapping[str, Any]) -> bool:
    return fault["scored_as"] in _PER_EPISODE


def _step(episode: Played, fault: Mapping[str, Any]) -> int:
    index: int = fault["reply"]
    return episode.step_ids[index]


def _findings(scored: ScoredEpisode) -> dict[int, Counter[str]]:
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    pairs = [
        *((one.step_id, one.call_class.value) for one in scored.call_findings),
        *((one.step_id, "copy_error") for one in scored.copy_findings),
        *((one.step_id, _KINDS.get(one.kind, one.kind)) for one in scored.other_findings),
    ]
    for step, kind in pairs:
        found[step][kind] += 1
    return found


def own_steps(trajectory: Trajectory | None) -> list[int]:
    """Return the step ids of the model's own replies, scripted history left out."""
    steps = trajectory.steps if trajectory else []
    return [step.step_id for step in steps if step.source == "agent" and not step.is_copied_context]


def read_run(run: Path) -> Iterator[Played]:
    """Yield the episodes of a stored run of the simulated model."""
    faults: dict[str, list[dict[str, Any]]] = {}
    valid: Counter[str] = Counter()
    for line in (run / "planted.jsonl").read_text().splitlines():
        entry = json.loads(line)
        faults.setdefault(entry["case"], []).extend(entry["faults"])
        valid[entry["case"]] += entry["planted"].count("valid")
    journal = Journal.open(run)
    for case_id, scored in journal.scored().items():
        episode = journal.episode(case_id)
        steps = own_steps(episode.trajectory)
        yield Played(valid[case_id], faults.get(case_id, []), steps, episode.end, scored, episode.grading_s)
