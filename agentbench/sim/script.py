"""Plans all replies of a case in advance: the right calls, and the faults between and in them.

A plan depends on the task, the case's id, the settings, the arm, the seed and the length of the episode's first request
alone. The server therefore needs no memory: the number of replies that a request already holds says which one comes
next.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from agentbench.records import Case, RenderedTask, TaskSpec
from agentbench.sim.details import PlantedDetail, choose
from agentbench.sim.draws import Draws
from agentbench.sim.rates import EpisodeRates
from agentbench.sim.reply import Planted, Reply
from agentbench.sim.solution import Step, change, play
from agentbench.sim.writer import Writer
from agentbench.taskset import render

UNSOLVED = "unsolved"


def plan_replies(
    task: TaskSpec,
    rendered: RenderedTask,
    case: Case,
    *,
    tools: Sequence[Mapping[str, Any]],
    settings: Mapping[str, float],
    draws: Draws,
    seed: int,
    context_tokens: int,
) -> list[Reply]:
    """Return every reply of a case in order; the last one submits, or is prose.

    Args:
        task: The task ...
        rendered: ... and its variant.
        case: What is played.
        tools: The tools that the request offers.
        settings: Fault rates and how faults fall.
        draws: The case's own.
        seed: The run's.
        context_tokens: Of the episode's first request.

    """
    rates = EpisodeRates(settings, draws, context_tokens)
    planted = choose(rendered, rates, draws)
    solution = rendered
    overrides = {name: value for detail in planted for name, value in detail.overrides.items()}
    if overrides:
        solution = render(task, case.cell.variant, seed, overrides)
    names = [tool["function"]["name"] for tool in tools]
    stages = play(solution, names)
    files = [step.file for step in stages[-1] if step.file]
    cause = _unsolved_by(case, settings, rates, draws)
    homes = [(_home(detail, stages[-1]), detail) for detail in planted if detail.overrides]
    if cause is None:
        homes += _break_constraints(rendered, planted, stages[-1], names)
    writer = Writer(case, solution, tools, rates, draws)
    given_up = draws.hit(rates.share("give_up"), "give_up")
    quits_at = draws.stream("give_up").randrange(sum(map(len, stages))) if given_up else None
    for number, step in enumerate(step for stage in stages for step in stage):
        if number == quits_at:
            writer.give_up()
            return writer.replies
        if cause is None or not _is_left_out(step, files):
            writer.write(step, [detail for home, detail in homes if home is step])
    if cause is not None:
        writer.replies[-1].faults.append(Planted(cause, UNSOLVED))
    return writer.replies


def _unsolved_by(case: Case, settings: Mapping[str, float], rates: EpisodeRates, draws: Draws) -> str | None:
    """Draw whether the episode goes unsolved; return the setting that makes it so, none if it is solved."""
    mean = settings.get("solve_rate", 1.0)
    if mean < 1:
        difficulty = _task_difficulty(case.cell.task_id, mean) if mean > 0 else 0.0
        if not draws.hit(difficulty, "solved"):
            return "solve_rate"
    return "unsolved" if draws.hit(rates.share("unsolved"), "unsolved") else None


def _break_constraints(
    rendered: RenderedTask, planted: Sequence[PlantedDetail], stage: list[Step], tools: Sequence[str]
) -> list[tuple[Step, PlantedDetail]]:
    """Put the calls that break constraints before the last one of a stage; return each with its detail."""
    homes = []
    for detail in planted:
        if not detail.overrides and detail.file is not None:
            gone = detail.planted == "present"  # the solution has removed it, so there is nothing to read or edit
            before = None if gone else rendered.workspace.get(detail.file)
            steps = change(detail.file, before, detail.text, tools)
            if steps:
                stage[-1:-1] = steps
                homes.append((steps[-1], detail))
    return homes


def _is_left_out(step: Step, files: Sequence[str | None]) -> bool:
    """Return whether an unsolved episode lacks this call: the first file's change, or a foreign solution's command.

    The first, since the shipped tasks often keep their settings in the last one, and wrong settings are solved tasks
    with wrong details.
    """
    return step.file == files[0] if files and step.file is not None else not files and step.tool == "bash"


def _task_difficulty(task_id: str, mean: float) -> float:
    """Return the task's own chance, the same in every arm: that is what makes pairing worth while."""
    digest = int.from_bytes(blake2b(task_id.encode(), digest_size=8).digest())
    return random.Random(digest).betavariate(mean, 1 - mean)


def _home(detail: PlantedDetail, stage: Sequence[Step]) -> Step:
    """Return the call that writes a wrong detail: its file's change, else (read by a command) the last change.

    What is left as it was may need no change at all; it is certain when the work is handed in.
    """
    changes = [step for step in stage if step.file is not None]
    own = [step for step in changes if step.file == detail.file]
    if own:
        return own[-1]
    return stage[-1] if detail.detail_class == "omitted" or not changes else changes[-1]
