"""What one tool call, or one reply, is: the single implementation of the tool-call classes.

Pure: the agent loop uses it to decide what may be executed, scoring to decide what is counted, the simulated model's
tests to check that what was planted is what is found.

Classes are tried in the order of ``CallClass``; the first hit wins. What is deliberately *not* an error: a call whose
arguments are complete although the reply ended at the output limit; markup that the model merely quotes in backticks;
an id that an earlier reply used too (some servers number calls anew in every reply).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agentbench.errors import did_you_mean
from agentbench.records import CallClass, RawCall

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_SHOWN_CHARS = 160

_MARKUP = re.compile(
    r"""(?<!`)(?:
      </?(?:[a-z]+:)?tool_calls?>            # hermes, qwen, glm, minimax: <minimax:tool_call>
    | </?(?:[a-z]+:)?function_calls?>        # anthropic-like wrappers
    | <(?:[a-z]+:)?invoke\b                  # minimax-m2, anthropic
    | <function=[\w.-]+>                     # llama, qwen3-coder
    | <parameter(?:=|\sname=)                # qwen3-coder, minimax
    | </?arg_(?:key|value)>                  # glm-4.5
    | \[/?TOOL_CALLS\]                       # mistral
    | <[|｜](?:tool[_▁]calls?|tool_calls_section|python_tag|DSML)   # kimi, deepseek, llama 3
    | to=functions\.[\w.-]+                  # harmony
    | \{\s*"name"\s*:\s*"[\w.-]+"\s*,\s*"(?:arguments|parameters)"\s*:   # a bare JSON call
    )""",
    re.VERBOSE,
)

_FINISH_WITH_CALLS = ("tool_calls", "length")
_FINISH_WITHOUT_CALLS = ("stop", "length")


@dataclass(frozen=True, slots=True)
class CallJudgement:
    """What one call is. ``arguments`` is the parsed object when it is one, valid or not."""

    call_class: CallClass
    json_path: str | None
    """Where in the arguments, for schema classes: ``$.edits[0].old``."""
    explanation: str
    """One sentence; empty for a valid call."""
    arguments: dict[str, Any] | None

    @property
    def valid(self) -> bool:
        """Whether the call may be executed."""
        return self.call_class is CallClass.VALID


@dataclass(frozen=True, slots=True)
class ReplyJudgement:
    """What one reply is: its structured calls in order, a leaked one, and reply-level classes."""

    calls: list[CallJudgement]
    leaked: CallJudgement | None
    """At most one per reply: where a leaked call ends cannot be told reliably."""
    protocol: list[CallClass] = field(default_factory=list)
    """``protocol:*`` classes, each at most once."""
    explanations: list[str] = field(default_factory=list)
    """One sentence per entry of ``protocol``."""


class ToolSchemas:
    """The offered tools, compiled once: name -> validator of its parameters."""

    def __init__(self, tools: Sequence[Mapping[str, Any]]) -> None:
        """Take tools in OpenAI form: ``{"type": "function", "function": {"name", "parameters"}}``."""
        # not needed to plan a run, and its import takes up to 2 s where its optional format checkers are installed
        from jsonschema import Draft202012Validator

        self._validators: dict[str, Draft202012Validator] = {}
        for tool in tools:
            function = tool.get("function", tool)
            schema = function.get("parameters") or {"type": "object"}
            self._validators[function["name"]] = Draft202012Validator(schema)

    def __contains__(self, name: object) -> bool:
        return name in self._validators

    @property
    def names(self) -> list[str]:
        """Names of the offered tools, in their order."""
        return list(self._validators)

    def errors(self, name: str, arguments: dict[str, Any]) -> list[ValidationError]:
        """Return every violation of the tool's schema."""
        return list(self._validators[name].iter_errors(arguments))


def classify_call(
    raw: RawCall, schemas: ToolSchemas | Sequence[Mapping[str, Any]], *, truncated: bool
) -> CallJudgement:
    """Return the class of one structured call (never ``protocol:*`` or ``repeat:*``), the place and one sentence.

    Args:
        raw: The call exactly as the server gave it.
        schemas: The offered tools; pass a ``ToolSchemas`` where many calls are judged.
        truncated: The reply ended at the output limit and this is its last call.

    """
    if not isinstance(schemas, ToolSchemas):
        schemas = ToolSchemas(schemas)
    text = raw.arguments if raw.arguments is not None else ""
    try:
        value, twice = _parse(text)
    except (ValueError, RecursionError) as error:
        if truncated:
            return CallJudgement(CallClass.TRUNCATED, None, _cut_text(text), None)
        return CallJudgement(CallClass.BAD_JSON, None, _bad_json_text(text, error), None)
    if not isinstance(value, dict):
        kind = _type_name(value)
        return CallJudgement(CallClass.NOT_OBJECT, None, f"the arguments must be a JSON object, not {kind}", None)
    if raw.name is None or raw.name not in schemas:
        hint = did_you_mean(raw.name or "", schemas.names)
        return CallJudgement(CallClass.UNKNOWN_NAME, None, f"there is no tool named {_show(raw.name)}{hint}", value)
    judgement = _judge_schema(schemas.errors(raw.name, value), value)
    if truncated and judgement.call_class is CallClass.MISSING_REQUIRED:
        return CallJudgement(CallClass.TRUNCATED, judgement.json_path, _cut_text(text), value)
    if judgement.valid and twice:
        explanation = f"the argument {_show(twice)} is given more than once"
        return CallJudgement(CallClass.SCHEMA_OTHER, f"$.{twice}", explanation, value)
    return judgement


def find_leaked_markup(text: str | None) -> str | None:
    """Return the first piece of call syntax left in a text (with what follows, at most 160 characters), or None.

    Markup right behind a backtick is taken as quoted, not as a call.
    """
    if not text:
        return None
    found = _MARKUP.search(text)
    return text[found.start() : found.start() + _SHOWN_CHARS] if found else None


def judge_reply(
    *,
    content: str | None,
    reasoning: str | None,
    raw_calls: Sequence[RawCall],
    finish_reason: str | None,
    schemas: ToolSchemas,
) -> ReplyJudgement:
    """Judge one whole reply.

    Content is always searched for leaked markup; reasoning only when the reply has no structured call (a model that
    drafts its call while thinking and then makes it has leaked nothing).
    """
    cut = finish_reason == "length"
    calls = [
        classify_call(raw, schemas, truncated=cut and index == len(raw_calls) - 1)
        for index, raw in enumerate(raw_calls)
    ]
    leak = find_leaked_markup(content) or (None if raw_calls else find_leaked_markup(reasoning))
    leaked = None
    if leak is not None:
        tail = ", and the reply was cut off by the output limit" if cut else ""
        leaked = CallJudgement(
            CallClass.LEAKED_MARKUP, None, f"call syntax was left in the text: {_show(leak)}{tail}", None
        )
    protocol, explanations = _judge_protocol(content, reasoning, raw_calls, finish_reason, leaked is not None)
    return ReplyJudgement(calls, leaked, protocol, explanations)


def _judge_protocol(
    content: str | None, reasoning: str | None, raw_calls: Sequence[RawCall], finish_reason: str | None, leaked: bool
) -> tuple[list[CallClass], list[str]]:
    found: list[tuple[CallClass, str]] = []
    if not raw_calls and not leaked and not (content or "").strip():
        if (reasoning or "").strip():
            found.append((CallClass.REASONING_ONLY, "the reply holds reasoning, but no text and no call"))
        else:
            found.append((CallClass.EMPTY, "the reply is empty"))
    ids = [raw.id for raw in raw_calls if raw.id]
    if len(ids) != len(set(ids)):
        found.append((CallClass.DUPLICATE_ID, f"call ids are used twice in one reply: {', '.join(ids)}"))
    allowed = _FINISH_WITH_CALLS if raw_calls else _FINISH_WITHOUT_CALLS
    if finish_reason not in allowed:
        number = f"{len(raw_calls)} calls" if raw_calls else "no call"
        found.append((CallClass.FINISH_REASON, f"finish_reason is {_show(finish_reason)} for a reply with {number}"))
    return [kind for kind, _ in found], [text for _, text in found]


def _parse(text: str) -> tuple[Any, str | None]:
    """Return the value and the first key that any object in it gives twice; ValueError if it is no sound JSON."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            seen: set[str] = set()
            twice.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return result

    value = json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse_constant)
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value, twice[0] if twice else None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _refuse_lone_surrogates(value: Any) -> None:
    """Half of a surrogate pair is no character: it could be neither written to a file nor sent back."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("an escape is half of a surrogate pair") from error


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


def _judge_schema(errors: list[ValidationError], value: dict[str, Any]) -> CallJudgement:
    if not errors:
        return CallJudgement(CallClass.VALID, None, "", value)
    first = min(errors, key=lambda error: (_PRIORITY.get(str(error.validator), 4), error.json_path, error.message))
    rank = _PRIORITY.get(str(first.validator), 4)
    path, explanation = _explain(first, _CLASSES[rank])
    return CallJudgement(_CLASSES[rank], path, explanation, value)


def _explain(error: ValidationError, kind: CallClass) -> tuple[str, str]:
    path = error.json_path
    instance: Any = error.instance
    if kind is CallClass.MISSING_REQUIRED and isinstance(error.validator_value, list):
        missing = next(name for name in error.validator_value if name not in instance)
        return f"{path}.{missing}", f"the required property {_show(missing)} is missing at {path}"
    if kind is CallClass.UNEXPECTED_PROPERTY and isinstance(error.schema, Mapping):
        known = list(error.schema.get("properties", {}))
        extra = next((name for name in instance if name not in known), "?")
        return f"{path}.{extra}", f"{path} has no property {_show(extra)}{did_you_mean(extra, known)}"
    if kind is CallClass.WRONG_TYPE:
        wanted = error.validator_value
        names = " or ".join(wanted) if isinstance(wanted, list) else str(wanted)
        return path, f"{path} must be of type {names}, not {_type_name(instance)} ({_show(instance)})"
    if kind is CallClass.ENUM:
        allowed = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        return path, f"{path} must be one of {', '.join(_show(item) for item in allowed)}, not {_show(instance)}"
    return path, f"{path}: {_shorten(error.message)}"


def _type_name(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _cut_text(text: str) -> str:
    return f"the call was cut off by the output limit after {len(text)} characters of arguments"


def _bad_json_text(text: str, error: Exception) -> str:
    if not text.strip():
        return "the arguments are empty; a call without arguments needs {}"
    if isinstance(error, json.JSONDecodeError):
        near = text[max(0, error.pos - 20) : error.pos + 20]
        return f"the arguments are no JSON: {error.msg} at character {error.pos}, near {_show(near)}"
    return f"the arguments are no JSON: {_shorten(str(error))}"


def _show(value: Any) -> str:
    return _shorten(json.dumps(value, ensure_ascii=False))


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 3] + "..."
