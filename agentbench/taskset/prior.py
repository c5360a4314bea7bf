"""Reads the prior context that a task ships: ATIF, ``trajectory.json`` beside the first instruction.

Read are all of ATIF v1.0 to v1.8 by the fields that make up a conversation; metrics, timestamps and whatever else
documents a run are passed over. What cannot be put into a chat request is refused by name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentbench.errors import TaskError, UnsupportedTaskError
from agentbench.records import AtifObservation, AtifObservationResult, AtifStep, AtifToolCall

TRAJECTORY = "trajectory.json"


class _Read(BaseModel):
    """What is read of an object; other keys are of no interest here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Part(_Read):
    type: Literal["text", "image", "audio"]
    text: str | None = None


class _Call(_Read):
    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: dict[str, Any] | None = None


class _Result(_Read):
    source_call_id: str | None = None
    content: str | list[_Part] | None = None


class _Observation(_Read):
    results: list[_Result]


class _Step(_Read):
    step_id: int
    source: Literal["system", "user", "agent"]
    message: str | list[_Part]
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None
    observation: _Observation | None = None


class _Document(_Read):
    schema_version: str
    steps: list[_Step] = Field(min_length=1)
    continued_trajectory_ref: str | None = None


def read_prior(file: Path) -> list[AtifStep]:
    """Return the steps of a task's prior context, as copied context.

    Raises:
        TaskError: It is no ATIF document; the message names the file, the step and the key.
        UnsupportedTaskError: It holds what a chat request cannot, as a picture; likewise.

    """
    document = _parsed(file)
    if not re.fullmatch(r"ATIF-v1\.[0-8]", document.schema_version):
        raise TaskError(
            f"{file}: schema_version: found {document.schema_version!r}, expected 'ATIF-v1.0' to 'ATIF-v1.8'"
        )
    if document.continued_trajectory_ref is not None:
        raise UnsupportedTaskError(f"{file}: goes on in another file (continued_trajectory_ref), which is not read")
    for number, step in enumerate(document.steps, start=1):
        where = f"{file}: steps[{number - 1}]"
        if step.step_id != number:
            raise TaskError(f"{where}.step_id: found {step.step_id}, expected {number}: steps are numbered from 1")
        _check(step, f"{where} (step {number})")
        if step.source == "system" and any(one.source != "system" for one in document.steps[: number - 1]):
            raise UnsupportedTaskError(f"{where} (step {number}): a system message after the conversation began")
    return [_read(step, f"{file}: steps[{step.step_id - 1}] (step {step.step_id})") for step in document.steps]


def _parsed(file: Path) -> _Document:
    try:
        return _Document.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise TaskError(f"{file}: is no JSON: {error}; an ATIF document was expected") from error
    except UnicodeDecodeError as error:
        raise TaskError(f"{file}: is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise TaskError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise TaskError(f"{file}: {_sentence(error)}") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    location = first["loc"]
    union = location[-1:] in (("str",), ("list[_Part]",))
    parts = location[:-1] if union else location
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    number = next((f" (step {part + 1})" for part in parts if isinstance(part, int)), "")
    if first["type"] == "missing":
        return f"{key}{number}: missing"
    expected = "a text or a list of parts" if union else first["msg"].removeprefix("Input should be ")
    return f"{key or 'the document'}{number}: found {str(first['input'])[:80]!r}, expected {expected}"


def _check(step: _Step, where: str) -> None:
    for key in ("tool_calls", "reasoning_content"):
        if step.source != "agent" and getattr(step, key):
            raise TaskError(f"{where}.{key}: only steps of the agent have it, and this one's source is {step.source!r}")
    if step.source != "agent" and step.observation is not None:
        raise UnsupportedTaskError(f"{where}: an observation in a step whose source is {step.source!r}")
    known = {call.tool_call_id for call in step.tool_calls or ()}
    for result in step.observation.results if step.observation else ():
        if result.source_call_id is not None and result.source_call_id not in known:
            raise TaskError(
                f"{where}.observation: found source_call_id {result.source_call_id!r}, expected the tool_call_id of "
                f"one of the step's own calls ({', '.join(sorted(known)) or 'it has none'})"
            )


def _read(step: _Step, where: str) -> AtifStep:
    calls = [
        AtifToolCall(
            tool_call_id=call.tool_call_id,
            function_name=call.function_name,
            arguments=call.arguments,
            extra={"raw_arguments": raw} if (raw := (call.extra or {}).get("raw_arguments")) else None,
        )
        for call in step.tool_calls or ()
    ]
    results = [
        AtifObservationResult(source_call_id=one.source_call_id, content=_text(one.content, where))
        for one in (step.observation.results if step.observation else ())
    ]
    return AtifStep(
        step_id=step.step_id,
        source=step.source,
        message=_text(step.message, where),
        reasoning_content=step.reasoning_content,
        tool_calls=calls or None,
        observation=AtifObservation(results=results) if results else None,
        is_copied_context=None if step.source == "system" else True,
    )


def _text(content: str | list[_Part] | None, where: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    for part in content:
        if part.type != "text":
            raise UnsupportedTaskError(f"{where}: needs a prior context with {part.type} parts, which are not read")
    return "\n".join(part.text or "" for part in content)
