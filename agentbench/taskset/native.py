"""``[metadata.agentbench]``: what agentbench adds to harbor's free table. Unknown keys are refused."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from agentbench.errors import did_you_mean
from agentbench.records import Check, Detail, Fact, Recall, Variable
from agentbench.taskset.templates import is_reserved, variables_of

PARAMETERS = {
    "int": ("low", "high", "step"),
    "float": ("low", "high", "digits"),
    "choice": ("choices",),
    "word": (),
    "name": ("digits",),
    "hex": ("digits",),
    "version": (),
    "date": (),
}
"""Keys that each kind of variable takes besides ``kind`` and ``differs``."""

READERS = ("json", "toml", "yaml", "ini", "regex", "python", "text", "unchanged", "absent")
_REQUIRED = {"int": ("low", "high"), "float": ("low", "high"), "choice": ("choices",)}


class NativeTable(BaseModel):
    """The table as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cluster: str | None = None
    sandbox: str
    tests: int = Field(gt=0)
    base: str | list[str] = []
    """Directories with a ``base.toml``, relative to the task's: tables and files that it shares with others."""
    follow_ups: list[str] = []
    variables: dict[str, Variable] = {}
    constants: dict[str, str] = {}
    details: list[Detail] = []
    facts: list[Fact] = []

    @field_validator("variables", mode="before")
    @classmethod
    def _numbers_as_choices(cls, table: Any) -> Any:
        """Take ``choices = [1, 2]`` as texts: every value of a variable is text in the end."""
        if not isinstance(table, dict):
            return table
        return {
            name: entry | {"choices": [str(choice) if type(choice) in (int, float) else choice for choice in choices]}
            if isinstance(entry, dict) and isinstance(choices := entry.get("choices"), list)
            else entry
            for name, entry in table.items()
        }


def known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys known at a place below ``[metadata.agentbench]``: for messages about unknown ones."""
    match location:
        case ("variables", _):
            return _keys(Variable)
        case ("details", _):
            return [key for key in _keys(Detail) if key != "recoverable"]
        case ("details", _, "check"):
            return _keys(Check)
        case ("facts", _):
            return _keys(Fact)
    return _keys(NativeTable)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def problems(table: NativeTable) -> Iterator[str]:
    """Yield what is wrong within the table itself, each as ``key: what was found and what was expected``."""
    for name in sorted(set(table.constants) & set(table.variables)):
        yield f"constants.{name}: is a variable too; give one of them another name"
    for name, variable in table.variables.items():
        yield from (f"variables.{name}{text}" for text in _variable_problems(name, variable, table))
    for kind, ids in (("details", [d.id for d in table.details]), ("facts", [f.id for f in table.facts])):
        yield from (f"{kind}: the id '{one}' is used twice" for one in sorted({i for i in ids if ids.count(i) > 1}))
    for detail in table.details:
        yield from (f"details '{detail.id}'{text}" for text in _detail_problems(detail))
    yield from _fact_problems(table)


def _variable_problems(name: str, variable: Variable, table: NativeTable) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or keyword.iskeyword(name):
        yield ": a variable's name must be an identifier"
    if is_reserved(name):
        yield ": templates have this name for something of their own; give the variable another one"
    taken = {key for key in variable.model_fields_set if getattr(variable, key) is not None} - {"kind", "differs"}
    for key in sorted(taken - set(PARAMETERS[variable.kind])):
        known = ", ".join(PARAMETERS[variable.kind]) or "no parameters"
        yield f".{key}: kind '{variable.kind}' takes {known}"
    for key in _REQUIRED.get(variable.kind, ()):
        if getattr(variable, key) is None:
            yield f".{key}: missing; kind '{variable.kind}' needs it"
    yield from _range_problems(variable)
    others = [variable.differs] if isinstance(variable.differs, str) else variable.differs or []
    for other in others:
        if other not in table.variables or other == name:
            yield f".differs: '{other}' is no other variable{did_you_mean(other, set(table.variables) - {name})}"


def _range_problems(variable: Variable) -> Iterator[str]:
    low, high = variable.low, variable.high
    if low is not None and high is not None and low >= high:
        yield f".low: {low:g} is not below high = {high:g}"
    for key in ("low", "high", "step"):
        value = getattr(variable, key)
        if variable.kind == "int" and value is not None and value != int(value):
            yield f".{key}: {value:g} is no whole number"
    if variable.step is not None and variable.step <= 0:
        yield f".step: {variable.step:g} is not above 0"
    if variable.digits is not None and not 1 <= variable.digits <= 64:
        yield f".digits: {variable.digits} is not between 1 and 64"
    if variable.choices is not None and len(set(variable.choices)) < max(2, len(variable.choices)):
        yield ".choices: at least two different texts were expected, none twice"


def _detail_problems(detail: Detail) -> Iterator[str]:
    if detail.recoverable is not None:
        yield ".recoverable: not to be written; it is proved by searching the workspace"
    check = detail.check
    used = [key for key in READERS if getattr(check, "json_" if key == "json" else key) not in (None, False)]
    if check.command is not None and (check.file is not None or used):
        yield ".check: 'command' stands alone, without 'file' or a reader"
    elif check.command is None and check.file is None:
        yield ".check: names neither a 'file' nor a 'command'"
    elif check.command is None and len(used) != 1:
        yield f".check: exactly one of {', '.join(READERS)} was expected, found {', '.join(used) or 'none'}"
    if check.file is not None and (check.file.startswith("/") or ".." in check.file.split("/")):
        yield f".check.file: '{check.file}' is not a path below the workspace"
    if check.regex is not None and (error := _regex_error(check.regex)):
        yield f".check.regex: {error}"
    if check.is_constraint and (detail.value is not None or detail.stale is not None):
        yield ".value: a constraint (unchanged, absent) has no value and no stale"
    elif not check.is_constraint and not detail.value:
        yield ".value: missing; only constraints (unchanged, absent) have none"
    if (detail.recall is Recall.PARAPHRASED) != (detail.asked_as is not None):
        yield ".asked_as: recall 'paraphrased' needs the words that ask for it, and nothing else takes them"
    if detail.recall is Recall.COMBINED and len(variables_of(detail.value or "")) < 2:
        yield ".recall: 'combined' needs a value made of two variables or more"


def _regex_error(pattern: str) -> str | None:
    try:
        compiled = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        return f"{error} in {pattern!r}"
    return f"{pattern!r} has {compiled.groups} groups, one at most was expected" if compiled.groups > 1 else None


def _fact_problems(table: NativeTable) -> Iterator[str]:
    details = {detail.id: detail for detail in table.details}
    for fact in table.facts:
        for key, ids in (("tells", fact.tells), ("stale_for", fact.stale_for)):
            for one in ids:
                if one not in details:
                    yield f"facts '{fact.id}'.{key}: no detail has the id '{one}'{did_you_mean(one, details)}"
                elif key == "stale_for" and details[one].stale is None:
                    yield f"facts '{fact.id}'.stale_for: the detail '{one}' has no 'stale' value"
        for one in sorted(set(fact.tells) & set(fact.stale_for)):
            yield f"facts '{fact.id}': tells '{one}' and its stale value too; the two must stand apart"
    series = [fact.series for fact in table.facts if fact.series is not None]
    for one in sorted({one for one in series if series.count(one) < 2}):
        yield f"facts: only one is of the series '{one}', so there is nothing to count"
    for detail in table.details:
        if detail.told_in == "history":
            yield from _telling_problems(table, detail)


def _telling_problems(table: NativeTable, detail: Detail) -> Iterator[str]:
    told = [fact.id for fact in table.facts if detail.id in fact.tells]
    found = "none does" if not told else f"{', '.join(told)} do"
    if detail.recall is Recall.COMBINED and len(told) < 2:
        yield f"details '{detail.id}'.recall: 'combined' needs two facts or more that tell a part of it, {found}"
    elif detail.recall is not Recall.COMBINED and len(told) != 1:
        yield f"details '{detail.id}'.told_in: 'history' needs exactly one fact that tells it, {found}"
    if detail.recall is Recall.ORDINAL and not all(fact.series for fact in table.facts if detail.id in fact.tells):
        yield f"details '{detail.id}'.recall: 'ordinal' needs a fact with a 'series' that tells it"
    if detail.stale is not None and not any(detail.id in fact.stale_for for fact in table.facts):
        yield f"details '{detail.id}'.stale: no fact has it in 'stale_for'"
