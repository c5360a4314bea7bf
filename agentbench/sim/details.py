"""Plants wrong details: the solution is rendered with other values for variables that one detail alone depends on."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentbench.probing import near_miss
from agentbench.records import Detail, RenderedTask, TaskSpec
from agentbench.sim.atoms import doubled
from agentbench.sim.draws import Draws
from agentbench.sim.rates import EpisodeRates
from agentbench.taskset import detail_variables
from agentbench.taskset.rendering import initial_value
from agentbench.taskset.templates import render_text


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
    overrides: Mapping[str, str]
    """The variables whose values are replaced in the solution, and by what; none for a broken constraint."""
    text: str = ""
    """For a broken constraint: what its file gets."""


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
    own = _own_variables(rendered.task, detail.id)
    if not own or detail.value is None:
        return None
    initial = initial_value(rendered, detail)
    taken = {text for text in (detail.value, detail.stale, initial) if text}
    source = next(one for one in rendered.task.details if one.id == detail.id)
    stream = draws.stream("slip" if fault == "near_miss" else "other", detail.id)
    if fault == "near_miss":
        overrides = _slipped(rendered, own, stream)
    elif fault == "hallucinated":
        overrides = _swapped(rendered, source.value or "", own, taken, stream)
    else:
        overrides = _to_give(rendered, source, detail.stale if fault == "stale" else initial, own)
    if not overrides:
        return None
    wrong = _rendered_value(rendered, source.value or "", overrides)
    if wrong == detail.value or (fault == "near_miss" and (wrong in taken or not near_miss(detail.value, wrong))):
        return None
    return PlantedDetail(detail.id, fault, detail.value, wrong, detail.check.file, overrides)


def _rendered_value(rendered: RenderedTask, source: str, overrides: Mapping[str, str]) -> str:
    return render_text(source, {**rendered.task.constants, **rendered.values, **overrides}, "value")


def _slipped(rendered: RenderedTask, own: Sequence[str], stream: random.Random) -> dict[str, str]:
    """Give one variable a slip."""
    name = stream.choice(own)
    slip = _slip(rendered.values[name], rendered.task.variables[name].kind, stream)
    return {name: slip} if slip else {}


def _swapped(
    rendered: RenderedTask, source: str, own: Sequence[str], taken: set[str], stream: random.Random
) -> dict[str, str]:
    """Give one variable another one's value, of the same kind: one that stands in the context too."""
    name, right = own[0], rendered.values[own[0]]
    specs = rendered.task.variables
    others = sorted(
        {
            value
            for other, value in rendered.values.items()
            if specs[other].kind == specs[name].kind and value in (specs[name].choices or [value]) and value != right
        }
    )
    expected = _rendered_value(rendered, source, {})
    fitting = [
        value
        for value in others
        if (text := _rendered_value(rendered, source, {name: value})) not in taken and not near_miss(expected, text)
    ]
    return {name: stream.choice(fitting)} if fitting else {}


def _to_give(rendered: RenderedTask, source: Detail, wanted: str | None, own: Sequence[str]) -> dict[str, str]:
    """Return the overrides that make the value's template give a wanted text; none where it cannot.

    Either its variables can be read off the text, or the stale value's template has a variable for each of the value's.
    """
    template = source.value or ""
    if not wanted:
        return {}
    tries = []
    if (found := re.fullmatch(_as_pattern(template), wanted)) is not None:
        tries.append({name: text for name, text in found.groupdict().items() if text})
    names, stale_names = _NAMES.findall(template), _NAMES.findall(source.stale or "")
    if len(names) == len(stale_names):
        pairs = zip(names, stale_names, strict=True)
        tries.append({name: rendered.values[other] for name, other in pairs if other in rendered.values})
    for overrides in tries:
        changed = {name: text for name, text in overrides.items() if text != rendered.values.get(name)}
        if changed and set(changed) <= set(own) and _rendered_value(rendered, template, changed) == wanted:
            return changed
    return {}


_NAMES = re.compile(r"\{\{\s*([A-Za-z_]\w*)")


def _as_pattern(template: str) -> str:
    """Return the pattern of the texts that a template of plain variables gives; of no text for any other template."""
    parts = re.split(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}", template)
    if len(set(parts[1::2])) < len(parts[1::2]) or "{" in "".join(parts[::2]):
        return r"(?!)"
    return "".join(f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))


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
    return PlantedDetail(detail.id, "violated", "", "present" if detail.check.absent else "changed", file, {}, text)


def _own_variables(task: TaskSpec, detail_id: str) -> list[str]:
    """Return the variables of a detail's value that no other detail's value depends on, in order."""
    own = detail_variables(task, detail_id) & set(task.variables)
    others = {name for other in task.details if other.id != detail_id for name in detail_variables(task, other.id)}
    return sorted(own - others)


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
