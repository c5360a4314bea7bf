"""TOML to checked tables: every fault becomes one sentence with the file, the key path, found and expected."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agentbench.errors import CatalogError, did_you_mean

ModelT = TypeVar("ModelT", bound=BaseModel)

_UNBUILT_ENGINES = ("sglang", "llama.cpp", "llamacpp", "tensorrt-llm", "trtllm", "tgi", "ollama", "docker", "container")


def read_toml(path: Path) -> dict[str, Any]:
    """Return the file's tables.

    Raises:
        CatalogError: if it cannot be read, is not UTF-8, or is no TOML (with the line).
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise CatalogError(
            f"{path}: cannot be read ({error.strerror or error}); expected a model family in TOML"
        ) from error
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}: byte {error.start} is not UTF-8; a model family file is TOML in UTF-8") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        if "at end of document" in message:
            message += f", line {max(1, text.count(chr(10)) + (not text.endswith(chr(10))))}; the file may be cut off"
        raise CatalogError(f"{path}: not valid TOML: {message}") from error


def check_tables(model: type[ModelT], tables: Mapping[str, Any], *, file: Path, partial: bool = False) -> ModelT | None:
    """Check ``tables`` against ``model``, strictly typed.

    Args:
        model: The shape.
        tables: As read.
        file: For messages.
        partial: Missing keys are no fault (the file extends another one); the result is then None if any is missing.

    Raises:
        CatalogError: for the first fault.
    """
    try:
        return model.model_validate(tables, strict=True)
    except ValidationError as error:
        faults = [fault for fault in error.errors(include_url=False) if not (partial and fault["type"] == "missing")]
        if not faults:
            return None
        # A typo makes two faults: the unknown key explains the missing one.
        first = min(faults, key=lambda fault: (fault["type"] != "extra_forbidden", fault["type"] == "missing"))
        raise CatalogError(f"{file}: {_sentence(model, tables, first, faults)}") from error


def _sentence(
    model: type[BaseModel], tables: Mapping[str, Any], fault: ErrorDetails, faults: list[ErrorDetails]
) -> str:
    path, found = _path_in(tables, fault["loc"])
    key = ".".join(path)
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}'{did_you_mean(path[-1], _keys_at(model, path[:-1]))}"
    if fault["type"] == "missing":
        missing = ".".join(str(part) for part in fault["loc"])
        return f"'{missing}' is missing{_HINTS.get(missing, '')}"
    if path and path[-1] == "kind" and isinstance(found, str):
        built = "'vllm', 'endpoint', 'sim'"
        note = " is not built yet" if found.lower() in _UNBUILT_ENGINES else " is unknown"
        return f"'{key}': the engine kind {found!r}{note}; expected one of {built}"
    expected = [_expected(each) for each in faults if _path_in(tables, each["loc"])[0] == path]
    return f"'{key}' is {_show(found)}; expected {' or '.join(dict.fromkeys(expected))}"


_HINTS = {
    "quant": "; expected at least one table [quant.<name>]",
    "tokenizer": "; expected a table with repo, path or builtin",
    "reference": "; expected the name of one of the [quant.<name>] tables",
    "context_window": "; expected a number of tokens",
}


def _path_in(tables: Mapping[str, Any], loc: tuple[int | str, ...]) -> tuple[list[str], Any]:
    """Return the part of ``loc`` that exists in the tables (the rest are names of union members) and its value."""
    value: Any = tables
    path: list[str] = []
    for part in loc:
        if not ((isinstance(value, Mapping) and part in value) or (isinstance(value, list) and isinstance(part, int))):
            break
        value = value[part]  # type: ignore[index]
        path.append(str(part))
    return path, value


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """Return the keys that the table at ``path`` may have."""
    current: Any = model
    for part in path:
        if get_origin(current) is dict:
            current = get_args(current)[1]
        elif isinstance(current, type) and issubclass(current, BaseModel):
            current = current.model_fields[part].annotation
    return list(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


def _expected(fault: ErrorDetails) -> str:
    message = fault["msg"]
    for prefix in ("Input should be a valid ", "Input should be an instance of ", "Input should be "):
        if message.startswith(prefix):
            rest = message.removeprefix(prefix)
            article = "an " if rest[:1] in "aeiou" else "a "
            return article + rest if prefix.endswith("valid ") else rest
    return message[:1].lower() + message[1:]


def _show(value: Any) -> str:
    text = repr(value)
    kind = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "table"}.get(
        type(value)
    )
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} ({'an' if kind == 'integer' else 'a'} {kind})" if kind else text
