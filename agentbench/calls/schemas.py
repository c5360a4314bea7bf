"""The offered tools' JSON Schemas: what violates them, and which class that violation is.

Of several violations the first in the order of ``CallClass`` counts, then the one with the smallest JSON path. A
choice between schemas (``anyOf``, ``oneOf``) is judged by the branch that was meant, where only one fits the value's
type: an optional integer given as text is a wrong type, not "some other violation".

Schemas are read in the draft that their ``$schema`` names, else as 2020-12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agentbench.calls.drafts import draft_of, passing_over
from agentbench.calls.formats import format_checker
from agentbench.errors import did_you_mean
from agentbench.records import CallClass

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_SHOWN_CHARS = 160
_ANNOTATIONS = ("$comment", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly")
"""What they hold checks nothing: ``"description": null`` is no reason to refuse a schema."""
_NAMES = (["properties"], ["patternProperties"], ["$defs"], ["definitions"], ["dependentSchemas"])
"""Below these, keys are names."""
_PRIORITY = {
    "required": 0,
    "dependentRequired": 0,
    "additionalProperties": 1,
    "unevaluatedProperties": 1,
    "type": 2,
    "enum": 3,
    "const": 3,
}
_CLASSES = (
    CallClass.MISSING_REQUIRED,
    CallClass.UNEXPECTED_PROPERTY,
    CallClass.WRONG_TYPE,
    CallClass.ENUM,
    CallClass.SCHEMA_OTHER,
)


class ToolSchemas:
    """The offered tools, compiled once: name -> validator of its parameters."""

    def __init__(self, tools: Sequence[Mapping[str, Any]]) -> None:
        """Take tools in OpenAI form: ``{"type": "function", "function": {"name", "parameters"}}``."""
        # not needed to plan a run, and its import takes up to 3 s where its optional format checkers are installed
        from referencing import Registry

        self._validators: dict[str, Validator] = {}
        for tool in tools:
            function = tool.get("function", tool)
            schema = dict(function.get("parameters") or {"type": "object"})
            draft = passing_over(draft_of(schema))
            schema.pop("$schema", None)
            # an own registry, so that a schema's reference to elsewhere is never fetched
            self._validators[function["name"]] = draft(schema, registry=Registry(), format_checker=format_checker())

    def __contains__(self, name: object) -> bool:
        return name in self._validators

    @property
    def names(self) -> list[str]:
        """Names of the offered tools, in their order."""
        return list(self._validators)

    def errors(self, name: str, arguments: dict[str, Any]) -> list[ValidationError]:
        """Return every violation of the tool's schema that can be found.

        What the schema itself makes uncheckable (a reference to elsewhere, a pattern that is no Python regular
        expression) violates nothing and hides nothing else; arguments too deep to be walked do.
        """
        from jsonschema.exceptions import ValidationError

        try:
            return list(self._validators[name].iter_errors(arguments))
        except RecursionError:
            return [ValidationError("nested too deeply to be checked")]


def schemas_of(tools: Sequence[Mapping[str, Any]]) -> ToolSchemas:
    """Return tools compiled, from a cache: the episodes of a run share their tools, and compiling is slow.

    Whatever the tools are, nothing raises: one without a name is left out, and one whose parameters are no JSON Schema
    takes any object.
    """
    try:
        return _compiled(json.dumps(list(tools)))
    except (TypeError, ValueError, RecursionError):  # tools that no JSON file could hold
        return ToolSchemas(_usable(tools))


@lru_cache(maxsize=64)
def _compiled(tools: str) -> ToolSchemas:
    return ToolSchemas(_usable(json.loads(tools)))


def _usable(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for tool in tools:
        function = tool.get("function", tool) if isinstance(tool, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            continue
        parameters = function.get("parameters")
        found.append({"name": function["name"], "parameters": {} if schema_fault(parameters) else parameters})
    return found


def schema_fault(parameters: Any) -> str | None:
    """Return in one sentence, JSON path first, why a tool's parameters are no JSON Schema of an object; else None.

    A tool may do without: then its parameters are absent, null or ``{}``.
    """
    if parameters is None:
        return None
    if not isinstance(parameters, dict):
        return f"$ must be of type object, not {type_name(parameters)} ({show(parameters)})"
    try:
        return _fault(json.dumps(parameters))
    except RecursionError:
        return "$ is nested too deeply to be read"
    except (TypeError, ValueError) as error:
        return f"$ is no JSON ({error})"


@lru_cache(maxsize=4096)
def _fault(schema: str) -> str | None:
    value = json.loads(schema)
    draft = draft_of(value)
    of_schemas = draft(draft.META_SCHEMA, format_checker=format_checker("regex"))
    errors = [one for one in of_schemas.iter_errors(value) if not _of_annotation(list(one.path))]
    violation = first_violation(errors)
    return None if violation is None else violation[2]


def _of_annotation(path: Sequence[Any]) -> bool:
    return bool(path) and path[-1] in _ANNOTATIONS and path[-2:-1] not in _NAMES


def first_violation(errors: Sequence[ValidationError]) -> tuple[CallClass, str, str] | None:
    """Return the class, the JSON path and one sentence of the violation that counts."""
    if not errors:
        return None
    first = min((_meant(error) for error in errors), key=_order)
    kind = _CLASSES[_rank(first)]
    path, explanation = _explain(first, kind)
    return kind, path, explanation


def _rank(error: ValidationError) -> int:
    return _PRIORITY.get(str(error.validator), 4)


def _order(error: ValidationError) -> tuple[int, str, str]:
    return _rank(error), error.json_path, error.message


def _meant(error: ValidationError) -> ValidationError:
    """Return what is wrong in the branch of a choice that was meant, or the error itself where that is not clear."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        return error
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [found for found in branches.values() if not any(_misfit(inner) for inner in found)]
    if len(fitting) == 1:
        return min((_meant(inner) for inner in fitting[0]), key=_order)
    if fitting:
        return error
    wanted = [inner.validator_value for found in branches.values() for inner in found if _misfit(inner)]
    names = [name for one in wanted for name in (one if isinstance(one, list) else [one])]
    joined = error.context[0]
    joined.validator, joined.validator_value = "type", list(dict.fromkeys(map(str, names)))
    joined.instance = error.instance
    return joined


def _misfit(inner: ValidationError) -> bool:
    return inner.validator == "type" and not inner.relative_path


def _explain(error: ValidationError, kind: CallClass) -> tuple[str, str]:
    path = error.json_path
    instance: Any = error.instance
    if kind is CallClass.MISSING_REQUIRED and isinstance(error.validator_value, list):
        missing = next(name for name in error.validator_value if name not in instance)
        return f"{path}.{missing}", f"the required property {show(missing)} is missing at {path}"
    if kind is CallClass.UNEXPECTED_PROPERTY and isinstance(error.schema, Mapping):
        known = list(error.schema.get("properties", {}))
        patterns = list(error.schema.get("patternProperties", {}))
        extra = next(
            (name for name in instance if name not in known and not any(re.search(one, name) for one in patterns)), "?"
        )
        return f"{path}.{extra}", f"{path} has no property {show(extra)}{did_you_mean(extra, known)}"
    if kind is CallClass.WRONG_TYPE:
        wanted = error.validator_value
        names = " or ".join(wanted) if isinstance(wanted, list) else str(wanted)
        return path, f"{path} must be of type {names}, not {type_name(instance)} ({show(instance)})"
    if kind is CallClass.ENUM:
        allowed = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        return path, f"{path} must be one of {', '.join(show(item) for item in allowed)}, not {show(instance)}"
    return path, f"{path}: {shorten(error.message)}"


def type_name(value: Any) -> str:
    """Return JSON's name of a value's type."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def show(value: Any) -> str:
    """Return a value as short JSON."""
    return shorten(json.dumps(value, ensure_ascii=False))


def shorten(text: str) -> str:
    """Return the start of a text, with dots if there is more."""
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 3] + "..."
