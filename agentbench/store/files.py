"""Writing files so that a reader never sees half of one, and a crash never loses a finished one."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from agentbench.errors import StoreError
from agentbench.records import Record

R = TypeVar("R", bound=Record)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file by way of a neighbour and a rename, with both the file and its directory synced.

    Raises:
        StoreError: names the file and the reason; what stood there before still does.

    """
    neighbour = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with neighbour.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        neighbour.replace(path)
        _sync(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            neighbour.unlink()
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from None


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def pretty_json(value: Any) -> str:
    """Return indented JSON with a final newline, keys in the given order, and no NaN."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises StoreError naming the file for a missing or malformed one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(f"{path}: no such file") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: not valid JSON ({error}); it may be truncated") from None


def parse_record(record_type: type[R], value: Any, where: str) -> R:
    """Validate a value read from a file. Raises StoreError naming the place and the first wrong key."""
    try:
        return record_type.model_validate(value)
    except ValidationError as error:
        raise StoreError(f"{where}: {first_problem(error)}; it was perhaps written by another version") from None


def first_problem(error: ValidationError) -> str:
    """Return ``key: what was found and expected`` for the first problem of a validation error."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"]) or "(top level)"
    return f"{key}: {problem['msg']} (found {str(problem.get('input'))[:80]!r})"
