"""Plants wrong details: the solution is rendered with another value for a variable that one detail alone depends on."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from agentbench.probing import near_miss
from agentbench.records import Detail, RenderedTask, TaskSpec
from agentbench.sim.atoms import doubled
from agentbench.sim.draws import Draws
from agentbench.sim.rates import EpisodeRates
from agentbench.taskset import detail_variables
from agentbench.taskset.rendering import initial_value


@dataclass(frozen=True, slots=True)
class PlantedDetail:
    """One detail that the played solution gets wrong on purpose."""

    detail_id: str
    detail_class: str
    """``stale``, ``near_miss``, ``omitted``, ``hallucinated`` or ``violated``: what scoring must find."""
    expected: str
    planted: str
    file: str | None
    """The file that its check reads; none for commands."""
    variable: str | None
    """The variable whose value is replaced in the solution ..."""
    replacement: str
    """... and by what. For a broken constraint: the text that its file gets."""


def choose(rendered: RenderedTask, rates: EpisodeRates, draws: Draws) -> list[PlantedDetail]:
    """Choose the details to get wrong, at most one fault each.

    A rate is of all declared details; since only some can be planted, the chance of those is raised so far.
    """
    chosen: dict[str, PlantedDetail] = {}
    declared = len(rendered.details)
    for fault in ("stale", "near_miss", "omitted", "hallucinated", "violated"):
        rate = rates.share(fault)
        if not rate:
            continue
        able = [
            planted
            for planted in (_candidate(rendered, detail, fault, draws) for detail in rendered.details)
            if planted
        ]
        chance = rates.chance(fault, min(1.0, rate * declared / len(able)) if able else 0.0)
        for planted in able:
            if planted.detail_id not in chosen and draws.hit(chance, fault, planted.detail_id):
                chosen[planted.detail_id] = planted
    return list(chosen.values())


def _candidate(rendered: RenderedTask, detail: Detail, fault: str, draws: Draws) -> PlantedDetail | None:
    """Return the detail with its wrong value, or None where it cannot be planted without touching another one."""
    if (fault == "violated") is not detail.check.is_constraint:
        return None
    if detail.check.is_constraint:
        return _broken(rendered, detail)
    variable = _own_variable(rendered.task, detail.id)
    if variable is None or detail.value is None:
        return None
    right = rendered.values[variable]
    before, found, after = detail.value.partition(right)
    if not found or right in after:
        return None
    initial = initial_value(rendered, detail)
    if fault == "near_miss":
        slip = _slip(right, rendered.task.variables[variable].kind, draws.stream("slip", detail.id))
        wrong = None if slip is None else before + slip + after
        if wrong in (detail.stale, initial):
            return None
    elif fault == "hallucinated":
        others = _others(rendered, variable, before, after, {detail.value, detail.stale or "", initial or ""})
        wrong = draws.stream("other", detail.id).choice(others) if others else None
    else:
        wrong = detail.stale if fault == "stale" else initial
    if wrong is None or wrong == detail.value or not (wrong.startswith(before) and wrong.endswith(after)):
        return None
    replacement = wrong[len(before) : len(wrong) - len(after)]
    if not replacement:
        return None
    return PlantedDetail(detail.id, fault, detail.value, wrong, detail.check.file, variable, replacement)


def _others(rendered: RenderedTask, variable: str, before: str, after: str, taken: set[str]) -> list[str]:
    """Return what the detail would be with another variable of the same kind: values that stand in the context too."""
    kinds = {name: spec.kind for name, spec in rendered.task.variables.items()}
    right = before + rendered.values[variable] + after
    texts = [before + value + after for name, value in rendered.values.items() if kinds[name] == kinds[variable]]
    return sorted({text for text in texts if text not in taken and not near_miss(right, text)})


def _broken(rendered: RenderedTask, detail: Detail) -> PlantedDetail | None:
    """Return a constraint that is broken: a file of others gets one more line break, or one that must go is there."""
    file = detail.check.file
    if file is None:
        return None
    initial = rendered.workspace.get(file)
    try:
        text = initial.data.decode() + "\n" if initial is not None else "back again\n"
    except UnicodeDecodeError:
        return None
    return PlantedDetail(detail.id, "violated", "", "present" if detail.check.absent else "changed", file, None, text)


def _own_variable(task: TaskSpec, detail_id: str) -> str | None:
    """Return the only variable of a detail's value, if no other detail's value depends on it."""
    own = detail_variables(task, detail_id)
    others = {name for other in task.details if other.id != detail_id for name in detail_variables(task, other.id)}
    return next(iter(own)) if len(own) == 1 and not own & others else None


def _slip(value: str, kind: str, stream: random.Random) -> str | None:
    """Return a value with a slip as quantized models make them: one digit changed, or a letter doubled."""
    if kind == "date":
        return (dt.date.fromisoformat(value) + dt.timedelta(days=1)).isoformat()
    digits = [index for index, char in enumerate(value) if char.isdigit()]
    if kind in ("int", "float", "version", "hex") and digits:
        place = digits[-1] if kind == "float" else stream.choice(digits)
        other = stream.choice([digit for digit in "123456789" if digit != value[place]])
        return value[:place] + other + value[place + 1 :]
    return doubled(value, stream)
